"""What an old shard's fields mean, and which columns hold that meaning here; both ways side by side.

`faces_bbox` and `exist_face_frame_index` mean one thing in v1 and another in Sigma, so each meaning has a column of its
own. A value that does not fit its kind's meaning is a bad column, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from faceshards.errors import ColumnError
from faceshards.shards.legacy.pickles import pickled
from faceshards.shards.legacy.ragged_rows import RaggedRows, as_array, as_list, flat
from faceshards.shards.legacy.rate import rate_of
from faceshards.shards.legacy.wave import decode_wave, encode_wave
from faceshards.shards.pickles.unpickle import load_arrays
from faceshards.shards.schema.codecs import decode_npy, encode_npy

V1, SIGMA = "v1", "sigma"
#: Points of a pose, in OpenPose's order: body 0-17, feet 18-23, face 24-91, hands 92-112 and 113-133.
POINTS = 134
#: Old field -> column, for what is kept byte for byte.
MEDIA = {"mp4": "mp4", "mp4_styled": "styled.mp4", "swapped.mp4": "swapped.mp4", "source.png": "source.png"}

_MOST_FRAMES = 10_000_000

FieldBodies = Mapping[str, bytes]
Facts = dict[str, Any]


@dataclass(frozen=True)
class FieldMap:
    """Fields of an old shard that are read together, and the columns that they become in shards of some `kinds`.

    `read` makes the columns' bodies of the fields'; it may add facts to the sample's json, and raises ColumnError or
    UnsafeData for values that are not what their names say. `write` is the way back, for a kind; it yields nothing
    where the facts that it needs are not there.
    """

    fields: tuple[str, ...]
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    read: Callable[[FieldBodies, Facts], dict[str, bytes]]
    write: Callable[[FieldBodies, Facts, str], dict[str, bytes]]


def _read_poses(old: FieldBodies, facts: Facts) -> dict[str, bytes]:
    points = _rows(old, "dwpose_result.pyd", (POINTS, 2), facts)
    scores = _rows(old, "dwpose_score.pyd", (POINTS,), facts)
    if not np.array_equal(scores.frame, points.frame):
        raise ColumnError(f"dwpose_score.pyd has {len(scores.rows)} people, dwpose_result.pyd {len(points.rows)}")
    values = (points.rows, scores.rows, points.frame)
    return dict(zip(_POSES.columns, map(encode_npy, values), strict=True))


def _write_poses(new: FieldBodies, facts: Facts, kind: str) -> dict[str, bytes]:
    points, scores, frame = (decode_npy(new[name]) for name in _POSES.columns)
    shape = as_list if kind == SIGMA else as_array
    values = (RaggedRows(rows, frame, _frames(facts, frame)) for rows in (points, scores))
    return {field: pickled(shape(rows)) for field, rows in zip(_POSES.fields, values, strict=True)}


def _read_people(old: FieldBodies, facts: Facts) -> dict[str, bytes]:
    boxes = _rows(old, "faces_bbox.pyd", (4,), facts)
    return {"person_box.npy": encode_npy(boxes.rows), "person_box_frame.npy": encode_npy(boxes.frame)}


def _write_people(new: FieldBodies, facts: Facts, kind: str) -> dict[str, bytes]:
    boxes, frame = (decode_npy(new[name]) for name in _PEOPLE.columns)
    return {"faces_bbox.pyd": pickled(as_array(RaggedRows(boxes, frame, _frames(facts, frame))))}


def _read_face_frames(old: FieldBodies, facts: Facts) -> dict[str, bytes]:
    numbers = load_arrays(old["exist_face_frame_index.pyd"])
    if not isinstance(numbers, np.ndarray) or numbers.dtype.kind not in "iu" or numbers.ndim != 1:
        raise ColumnError(f"exist_face_frame_index.pyd of v1 must be frame numbers (F,), got {_shown(numbers)}")
    return {"face_frames.npy": encode_npy(numbers.astype(np.int64))}


def _write_face_frames(new: FieldBodies, facts: Facts, kind: str) -> dict[str, bytes]:
    return {"exist_face_frame_index.pyd": pickled(decode_npy(new["face_frames.npy"]))}


def _read_face_box(old: FieldBodies, facts: Facts) -> dict[str, bytes]:
    boxes = _stacked(load_arrays(old["faces_bbox.pyd"]))
    if boxes is None or boxes.dtype.kind != "f" or boxes.shape[1:] != (4,):
        raise ColumnError("faces_bbox.pyd of Sigma must be a list of float (4,), a face box a frame")
    _count(facts, len(boxes), "faces_bbox.pyd")
    return {"face_box.npy": encode_npy(boxes)}


def _write_face_box(new: FieldBodies, facts: Facts, kind: str) -> dict[str, bytes]:
    return {"faces_bbox.pyd": pickled(list(decode_npy(new["face_box.npy"])))}


def _read_face_valid(old: FieldBodies, facts: Facts) -> dict[str, bytes]:
    valid = load_arrays(old["exist_face_frame_index.pyd"])
    if not isinstance(valid, list) or not all(isinstance(one, (bool, np.bool_)) for one in valid):
        raise ColumnError(f"exist_face_frame_index.pyd of Sigma must be a list of bool, got {_shown(valid)}")
    _count(facts, len(valid), "exist_face_frame_index.pyd")
    return {"face_valid.npy": encode_npy(np.array(valid, np.bool_))}


def _write_face_valid(new: FieldBodies, facts: Facts, kind: str) -> dict[str, bytes]:
    return {"exist_face_frame_index.pyd": pickled(decode_npy(new["face_valid.npy"]).tolist())}


def _read_sound(old: FieldBodies, facts: Facts) -> dict[str, bytes]:
    samples = load_arrays(old["audio_frames.pyd"])
    if not isinstance(samples, np.ndarray):
        raise ColumnError(f"audio_frames.pyd must be a waveform, got {_shown(samples)}")
    rate = _whole_number(old["sample_rate.str"], "sample_rate.str")
    body = encode_wave(samples, rate)
    codec = f"pcm_f{8 * samples.itemsize}le"
    facts |= {"sample_rate": rate, "channels": 1, "sound_codec": codec, "sound_duration": samples.size / rate}
    return {"wav": body}


def _write_sound(new: FieldBodies, facts: Facts, kind: str) -> dict[str, bytes]:
    samples, rate = decode_wave(new["wav"])
    return {"audio_frames.pyd": pickled(samples), "sample_rate.str": str(rate).encode()}


def _read_rate(old: FieldBodies, facts: Facts) -> dict[str, bytes]:
    text = _text(old["fps.str"], "fps.str")
    rate = rate_of(text)
    facts["legacy"]["fps.str"] = text
    if "fps" in facts:
        facts["sound_drift"] = facts["frames"] * float(1 / Fraction(*facts["fps"]) - 1 / rate)
    facts["fps"] = [rate.numerator, rate.denominator]
    return {}


def _write_rate(new: FieldBodies, facts: Facts, kind: str) -> dict[str, bytes]:
    match facts:
        case {"legacy": {"fps.str": str(text)}}:
            return {"fps.str": text.encode()}
        case {"fps": [int(over), int(under)]} if under:
            return {"fps.str": repr(over / under).encode()}
    return {}


def _read_swapped_source(old: FieldBodies, facts: Facts) -> dict[str, bytes]:
    facts["swapped_source"] = _text(old["source_path"], "source_path")
    return {}


def _write_swapped_source(new: FieldBodies, facts: Facts, kind: str) -> dict[str, bytes]:
    source = facts.get("swapped_source")
    return {"source_path": source.encode()} if isinstance(source, str) else {}


_POSES = FieldMap(
    ("dwpose_result.pyd", "dwpose_score.pyd"),
    ("dwpose.npy", "dwpose_score.npy", "dwpose_frame.npy"),
    (V1, SIGMA),
    _read_poses,
    _write_poses,
)
_PEOPLE = FieldMap(("faces_bbox.pyd",), ("person_box.npy", "person_box_frame.npy"), (V1,), _read_people, _write_people)
FIELD_MAPS = (
    FieldMap(("fps.str",), (), (SIGMA,), _read_rate, _write_rate),
    _POSES,
    _PEOPLE,
    FieldMap(("exist_face_frame_index.pyd",), ("face_frames.npy",), (V1,), _read_face_frames, _write_face_frames),
    FieldMap(("faces_bbox.pyd",), ("face_box.npy",), (SIGMA,), _read_face_box, _write_face_box),
    FieldMap(("exist_face_frame_index.pyd",), ("face_valid.npy",), (SIGMA,), _read_face_valid, _write_face_valid),
    FieldMap(("audio_frames.pyd", "sample_rate.str"), ("wav",), (SIGMA,), _read_sound, _write_sound),
    FieldMap(("source_path",), (), (V1, SIGMA), _read_swapped_source, _write_swapped_source),
)
#: Kind -> the fields without which its trainer skips a sample.
NEEDED = {
    V1: ("mp4",),
    SIGMA: (
        "mp4",
        *(field for part in FIELD_MAPS if SIGMA in part.kinds for field in part.fields if field != "source_path"),
    ),
}


def _rows(old: FieldBodies, field: str, tail: tuple[int, ...], facts: Facts) -> RaggedRows:
    rows = flat(load_arrays(old[field]), tail, field)
    _count(facts, rows.frames, field)
    return rows


def _count(facts: Facts, frames: int, field: str) -> None:
    """Holds a field's frames against the clip's; the first to tell says how many the clip has."""
    if facts.setdefault("frames", frames) != frames:
        raise ColumnError(f"{field} has {frames} frames, the clip {facts['frames']}")


def _frames(facts: Facts, frame: np.ndarray) -> int:
    frames = facts.get("frames")
    if not isinstance(frames, int) or not 0 <= frames <= _MOST_FRAMES:
        raise ColumnError(f"the clip must say its frames, at most {_MOST_FRAMES}, in its json, got {frames!s:.40}")
    if frame.dtype != np.int64 or frame.ndim != 1 or (np.diff(frame, prepend=0, append=frames) < 0).any():
        raise ColumnError(f"the frames of rows must be int64, ascending, from 0 to {frames}, got {_shown(frame)}")
    return frames


def _stacked(value: Any) -> np.ndarray | None:
    """The array of a list of arrays of one shape; an array as it is; None for anything else."""
    if isinstance(value, np.ndarray):
        return value
    if (
        not isinstance(value, list)
        or len({(one.dtype, one.shape) for one in value if isinstance(one, np.ndarray)}) != 1
    ):
        return None
    return np.stack(value) if all(isinstance(one, np.ndarray) for one in value) else None


def _text(body: bytes, field: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ColumnError(f"{field} must be UTF-8 text: {error}") from error


def _whole_number(body: bytes, field: str) -> int:
    text = _text(body, field).strip()
    digits = text.removesuffix(".0")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise ColumnError(f"{field} must be a whole number, got {text[:40]!r}")
    return int(digits)


def _shown(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
