"""All that the page of one clip says, as plain values."""

from __future__ import annotations

from functools import partial
from typing import Any

from faceshards.errors import FaceshardsError
from faceshards.media.container import RangedFile, opened
from faceshards.media.geometry import upright
from faceshards.media.members import RowMembers, sound_column
from faceshards.media.tables.track import VideoTable
from faceshards.shards.schema.columns import COLUMNS, PICTURE, RENDITION, SOUND_PACKETS, VIDEO, codec_of
from faceshards.shards.schema.scalars import NESTED, SCALARS
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.clip.curves import curve_list
from faceshards.viewer.pages.clip.overlay_array import picture_size
from faceshards.viewer.pages.clip.overlay_list import overlay_list
from faceshards.viewer.pages.clip.road import along_the_road
from faceshards.viewer.pages.packet_group import decoder_of
from faceshards.viewer.summary.failures import brief, recorded_failures

#: A json of more bytes is not told whole: a page would not hold it.
MOST_JSON = 2 << 20
_PLACES = {name: place for place, name in enumerate(SCALARS)}
#: Videos beside the clip, in the order in which they stand, and what people call them.
_TWINS = {"styled.mp4": "styled", "swapped.mp4": "swapped", "crop.mp4": "crop", RENDITION: "rendition"}


def clip_page(sample: ShownSample) -> dict[str, Any]:
    """What the page says and may ask for: see `static/clip/` for what becomes of it. What cannot be told of a damaged
    or hostile sample is told as `error`, one line.
    """
    shard, row = sample.shard, sample.row
    facts = sample.facts if shard.extent(row, "json").size <= MOST_JSON else {"json": "too large to be shown"}
    told: dict[str, Any] = {
        "key": sample.key,
        "name": sample.name,
        "shard": shard.path.name,
        "row": row,
        "clip": sample.clip,
        "facts": facts,
        "columns": [_column(sample, name) for name in shard.columns],
        "scalars": along_the_road(
            [_scalar(name, facts[name]) for name in sorted(facts, key=_place) if _is_scalar(name, facts[name])]
        ),
        "failures": recorded_failures(sample.facts),
        "videos": _videos(sample),
        "is_heard": sound_column(RowMembers(shard, row)) is not None or _has_voice(sample),
        "is_picture": sample.clip in PICTURE,
        "overlays": [one.record() for one in overlay_list(sample)],
        "error": None,
    }
    try:
        clip = sample.opened(sample.clip)
        told |= {
            "frames": len(clip),
            "size": picture_size(sample),
            "curves": [one.record() for one in curve_list(sample)],
        }
    except FaceshardsError as error:
        told |= {"frames": 0, "size": [0, 0], "curves": [], "error": brief(error)}
    return told


def _videos(sample: ShownSample) -> list[dict[str, Any]]:
    """The clip, then the other videos of the sample: what they are called, whether they are of the clip's own frame,
    and where decoding can begin.
    """
    shard, row = sample.shard, sample.row
    others = [name for name in shard.columns if codec_of(name) in VIDEO and name != sample.clip]
    names = [
        sample.clip,
        *(name for name in _TWINS if name in others),
        *(name for name in others if name not in _TWINS),
    ]
    return [
        {"column": name, "label": "original" if name == sample.clip else _TWINS.get(name, name.partition(".")[0])}
        | _seeking(sample, name)
        for name in names
        if shard.has(name) and shard.filled(row, name)
    ]


def _seeking(sample: ShownSample, name: str) -> dict[str, Any]:
    """`keys`: the pictures at which a browser's own decoder can begin; none where it has no decoder for the codec, or
    has to play the whole file. `size`: width and height of its upright pictures.
    """
    try:
        track = VideoTable(RowMembers(sample.shard, sample.row), sample.facts, name).whole
    except FaceshardsError:
        return {"keys": [], "size": None}
    media = track.media
    size = upright(media["width"], media["height"], media.get("rotation", 0))
    return {"keys": track.keys.tolist() if decoder_of(media) else [], "size": size}


def _has_voice(sample: ShownSample) -> bool:
    """Whether the clip's own container has sound: its packets' table says so, else its head."""
    if sample.shard.has(SOUND_PACKETS):
        return sample.shard.filled(sample.row, SOUND_PACKETS)
    if sample.clip in PICTURE:
        return False
    members = RowMembers(sample.shard, sample.row)
    try:
        with opened(RangedFile(partial(members.read_range, sample.clip), members.size(sample.clip))) as container:
            return any(stream.codec_context for stream in container.streams.audio)
    except FaceshardsError:
        return False


def _column(sample: ShownSample, name: str) -> dict[str, Any]:
    shard, row = sample.shard, sample.row
    filled = shard.filled(row, name)
    known = COLUMNS.get(name)
    about = {"doc": known.doc, "unit": known.unit, "shape": known.shape, "maker": known.maker} if known else {}
    size = shard.extent(row, name).size if filled else 0
    return {"name": name, "bytes": size, "state": shard.state(row, name), "filled": filled, **about}


def _place(name: str) -> tuple[int, str]:
    """Where a scalar stands among those of its maker: in the order of the format's table."""
    return _PLACES.get(name, len(_PLACES)), name


def _is_scalar(name: str, value: object) -> bool:
    return name not in NESTED and isinstance(value, str | int | float | bool)


def _scalar(name: str, value: Any) -> dict[str, Any]:
    known = SCALARS.get(name)
    about = {"unit": known.unit, "doc": known.doc, "maker": known.maker} if known else {"maker": "yours"}
    return {"name": name, "value": brief(value) if isinstance(value, str) else value, **about}
