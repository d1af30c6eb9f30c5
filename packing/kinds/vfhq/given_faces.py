"""The faces that a text of `meta_info` tells, in the clip's own frames and pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from faceshards.packing.kinds.vfhq.meta_info import MetaHead, read_faces, read_head
from faceshards.packing.sources.clip_list import RawClip
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.schema.states import FAILED, NOT_APPLICABLE, stated
from faceshards.shards.writer import MemberBody

#: The columns, in the order of `MetaFaces`' arrays, then the frame of each row.
GIVEN_FACES = ("given_face_box.npy", "given_face_points.npy", "given_face_frame.npy")


def given_faces(body: bytes, clip: RawClip, json: dict[str, Any]) -> Mapping[str, MemberBody]:
    """The members of `GIVEN_FACES`. Where the text cannot be read they failed, and `json` says why; where its rows
    cannot be told from one another by the clip's frames they do not apply. Broken rows are left out, and told.

    A row belongs to the frame whose file it names; of a video, whose frames have no names, row i is frame i where there
    are as many.
    """
    try:
        text = body.decode()
        head, faces = read_head(text), read_faces(text)
        if faces.broken:
            _failed(json, f"{len(faces.broken)} broken rows, such as {faces.broken[0]}")
    except ValueError as error:
        _failed(json, str(error))
        json |= stated(json, GIVEN_FACES, FAILED)
        return dict.fromkeys(GIVEN_FACES)
    frames = _frames(faces.frames, clip, json["frames"])
    if frames is None:
        json |= stated(json, GIVEN_FACES, NOT_APPLICABLE)
        return dict.fromkeys(GIVEN_FACES)
    rows = np.argsort(frames, kind="stable")
    rows = rows[frames[rows] >= 0]
    size = json["width"], json["height"]
    boxes = _within(faces.boxes[rows].reshape(-1, 2, 2), head, size).reshape(-1, 4)
    values = (boxes, _within(faces.points[rows], head, size), frames[rows])
    return {column: encode_npy(value) for column, value in zip(GIVEN_FACES, values, strict=True)}


def _failed(json: dict[str, Any], reason: str) -> None:
    json["failures"].append({"stage": "pack", "code": "bad-column", "reason": f"meta_info: {reason}"})


def _frames(named: list[str], clip: RawClip, frames: int) -> np.ndarray | None:
    """int64 (R,): the clip's frame of each row, -1 where it has none of that name; None where it cannot be told."""
    if clip.frames:
        stems = [entry.name.rpartition("/")[2].rpartition(".")[0] for entry in clip.entries]
        places = {stem: number for number, stem in enumerate(stems)}
        places |= {str(int(stem)): number for stem, number in places.items() if stem.isdecimal() and len(stem) < 19}
        found = np.array([places.get(name, places.get(name.lstrip("0") or "0", -1)) for name in named], np.int64)
        return found if (found >= 0).any() else None
    return np.arange(frames) if len(named) == frames else None


def _within(points: np.ndarray, head: MetaHead, size: tuple[int, int]) -> np.ndarray:
    """float32 (..., 2): points of the video's picture in the clip, which is a part of it, as it is or scaled."""
    left, top, right, bottom = head.crop
    return ((points - (left, top)) * (size[0] / (right - left), size[1] / (bottom - top))).astype(np.float32)
