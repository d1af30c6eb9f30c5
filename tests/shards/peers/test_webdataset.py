"""webdataset reads our shards: the same keys, the same bytes, equal decoded values, no phantom sample."""

import subprocess
import tarfile

import numpy as np
import pytest
import webdataset as wds

from faceshards.shards.reader import Shard
from faceshards.shards.schema import codecs
from faceshards.shards.writer import ShardWriter

FACES = {"size": [4, 4], "frames": 1, "frame": [0], "track": [0], "box": [[0.0, 1.0, 2.0, 3.0]], "score": [0.5]}


# webdataset leaves its files to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_webdataset_reads_the_same_samples(tmp_path):
    path = tmp_path / "a.tar"
    with ShardWriter(path) as writer:
        for i in range(3):
            picture = np.full((4, 4, 3), 40 * i, np.uint8)
            writer.add(
                f"clip=20{i}",
                {
                    "json": {"name": f"clip {i}", "fps": [25, 1]},
                    "mp4": bytes([i]) * 100,
                    "mp4.packets.npy": codecs.encode("mp4.packets.npy", np.arange(6, dtype=np.int64)[None]),
                    "faces.msg": codecs.encode("faces.msg", FACES),
                    "face.jpg": codecs.encode("face.jpg", picture),
                },
            )
    raw = list(wds.WebDataset(str(path), shardshuffle=False))
    decoded = list(wds.WebDataset(str(path), shardshuffle=False).decode("rgb8"))
    with Shard(path) as shard:
        assert [sample["__key__"] for sample in raw] == shard.keys
        for row, (bodies, values) in enumerate(zip(raw, decoded, strict=True)):
            assert {name for name in bodies if not name.startswith("__")} == set(shard.columns)
            for column in shard.columns:
                assert bodies[column] == shard.read(row, column)
            assert values["json"] == shard.json(row)
            assert values["faces.msg"] == FACES == shard.get(row, "faces.msg")
            np.testing.assert_array_equal(values["mp4.packets.npy"], shard.get(row, "mp4.packets.npy"))
            np.testing.assert_array_equal(values["face.jpg"], shard.get(row, "face.jpg"))


# webdataset leaves its files to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_webdataset_decodes_samples_without_a_value(tmp_path):
    """A silent clip, a stage that failed and one that did not run: nothing of it ends the reading."""
    path, nobody = tmp_path / "a.tar", np.empty((0, 134, 2), np.float32)
    with ShardWriter(path) as writer:
        for i in range(3):
            none = {"sound.packets.npy": None, "faces.msg": b"", "own.npy": None, "dwpose.npy": nobody}
            some = {"sound.packets.npy": np.ones((2, 6), np.int32), "faces.msg": FACES, "own.npy": np.ones(3)}
            facts = {"name": str(i), "failures": [{"stage": "faces", "code": "no-face", "reason": ""}] * (i == 1)}
            writer.add(f"k{i}", {"json": facts, "mp4": b"1", **(none if i == 1 else some | {"dwpose.npy": nobody})})
    rows = list(wds.WebDataset(str(path), shardshuffle=False).decode())
    assert [row["__key__"] for row in rows] == ["k0", "k1", "k2"] and rows[1]["faces.msg"] == b"\xc0"  # nil
    assert rows[1]["sound.packets.npy"].shape == (0, 6) and rows[1]["own.npy"].shape == (0,)
    states = {"sound.packets.npy": "n/a", "faces.msg": "failed", "own.npy": "not yet"}
    assert rows[1]["json"]["states"] == states and "states" not in rows[0]["json"]
    with Shard(path) as shard:
        assert {column: shard.state(1, column) for column in states} == states
        assert all(shard.get(1, column) is None for column in states)
        assert shard.filled(1, "dwpose.npy") and shard.get(1, "dwpose.npy").shape == (0, 134, 2)  # nobody is a value


def test_tarfile_and_gnu_tar_read_the_same_members(tmp_path):
    path = tmp_path / "a.tar"
    with ShardWriter(path) as writer:
        for i in range(5):
            writer.add(
                f"k{i}" + "n" * 120 * (i == 2), {"json": {"i": i}, "mp4": bytes([i]) * (600 * i), "faces.msg": b""}
            )
    with Shard(path) as shard:
        truth = {f"{key}.{c}": shard.read(row, c) for row, key in enumerate(shard.keys) for c in shard.columns}
    with tarfile.open(path) as tar:
        assert {one.name: tar.extractfile(one).read() for one in tar} == truth
    listing = subprocess.run(["tar", "-tf", path], capture_output=True, text=True, check=True)
    assert listing.stdout.splitlines() == list(truth) and not listing.stderr
    subprocess.run(["tar", "-xf", path, "-C", tmp_path], check=True)
    assert {name: (tmp_path / name).read_bytes() for name in truth} == truth
