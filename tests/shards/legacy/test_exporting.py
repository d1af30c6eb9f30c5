import pytest

from faceshards.shards.legacy import export_shard, import_shard
from faceshards.shards.repair.verify import verify
from tests.shards.legacy.old_tars import read_old, same, sigma_sample, v1_sample, write_old

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.parametrize(("kind", "make"), [("v1", v1_sample), ("sigma", sigma_sample)])
def test_out_again_is_what_came_in(tmp_path, kind, make):
    old = write_old(tmp_path / "old.tar", {"Clip+a": make(), "Clip+b": make()})
    taken = import_shard(old, tmp_path / "new.tar")
    assert (taken.kind, taken.whole, taken.seen, taken.failed, taken.left_out) == (kind, 2, 2, [], ())
    assert verify(tmp_path / "new.tar", deep=True).whole
    given = export_shard(tmp_path / "new.tar", tmp_path / "again.tar", kind)
    assert (given.whole, given.seen, given.left_out, given.absent) == (2, 2, (), ())
    for before, after in zip(read_old(old), read_old(tmp_path / "again.tar"), strict=True):
        assert before.keys() == after.keys()
        for name, value in before.items():
            assert same(value, after[name]), name


def test_what_the_old_trainer_would_miss_is_named(tmp_path):
    sample = {name: value for name, value in sigma_sample().items() if name in ("mp4", "fps.str")}
    import_shard(write_old(tmp_path / "old.tar", {"a": sample}), tmp_path / "new.tar")
    outcome = export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "sigma")
    assert outcome.whole == 1 and set(outcome.absent) == set(sigma_sample()) - set(sample)
    assert read_old(tmp_path / "again.tar") == [{"mp4": sample["mp4"], "fps.str": b"29.97"}]
