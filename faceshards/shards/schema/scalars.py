"""The scalars of a sample's `json`, and how they become typed columns of the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from faceshards.shards.schema.declared import Declared


@dataclass(frozen=True)
class Scalar:
    """One flat key of the `json`: its type in the index, its unit, who writes it, what it says."""

    name: str
    type: pa.DataType
    unit: str
    maker: str
    doc: str


_TABLE = [
    Scalar("name", pa.string(), "", "pack", "the clip's original name"),
    Scalar("path", pa.string(), "", "pack", "the clip's file, or the folder of its files, from the top of its source"),
    Scalar("container", pa.string(), "", "pack", "the column that holds the clip: mp4, mpg, ..."),
    Scalar("source", pa.string(), "", "pack", "the archive or folder it came from"),
    Scalar("collection", pa.string(), "", "pack", "the data set: VFHQ, GRID, ..."),
    Scalar("licence", pa.string(), "", "pack", "the terms under which the clip may be used"),
    Scalar("citation", pa.string(), "", "pack", "what to cite"),
    Scalar("identity", pa.string(), "", "pack", "the person"),
    Scalar("source_id", pa.string(), "", "pack", "the video that the clip was cut from: a YouTube id"),
    Scalar("source_start", pa.float64(), "s", "pack", "where the clip begins in that video"),
    Scalar("source_end", pa.float64(), "s", "pack", "where it ends there"),
    Scalar("source_first_frame", pa.int64(), "frames", "pack", "VFHQ: F of the name, the frame before the first"),
    Scalar("source_last_frame", pa.int64(), "frames", "pack", "VFHQ: the name's end, the frame behind the last"),
    Scalar("source_width", pa.int64(), "px", "pack", "width of that video's picture"),
    Scalar("source_height", pa.int64(), "px", "pack", "height of that video's picture"),
    Scalar("crop_left", pa.float64(), "share", "pack", "left edge of what the clip shows of that picture, 0..1"),
    Scalar("crop_top", pa.float64(), "share", "pack", "upper edge of what the clip shows of that picture, 0..1"),
    Scalar("crop_right", pa.float64(), "share", "pack", "right edge of what the clip shows of that picture, 0..1"),
    Scalar("crop_bottom", pa.float64(), "share", "pack", "lower edge of what the clip shows of that picture, 0..1"),
    Scalar("emotion", pa.string(), "", "pack", "what the collection calls the face's expression; of several, in order"),
    Scalar("vocal_channel", pa.string(), "", "pack", "speech or song"),
    Scalar("side", pa.string(), "", "pack", "of `speech-face`: sound or picture, what a sample is of its person"),
    Scalar(
        "fps",
        pa.float64(),
        "1/s",
        "pack",
        "frame rate; a fraction [num, den] in the json, a float in the index",
    ),
    Scalar("frames", pa.int64(), "", "pack", "frames that decode"),
    Scalar("damaged_frames", pa.int64(), "", "pack", "frames that the decoder reports as damaged"),
    Scalar("width", pa.int64(), "px", "pack", "frame width, upright"),
    Scalar("height", pa.int64(), "px", "pack", "frame height, upright"),
    Scalar("duration", pa.float64(), "s", "pack", "frames' time span, the last frame's duration included"),
    Scalar("start", pa.float64(), "s", "pack", "time of the first frame"),
    Scalar("video_codec", pa.string(), "", "pack", "h264, hevc, mpeg1video, ..."),
    Scalar("sound_codec", pa.string(), "", "pack", "aac, mp3, ...; absent without sound"),
    Scalar("sample_rate", pa.int64(), "Hz", "pack", "the sound's own rate"),
    Scalar("channels", pa.int64(), "", "pack", "the sound's channels"),
    Scalar("sound_duration", pa.float64(), "s", "pack", "the sound's length"),
    Scalar("bytes", pa.int64(), "B", "pack", "size of the clip's member"),
    Scalar("cut_of", pa.string(), "", "pack", "the video that the clip was cut out of; `cut` in the json says how"),
    Scalar("cut_start", pa.float64(), "s", "pack", "when the clip begins in that video, from its first picture on"),
    Scalar("cut_end", pa.float64(), "s", "pack", "when it is over, likewise"),
    Scalar("row", pa.int64(), "", "pack", "AVSpeech: the clip's data row in the catalogue, from 0"),
    Scalar("catalog_split", pa.string(), "", "pack", "AVSpeech: the catalogue's side; `split` begins as the same"),
    Scalar("link", pa.string(), "", "pack", "AVSpeech: the video's id, also its `identity`: a proxy of the person"),
    Scalar("start_time", pa.float64(), "s", "pack", "AVSpeech: where the row begins in its video"),
    Scalar("end_time", pa.float64(), "s", "pack", "AVSpeech: where the row ends in its video"),
    Scalar("pos_x", pa.float64(), "0..1", "pack", "AVSpeech: the speaker's face at the start, over the width"),
    Scalar("pos_y", pa.float64(), "0..1", "pack", "AVSpeech: the speaker's face at the start, over the height"),
    Scalar(
        "sound_drift",
        pa.float64(),
        "s",
        "import",
        "how much longer the pictures play than their sound: the container's rate against that of `fps.str`",
    ),
    Scalar(
        "person",
        pa.string(),
        "",
        "persons",
        "whose clip it is: the person that it was named with (COLLECTION/IDENTITY), else one found by face and voice; "
        "absent where nobody else is alike",
    ),
    Scalar("person_score", pa.float64(), "0..1", "persons", "how surely: HDBSCAN's membership, 1 of a named one"),
    Scalar("split", pa.string(), "", "split", "train, validation or test"),
    Scalar("judgement", pa.string(), "", "judgements", "keep or drop, as a person said who looked at the clip"),
    Scalar("judgement_note", pa.string(), "", "judgements", "what that person noted"),
    Scalar("judged_by", pa.string(), "", "judgements", "who it was; of merged judgements all who said so"),
    Scalar("judged_at", pa.string(), "", "judgements", "when, in UTC: 2026-01-31T12:00:00.000000Z"),
    Scalar(
        "removed",
        pa.string(),
        "",
        "remove",
        "why the sample's bytes were removed; absent of every sample that stands",
    ),
]

#: Name -> scalar: those of the packer and of imports, then those that stages make.
SCALARS: Mapping[str, Scalar] = Declared(_TABLE, "scores")

#: Keys whose values are nested: they stay in the `json` and have no column in the index.
NESTED = frozenset(
    {"annotation", "crop_px", "cut", "failures", "files", "frame_files", "inputs", "made", "media", "states"}
)

#: The index's column of the stages that failed: a user's key of this name has none.
FAILED = "failed"

#: Most keys of a shard's json objects that become columns of its index.
MAX_SCALARS = 1000


def scalar_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, pa.Array]:
    """Typed columns of flat json objects, plus `failed`: the (stage:code, ...) of each row's failures.

    A known scalar has its table's type, a value of another type there is null. A user's own key has the type that all
    its values share (bool, int64, float64), else string. Nested values have no column, nor have keys beyond the first
    `MAX_SCALARS` and keys that are no Unicode text.
    """
    columns = {}
    for name in islice(dict.fromkeys(chain.from_iterable(rows)), MAX_SCALARS):
        if name not in NESTED and name != FAILED and _is_unicode(name):
            array = _column(name, [row.get(name) for row in rows])
            if array is not None:
                columns[name] = array
    columns[FAILED] = unicode_array([_failed(row.get("failures")) for row in rows])
    return columns


def unicode_array(values: Sequence[str | None]) -> pa.Array:
    """A string array; what is no Unicode text (a lone surrogate) is written as `\\udcff`."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        written = [None if text is None else text.encode("utf-8", "backslashreplace").decode() for text in values]
        return pa.array(written, pa.string())


def _is_unicode(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)


def _known(values: list[Any], kinds: set[type], kind: pa.DataType) -> pa.Array:
    """A column of the format's table; where every value has its type already, none is looked at one by one."""
    if pa.types.is_string(kind):
        return unicode_array(values if kinds <= {str} else [_cast(value, kind) for value in values])
    if kinds <= ({int} if pa.types.is_integer(kind) else {float}):
        with suppress(OverflowError):
            return pa.array(values, kind)
    return pa.array([_cast(value, kind) for value in values], kind)


def _column(name: str, values: list[Any]) -> pa.Array | None:
    if name == "fps":
        values = [_ratio(value) for value in values]
    kinds = set(map(type, values)) - {type(None)}
    if name in SCALARS:
        return _known(values, kinds, SCALARS[name].type)
    if not kinds or kinds & {dict, list}:
        return None
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return pa.array(values, pa.int64())
    if kinds <= {int, float}:
        return pa.array([_float(value) for value in values], pa.float64())
    return unicode_array([None if value is None else str(value) for value in values])


def _cast(value: Any, kind: pa.DataType) -> Any:
    """A json value in the table's type, or None where it has another."""
    if value is None or isinstance(value, bool):
        return None
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else None
    if not isinstance(value, (int, float)):
        return None
    if pa.types.is_integer(kind):
        return value if isinstance(value, int) and abs(value) < 2**63 else None
    return _float(value)


def _float(value: float | None) -> float | None:
    """A json number as a float; None for an integer beyond every float."""
    try:
        return None if value is None else float(value)
    except OverflowError:
        return None


def _ratio(value: Any) -> float | None:
    """A rate: a number, or the fraction [numerator, denominator]."""
    if isinstance(value, list) and len(value) == 2:
        num, den = value
        within = isinstance(num, int) and isinstance(den, int) and 0 < den < 2**63 and abs(num) < 2**63
        return num / den if within else None
    return _float(value) if isinstance(value, (int, float)) else None


def _failed(failures: Any) -> str:
    if not failures or not isinstance(failures, list):
        return ""
    return " ".join(f"{f.get('stage')}:{f.get('code')}" for f in failures if isinstance(f, dict))
