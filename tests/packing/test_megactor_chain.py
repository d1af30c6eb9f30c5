"""MegActor's preparation on real clips, end to end: pack, poses, style, swap, eye filter, its own tar again."""

from __future__ import annotations

import io
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from faceshards.shards.reader import Shard
from tests.curation.conftest import ROOT_ENV

pytestmark = [
    pytest.mark.slow,
    # webdataset leaves its files to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

CLIPS = ("megactor_ENTF_1.mp4", "megactor_CHTF_2.mp4", "aniportrait_pose_ref.mp4")
STAGES = "faces,landmarks,dwpose,stylize,swap,headpose,gaze"
#: Frames that its first training stage asks for, and its stride (`configs/train/train_stage1.yaml`).
LENGTH, STRIDE = 12, 2
#: Least variance of a gaze by irises that is kept here.
LEAST = 80


def faceshards(*words: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "faceshards", *map(str, words)], env=ROOT_ENV, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


def read_as_v1_does(tar: Path) -> dict[str, dict[str, np.ndarray]]:
    """What MegActor's first loader takes of each sample (`face_dataset.py` of its branch megactor.v1, restated): all
    frames of `mp4` but dark ones, and of each twin as many; a random window of `LENGTH` frames, `STRIDE` apart.
    """
    import webdataset

    taken = {}
    for sample in webdataset.WebDataset([str(tar)], shardshuffle=False):
        streams = {name: sample[name] for name in ("mp4", "mp4_styled", "swapped.mp4") if name in sample}
        windows = {}
        for name, body in streams.items():
            with av.open(io.BytesIO(body)) as video:
                frames = np.stack([frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)])
            frames = frames[frames.mean(axis=(1, 2, 3)) > 5.0]
            assert len(frames) >= LENGTH, name
            places = list(range(0, len(frames), STRIDE))
            if len(places) < LENGTH:
                places = list(range(0, len(frames), len(frames) // LENGTH))
            start = random.Random(0).randint(0, len(places) - LENGTH)
            windows[name] = frames[places[start : start + LENGTH]]
        poses = pickle.loads(sample["dwpose_result.pyd"])  # noqa: S301 - as the old trainer does, of our own writing
        scores = pickle.loads(sample["dwpose_score.pyd"])  # noqa: S301
        boxes = pickle.loads(sample["faces_bbox.pyd"])  # noqa: S301
        taken[sample["__key__"]] = windows | {"poses": poses, "scores": scores, "boxes": boxes}
    return taken


def test_its_own_loader_takes_what_comes_out(real: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for name in CLIPS:
        shutil.copy(next(real.glob(f"*/{name}")), raw)
    faceshards("pack", raw, "--out", tmp_path / "shards")
    (shard,) = (tmp_path / "shards").glob("*.tar")
    faceshards("curate", shard, "--stages", STAGES, "--inline")
    # The eye filter: its variance by irises, whose scale is another than L2CS-Net's 200.
    faceshards("compact", shard, tmp_path / "kept", "--where", f"gaze_variance_irises > {LEAST} AND face_share = 1")
    (filtered,) = (tmp_path / "kept").glob("*.tar")
    with Shard(shard) as every, Shard(filtered) as kept:
        facts = [every.json(row) for row in range(len(every))]
        wanted = [one["name"] for one in facts if one["gaze_variance_irises"] > LEAST and one["face_share"] == 1]
        names = {key: kept.json(row) for row, key in enumerate(kept.keys)}
    assert sorted(one["name"] for one in names.values()) == sorted(wanted)
    assert 0 < len(wanted) < len(facts)
    faceshards("legacy", "export", filtered, "--kind", "v1", "--out", tmp_path / "old")
    (old,) = (tmp_path / "old").glob("*.tar")
    read = read_as_v1_does(old)
    assert read.keys() == names.keys()
    for key, sample in read.items():
        clip = names[key]
        shape = (LENGTH, clip["height"], clip["width"], 3)
        assert [sample[name].shape for name in ("mp4", "mp4_styled", "swapped.mp4")] == [shape] * 3
        frames = clip["frames"]
        assert sample["poses"].shape == (frames, 1, 134, 2) and sample["scores"].shape == (frames, 1, 134)
        assert sample["boxes"].shape == (frames, 1, 4)
        nose = sample["poses"][:, 0, 0]
        low, high = sample["boxes"][:, 0, :2], sample["boxes"][:, 0, 2:]
        assert ((nose > low) & (nose < high)).all(axis=1).mean() > 0.9
        apart = np.abs(sample["mp4"].astype(int) - sample["swapped.mp4"]).mean()
        assert 0.5 < apart < 20  # another face, and the same picture about it
