"""What a sample's json says of its media, taken for true only where it has the form that packing writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The name under which `media` in the json speaks of `sound.packets.npy`.
SOUND = "sound"

# What a bare codec needs to be told (`packet_table`, `sound_table`), and of which kind it is.
_CODEC: dict[str, type] = {"codec": str, "extradata": str, "tag": str, "bytes": int, "ranged": bool}
_VIDEO = _CODEC | {"reorder": int, "color_range": int, "colorspace": int, "zero": int}
_SOUND = _CODEC | {"rate": int, "layout": str}


def video_media(json: Mapping[str, Any], column: str) -> dict[str, Any] | None:
    """What a bare codec is told of a video, as `packet_table` made it; None where the json does not say: a foreign
    `media` means something else.
    """
    media = _known(json, column, _VIDEO)
    if media is None or not {"time_base", "width", "height", "pix_fmt"} <= media.keys() or min(media["time_base"]) <= 0:
        return None
    return media if min(media.get("seek", [0])) >= 0 and media.get("rotation", 0) in (0, 90, 180, 270) else None


def sound_media(json: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a bare codec is told of the sound, as `sound_table` made it; None as above."""
    media = _known(json, SOUND, _SOUND)
    return media if media is not None and media["rate"] > 0 and media.get("step", [0, 1])[1] > 0 else None


def _known(json: Mapping[str, Any], name: str, kinds: Mapping[str, type]) -> dict[str, Any] | None:
    said = json.get("media")
    media = said.get(name) if isinstance(said, dict) else None
    if not isinstance(media, dict) or not all(isinstance(media.get(one), kind) for one, kind in kinds.items()):
        return None
    pairs = [media[one] for one in ("time_base", "seek", "step") if one in media]
    whole = all(isinstance(one, list) and len(one) == 2 and all(isinstance(n, int) for n in one) for one in pairs)
    return media if whole else None
