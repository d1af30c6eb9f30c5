"""MegActor's shards are those that its packer writes, and ours hold the same clips with a copy to train from."""

import tarfile

import numpy as np
import pytest

from faceshards.bench.stream import peer_process
from faceshards.bench.stream.clips import DEFAULTS, bodies_of, encode, frames, kinds_of
from faceshards.bench.stream.own_shards import COLUMN, RATE, OwnShards, tars
from faceshards.bench.stream.scale import StreamScale
from faceshards.media.probe import probe
from faceshards.media.tables.packets import DTS, KEY, PTS, SIZE, packet_table
from faceshards.shards.reader import Shard

pytest.importorskip("webdataset", reason="MegActor's packer writes its tars with it")
SIDE, COPY, CLIPS = 64, 32, 8


class Here:
    """The peers' functions, called in this process."""

    def call(self, name, **words):
        return getattr(peer_process, name)(**words)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    scale = StreamScale(clips=CLIPS, seconds=1, kinds=2)
    return OwnShards(tmp_path_factory.mktemp("own") / "made", SIDE, scale, Here())


def members(paths):
    found = []
    for path in paths:
        with tarfile.open(path) as tar:
            found += [(one, tar.extractfile(one).read()) for one in tar]
    return found


def test_the_encoder_is_set_as_imageio_sets_it():
    iio = pytest.importorskip("imageio.v3", reason="MegActor's packer encodes with it")
    (kind,) = kinds_of(SIDE, 10, DEFAULTS, 1, RATE)
    pictures = np.stack(list(frames(SIDE, 10 * RATE, 0)))
    theirs = iio.imwrite("<bytes>", pictures, extension=".mp4", plugin="pyav", codec="h264", fps=RATE)
    (table, facts), (own, told) = packet_table(theirs), packet_table(encode(kind))
    assert np.array_equal(table[:, [PTS, DTS, KEY]], own[:, [PTS, DTS, KEY]])
    assert np.flatnonzero(own[:, KEY]).tolist() == [0, 250]
    assert own[:, SIZE].sum() == pytest.approx(table[:, SIZE].sum(), rel=0.02)  # it takes as many threads as it finds
    assert facts["time_base"] == [1, 15360]
    assert {name: facts[name] for name in facts if name not in ("bytes", "offset")} == {
        name: told[name] for name in told if name not in ("bytes", "offset")
    }


def test_megactors_tars_hold_a_member_a_clip(shards):
    found = members(tars(shards.own))
    bodies = bodies_of(kinds_of(SIDE, 1, DEFAULTS, 2, RATE))
    assert len(tars(shards.own)) == 4
    assert [(one.name, one.mode, one.uname) for one, _ in found] == [
        (f"clip{number:05d}.mp4", 0o444, "bigdata") for number in range(CLIPS)
    ]
    assert [body for _, body in found] == [bodies[number % 2] for number in range(CLIPS)]


def test_ours_hold_the_same_clips_and_a_smaller_copy_of_each(shards):
    ours = tars(shards.ours(COPY))
    own, same = ([body for _, body in members(tars(folder))] for folder in (shards.own, shards.same(COPY)))
    keys, clips, copies = [], [], []
    for path in ours:
        with Shard(path) as shard:
            keys += shard.keys
            clips += shard.read_column("mp4")
            copies += shard.read_column(COLUMN)
            assert shard.json(0)["container"] == "mp4"
    assert len(ours) == 4 and keys == [f"clip{number:05d}" for number in range(CLIPS)]
    assert clips == own and copies == same
    told = probe(copies[1])
    assert (told.frames, told.fps, told.width, told.height) == (RATE, RATE, COPY, COPY)
