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
