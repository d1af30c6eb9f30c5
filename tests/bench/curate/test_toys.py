"""The bench's own stages: what they say of pictures, chunk by chunk as in one piece, through the real engine."""

import numpy as np
import pytest

from faceshards.bench.curate.clips import brief, write
from faceshards.bench.curate.toys import (
    BATCH,
    FIVE,
    Batched,
    Bright,
    Cartooned,
    Colourful,
    Contrast,
    Motion,
    Relative,
    Sharp,
    thinned,
    words,
)
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import run_shard
from faceshards.media.clip import Clip
from faceshards.shards.reader import Shard

FRAMES, CLIPS = 40, 3


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A shard that all of them have looked at, and the report."""
    path = write(tmp_path_factory.mktemp("toys") / "a.tar", [("nobody", brief(48, FRAMES, 0))], CLIPS)
    stages = tuple(stage() for stage in (*FIVE, Cartooned, Batched, Relative))
    return path, run_shard(path, StagePlan(stages, 60.0))


def pictures(shard):
    return np.concatenate([chunk.pictures for chunk in Clip.of(shard, 0, shard.json(0)).frames()])


def test_each_puts_a_number_for_each_frame(made):
    path, report = made
    assert (report.whole, report.failures) == (CLIPS, 0)
    with Shard(path) as shard:
        for stage in (*FIVE, Cartooned, Batched, Relative):
            for row in range(CLIPS):
                found = shard.get(row, stage.makes[0].name)
                assert (found.dtype, found.shape) == (np.float32, (FRAMES,)) and found.std() > 0, stage.name


def test_the_numbers_are_what_they_are_called(made):
    with Shard(made[0]) as shard:
        part, found = thinned(pictures(shard)).astype(np.float64), {s: shard.get(0, s.makes[0].name) for s in FIVE}
        assert found[Bright] == pytest.approx(part.mean(axis=(1, 2, 3)), rel=1e-5)
        assert found[Contrast] == pytest.approx(part[..., 1].std(axis=(1, 2)), rel=1e-4)
        assert found[Colourful] == pytest.approx(np.abs(part[..., 0] - part[..., 2]).mean(axis=(1, 2)), rel=1e-5)
        steps = np.abs(np.diff(part[..., 1], axis=0)).mean(axis=(1, 2))
        assert found[Motion] == pytest.approx([0, *steps], rel=1e-5)  # over the border of two chunks, too
        assert found[Sharp].min() > 0
        bright = found[Bright]
        assert shard.get(0, "bench_relative.npy") == pytest.approx(bright / bright.mean(), rel=1e-5)


def test_the_network_counts_its_rows_and_runs(made):
    rows, runs = (made[1].counts[name] for name in ("net_rows", "net_runs"))
    assert rows == FRAMES * CLIPS and -(-rows // BATCH) <= runs <= rows
    with Shard(made[0]) as shard:
        whole = pictures(shard).mean(axis=(1, 2, 3))
        assert shard.get(0, "bench_batched.npy") == pytest.approx(whole, rel=1e-5)


def test_they_are_named_as_a_users_own_stage_is():
    assert words(Bright, Motion) == "faceshards.bench.curate.toys:Bright,faceshards.bench.curate.toys:Motion"
