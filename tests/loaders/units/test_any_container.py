"""`video`: the clip, whatever its container; one folder of several is one column."""

import numpy as np
import pytest

from faceshards.errors import ColumnError
from faceshards.loaders import ShardDataset, Window
from faceshards.media.tables.packets import display_order, packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.decode import frames
from faceshards.shards.rewrite import rewrite
from faceshards.shards.writer import ShardWriter

COUNT = 24


@pytest.fixture
def folder(numbered, made, tmp_path):
    """Two shards, of mp4 and of mpg, and a third one as strangers write them: no word of the container, no table."""
    clips = {
        "mp4": made(numbered(COUNT), "mp4", "libx264", {"g": "6"}),
        "mpg": made(numbered(COUNT), "mpeg", "mpeg1video", {"g": "6", "b": "4000000"}),
    }
    clips["mkv"] = made(numbered(COUNT), "matroska", "libx264", {"g": "6"})
    for name, clip in clips.items():
        path = tmp_path / "data" / f"{name}.tar"
        path.parent.mkdir(exist_ok=True)
        with ShardWriter(path) as writer:
            if name == "mkv":
                writer.add(name, {"json": {}, "mkv": clip})
                continue
            table, media = packet_table(clip)
            facts = {"container": name, "frames": len(display_order(table)), "media": {name: media}}
            writer.add(name, {"json": facts, name: clip, f"{name}.packets.npy": narrow(table)})
    return path.parent, clips


def test_a_folder_of_several_containers_is_one_column(folder):
    data, clips = folder
    dataset = ShardDataset(data, ["video"], window=Window(5, size=(56, 32)))
    (batch,) = dataset.loader(3, num_workers=1)
    assert sorted(batch["__key__"]) == ["mkv", "mp4", "mpg"] and batch["video"].shape == (3, 5, 32, 56, 3)
    for number in range(3):
        sample = ShardDataset(data, ["video"], window=Window(5))[number]
        whole = np.stack(list(frames(clips[sample["__key__"]])))
        np.testing.assert_array_equal(sample["video"], whole[sample["__frames__"]])


def test_of_what_has_a_table_only_the_window_is_read(folder):
    data, clips = folder
    reader = ShardDataset(data / "mp4.tar", ["video"], window=Window(2, start="first")).reader()
    reader.sample(0)
    assert 0 < reader.bytes_read < len(clips["mp4"])


def test_without_a_window_it_is_the_file(folder):
    data, clips = folder
    dataset = ShardDataset(data, ["video"])
    assert {dataset[n]["__key__"]: dataset[n]["video"] for n in range(3)} == clips
    rewrite(data / "mp4.tar", {"more.npy": lambda row: b""})  # read on after it was replaced
    assert dataset["mp4"]["video"] == clips["mp4"]


def test_a_shard_without_any_video_says_so(write_shard):
    path = write_shard("a", range(3))
    with pytest.raises(ColumnError, match=r"a\.tar has no column 'video', only json"):
        len(ShardDataset(path, ["video"]))
    assert ShardDataset(path, ["video", "x.npy"], missing="none")[0]["video"] is None
