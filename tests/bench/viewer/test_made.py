"""The shards that the bench of the viewer looks at."""

from faceshards.bench.viewer import made
from faceshards.shards.index.dataset import open_dataset
from faceshards.shards.reader import Shard
from faceshards.viewer.pages.packet_group import packet_group


def test_rows_that_play_under_many_names(tmp_path, monkeypatch):
    monkeypatch.setattr(made, "ROWS", 3)
    made.make_rows(tmp_path / "rows", 4)
    rows = open_dataset(tmp_path / "rows")
    assert len(rows) == 12 and rows.columns(["face_share"])["face_share"].null_count == 0
    with Shard(rows.shards[3]) as shard:
        assert packet_group(shard, 2, shard.json(2), "mp4")
        assert len({shard.json(row)["face_share"] for row in range(3)}) == 3


def test_a_clip_with_boxes_and_what_its_groups_weigh(tmp_path):
    group = made.make_clip(tmp_path / "clip.tar", 50, side=64)
    with Shard(tmp_path / "clip.tar") as shard:
        assert len(shard.get(0, "faces.msg")["box"]) == 50
        assert group * 2 <= shard.extent(0, "mp4").size
