"""Clips as recordings that Rerun's viewer plays: the video, boxes and points on it, numbers over time beside it.

SHARD/KEY.rrd, on the timelines `frame` and `video_time`:

    video                     the clip (static), and of each frame which of its pictures is shown
    video/faces, ...          boxes, of a class a track
    video/landmarks, ...      points
    scores/quality_0, ...     a number a frame; scores/speaking/3 of track 3
    json, failures            what the sample's json says
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.clip import Clip
from faceshards.packing.exports.per_frame import FrameSeries, boxes_of, points_of, series_of
from faceshards.shards.reader import Shard

TEACHES = """Write clips as recordings for Rerun (https://rerun.io): SHARD/KEY.rrd.

Each holds the video, the boxes and points of its frames, all that is a number a
frame as curves, and the json; `rerun DIR/SHARD/KEY.rrd` shows it. Takes the
extra rerun: pip install 'faceshards[rerun]'.

Rerun plays mp4 alone: clips of other containers are counted and left out. A
recording's bytes differ from run to run, so one that stands is left as it is;
with --force all are made anew.

Example: faceshards export rerun demo/shards recordings
"""
_APPLICATION = "faceshards"


class RerunTree:
    """The layout: one recording a clip. Raises ImportError where Rerun is not installed."""

    def __init__(self) -> None:
        self._rerun = import_module("rerun")

    def files(self, shard: Shard, row: int) -> Iterator[tuple[str, bytes]]:
        """The recording. Raises ClipError for a sample that is no mp4."""
        facts = shard.json(row)
        clip = Clip.of(shard, row, facts)
        if clip.column != "mp4":
            raise ClipError("no-video", f"Rerun plays mp4, this clip is {clip.column}")
        name = f"{shard.path.name.removesuffix('.tar')}/{shard.keys[row]}"
        yield f"{name}.rrd", recording(self._rerun, shard, row, clip, name)

    def closing(self) -> Iterator[tuple[str, bytes]]:
        """Nothing: recordings share no file."""
        return iter(())


def recording(rerun: Any, shard: Shard, row: int, clip: Clip, name: str) -> bytes:
    """The recording of one sample, of this name, as an .rrd file has it."""
    stream = rerun.RecordingStream(_APPLICATION, recording_id=name, send_properties=False)
    memory = stream.memory_recording()
    stream.send_recording_name(name)
    stream.send_blueprint(_blueprint(rerun.blueprint))
    _send_video(rerun, stream, shard.read(row, clip.column), clip.times)
    for boxes in boxes_of(shard, row):
        order, lengths = _by_frame(boxes.frames, len(clip))
        corners = boxes.boxes[order]
        columns: dict[str, Any] = {
            "centers": (corners[:, :2] + corners[:, 2:]) / 2,
            "half_sizes": (corners[:, 2:] - corners[:, :2]) / 2,
        }
        if boxes.tracks is not None:
            columns |= {"class_ids": boxes.tracks[order], "labels": [f"track {one}" for one in boxes.tracks[order]]}
        sent = rerun.Boxes2D.columns(**columns).partition(lengths)
        stream.send_columns(f"video/{boxes.name}", _indexes(rerun, clip.times), sent)
    for points in points_of(shard, row):
        is_found = np.isfinite(points.points).all(axis=2)
        order, lengths = _by_frame(np.repeat(points.frames, is_found.sum(axis=1)), len(clip))
        sent = rerun.Points2D.columns(positions=points.points[is_found][order]).partition(lengths)
        stream.send_columns(f"video/{points.name}", _indexes(rerun, clip.times), sent)
    for series in series_of(shard, row):
        for entity, frames, values in _curves(series):
            sent = rerun.Scalars.columns(scalars=values)
            stream.send_columns(f"scores/{entity}", _indexes(rerun, clip.times, frames), sent)
    facts = json.dumps(clip.facts, indent=1, ensure_ascii=False, default=str)
    stream.log("json", rerun.TextDocument(facts), static=True)
    for one in clip.facts.get("failures") or ():
        stream.log("failures", rerun.TextLog(json.dumps(one, ensure_ascii=False), level="ERROR"), static=True)
    stream.flush()
    return memory.drain_as_bytes()


def _send_video(rerun: Any, stream: Any, body: bytes, times: np.ndarray) -> None:
    """The clip, and at each frame's time the picture that its container gives that frame."""
    asset = rerun.AssetVideo(contents=body, media_type="video/mp4")
    stream.log("video", asset, static=True)
    stamps = np.sort(asset.read_frame_timestamps_nanos())
    if len(stamps) != len(times):  # pictures that the container's edit list hides
        stamps = stamps[0] + np.round(times * 1e9).astype(np.int64)
    sent = rerun.VideoFrameReference.columns_nanos(stamps)
    stream.send_columns("video", _indexes(rerun, times), sent)


def _indexes(rerun: Any, times: np.ndarray, frames: np.ndarray | None = None) -> list[Any]:
    """Both timelines, of all frames, or of those that are named; times are seconds, float64 (frames,)."""
    numbers = np.arange(len(times)) if frames is None else frames
    return [rerun.TimeColumn("frame", sequence=numbers), rerun.TimeColumn("video_time", duration=times[numbers])]


def _by_frame(frames: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The order that sorts rows by frame, and how many rows each of the clip's frames has, none included: the viewer
    holds what it was told last. Raises ClipError for a frame that the clip does not have.
    """
    if len(frames) and not 0 <= frames.min() <= frames.max() < count:
        raise ClipError("bad-column", f"a row is of frame {frames.max()}, the clip has {count}")
    return np.argsort(frames, kind="stable"), np.bincount(frames, minlength=count)


def _curves(series: FrameSeries) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, frames and values of each curve: one, or one a track."""
    if series.tracks is None:
        yield series.name, series.frames, series.values
        return
    for track in np.unique(series.tracks).tolist():
        of_track = series.tracks == track
        yield f"{series.name}/{track}", series.frames[of_track], series.values[of_track]


def _blueprint(blueprint: Any) -> Any:
    """The video on the left, curves and the json on the right."""
    beside = blueprint.Vertical(
        blueprint.TimeSeriesView(origin="scores", name="scores"),
        blueprint.Tabs(
            blueprint.TextDocumentView(origin="json", name="json"),
            blueprint.TextLogView(origin="failures", name="failures"),
        ),
    )
    return blueprint.Blueprint(blueprint.Horizontal(blueprint.Spatial2DView(origin="video", name="video"), beside))
