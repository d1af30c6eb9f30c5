"""Clips as a data set that FiftyOne imports: their files, what is on each frame, scalars as fields, failures as tags.

    metadata.json             what kind of data set it is
    samples.json              a sample a clip: its file, tags, fields, and the file of its frames
    data/SHARD/KEY.mp4        the clip, byte for byte
    frames/SHARD/KEY.json     of each frame detections, keypoints and numbers, by FiftyOne's names

It is FiftyOne's type `LegacyFiftyOneDataset`: plain JSON, which every version reads, where today's `FiftyOneDataset` is
a dump of the database of one. Nothing of FiftyOne is needed to write it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.clip import Clip
from faceshards.packing.exports.per_frame import FrameBoxes, FramePoints, boxes_of, points_of, series_of
from faceshards.shards.reader import Shard

TEACHES = """Write clips as a data set that FiftyOne (https://fiftyone.ai) imports.

Below DIR lie the clips, byte for byte, and JSON of what shards say of them:
boxes with their tracks, points with their scores, numbers of each frame;
scalars are fields of a sample, the stages that failed its tags, failed:STAGE.

FiftyOne itself (pip install 'faceshards[fiftyone]') reads it in Python:

fiftyone.Dataset.from_dir("DIR", fiftyone.types.LegacyFiftyOneDataset)

Example: faceshards export fiftyone demo/shards looked_at
"""

#: Names that FiftyOne keeps for itself in a sample.
RESERVED = {"id", "filepath", "tags", "metadata", "frames", "media_type", "created_at", "last_modified_at"}
#: Digits behind the point of a coordinate, whose unit is the picture's side.
_DIGITS = 6


class FiftyOneTree:
    """The layout. Samples are gathered, and written at the end."""

    def __init__(self) -> None:
        self._samples: list[dict[str, Any]] = []

    def files(self, shard: Shard, row: int) -> Iterator[tuple[str, bytes]]:
        """The clip and its frames. Raises ClipError for a sample that is no video."""
        facts = shard.json(row)
        clip = Clip.of(shard, row, facts)
        if clip.is_picture:
            raise ClipError("no-video", f"{clip.column} is a picture: a data set of videos holds none")
        place = f"{shard.path.name.removesuffix('.tar')}/{shard.keys[row]}"
        media, frames = f"data/{place}.{clip.column}", f"frames/{place}.json"
        told = frames_of(shard, row, clip.size)
        yield media, shard.read(row, clip.column)
        yield frames, _json({"frames": told})
        fields = {"key": shard.keys[row], "shard": str(shard.path), **_fields(facts), "fps": float(clip.rate)}
        self._samples.append({"filepath": media, "tags": tags(facts), "frames": frames, **fields})

    def closing(self) -> Iterator[tuple[str, bytes]]:
        """The list of samples, in which a field has one type, and what kind of data set it is."""
        kinds = defaultdict(set)
        for sample in self._samples:
            for name, value in sample.items():
                kinds[name].add(type(value))
        for sample in self._samples:
            for name in sample:
                sample[name] = _of_one_type(sample[name], kinds[name])
        yield "samples.json", _json({"samples": self._samples})
        yield "metadata.json", _json({"media_type": "video", "info": {"made by": "faceshards export fiftyone"}})


def frames_of(shard: Shard, row: int, size: tuple[int, int]) -> dict[str, dict[str, Any]]:
    """Frame number, from 1 -> its labels by FiftyOne's names, coordinates as shares of the `size` (width, height)."""
    frames: dict[int, dict[str, Any]] = defaultdict(dict)
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for boxes in boxes_of(shard, row):
        for number, (frame, label) in enumerate(zip(boxes.frames.tolist(), _detections(boxes, size), strict=True)):
            of_kind = {"_cls": "Detections", "detections": []}
            frames[frame].setdefault(boxes.name, of_kind)["detections"].append(label)
            if boxes.tracks is not None:
                found[frame, int(boxes.tracks[number])] = label
    for points in points_of(shard, row):
        for frame, label in zip(points.frames.tolist(), _keypoints(points, size), strict=True):
            frames[frame].setdefault(points.name, {"_cls": "Keypoints", "keypoints": []})["keypoints"].append(label)
    for series in series_of(shard, row):
        tracks = [None] * len(series.frames) if series.tracks is None else series.tracks.tolist()
        for frame, track, value in zip(series.frames.tolist(), tracks, series.values.tolist(), strict=True):
            (found.get((frame, track), {}) if track is not None else frames[frame]).setdefault(series.name, value)
    return {str(frame + 1): {"frame_number": frame + 1, **frames[frame]} for frame in sorted(frames)}


def tags(facts: Mapping[str, Any]) -> list[str]:
    """`failed:STAGE` of each stage that failed, and `failed:STAGE:CODE`, by which its reason is found."""
    failures = facts.get("failures")
    told = [one for one in failures if isinstance(one, dict)] if isinstance(failures, list) else []
    return [
        tag for one in told for tag in (f"failed:{one.get('stage')}", f"failed:{one.get('stage')}:{one.get('code')}")
    ]


def _detections(boxes: FrameBoxes, size: tuple[int, int]) -> Iterator[dict[str, Any]]:
    corners = boxes.boxes.reshape(-1, 2, 2) / np.asarray(size, np.float64)
    shares = np.concatenate([corners[:, 0], corners[:, 1] - corners[:, 0]], axis=1).round(_DIGITS).tolist()
    for number, share in enumerate(shares):
        label = {"_cls": "Detection", "label": boxes.name, "bounding_box": share}
        if boxes.scores is not None:
            label["confidence"] = float(boxes.scores[number])
        if boxes.tracks is not None:
            label["index"] = int(boxes.tracks[number])
        yield label


def _keypoints(points: FramePoints, size: tuple[int, int]) -> Iterator[dict[str, Any]]:
    shares = (points.points / np.asarray(size, np.float64)).round(_DIGITS).tolist()
    for number, share in enumerate(shares):
        label = {"_cls": "Keypoint", "label": points.name, "points": share}
        if points.scores is not None:
            label["confidence"] = points.scores[number].tolist()
        yield label


def _fields(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values of a json, under names that FiftyOne takes."""
    plain = {name: value for name, value in facts.items() if isinstance(value, (str, int, float))}
    return {_field(name): value for name, value in plain.items()}


def _field(name: str) -> str:
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"clip_{cleaned.lstrip('_')}" if cleaned in RESERVED or not cleaned[:1].isalpha() else cleaned


def _of_one_type(value: Any, kinds: set[type]) -> Any:
    """FiftyOne asks for one type a field: whole numbers beside others are such, all else becomes text."""
    if len(kinds) == 1:
        return value
    return float(value) if kinds <= {int, float} else str(value)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
