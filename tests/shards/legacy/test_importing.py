import pytest

from faceshards.errors import UsageError
from faceshards.shards.legacy import export_shard, import_shard
from faceshards.shards.reader import Shard
from tests.shards.legacy.old_tars import v1_sample, write_old

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def test_equal_tars_give_equal_shards(tmp_path):
    old = write_old(tmp_path / "old.tar", {"a": v1_sample()})
    import_shard(old, tmp_path / "one.tar")
    import_shard(old, tmp_path / "two.tar")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_uneven_samples_and_samples_without_a_clip(tmp_path):
    samples = {"a": v1_sample(), "b": v1_sample(), "c": v1_sample(), "d": v1_sample()}
    del samples["b"]["mp4_styled"], samples["b"]["dwpose_score.pyd"], samples["c"]["mp4"]
    samples["d"]["mp4"] = b""
    outcome = import_shard(write_old(tmp_path / "old.tar", samples), tmp_path / "new.tar")
    assert (outcome.whole, outcome.seen, outcome.kept) == (1, 4, 2)
    assert [(one.key, one.code) for one in outcome.failed] == [
        ("b", "bad-column"),
        ("c", "no-video"),
        ("d", "empty-file"),
    ]
    with Shard(tmp_path / "new.tar") as shard:
        assert shard.keys == ["a", "b"] and len(shard.json(1)["failures"]) == 2
        states = [shard.state(1, column) for column in ("styled.mp4", "dwpose.npy", "person_box.npy")]
        assert states == ["failed", "failed", "done"] and shard.read(1, "styled.mp4") == b""


def test_a_wrong_kind_or_one_name_for_both_is_refused(tmp_path):
    old = write_old(tmp_path / "old.tar", {"a": v1_sample()})
    with pytest.raises(UsageError, match="another name"):
        import_shard(old, old)
    with pytest.raises(UsageError, match="kind"):
        import_shard(old, tmp_path / "new.tar", "v2")
    import_shard(old, tmp_path / "new.tar")
    with pytest.raises(UsageError, match="another name"):
        export_shard(tmp_path / "new.tar", tmp_path / "new.tar", "v1")
    with pytest.raises(UsageError, match="kind"):
        export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "auto")
