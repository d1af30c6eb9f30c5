import shutil
import tarfile

import pytest

from faceshards.dataset import listed
from faceshards.dataset.clips import check_known
from faceshards.errors import ShardError, UsageError


def test_clips_are_told_by_the_indexes_in_an_order_of_their_own(here, clips):
    clips.write("x/b.tar", {"k": {"frames": 3}})
    clips.write("y/a.tar", {"k": {"mine": "z"}, "l": {}})
    both = listed(["x", "y"], ["frames", "mine"])
    assert [str(one.place) for one in both] == ["y/a.tar", "x/b.tar"]
    assert both == listed(["y", "x"], ["frames", "mine"])
    assert both[0].scalars == {"frames": [None, None], "mine": ["z", None]} and len(both[0]) == 2
    check_known(both, "mine", "--by")
    with pytest.raises(UsageError, match="--by nothing: no clip has this scalar"):
        check_known(listed(["x"], ["nothing"]), "nothing", "--by")


def test_what_cannot_be_written_is_refused_before_any_work(here, clips):
    with tarfile.open("foreign.tar", "w") as tar:
        (here / "k.txt").write_text("x")
        tar.add("k.txt")
    assert len(listed(["foreign.tar"])) == 1
    with pytest.raises(ShardError, match="import it first"):
        listed(["foreign.tar"], write=True)
    with pytest.raises(UsageError, match="write to s3:// or to a disk"):
        listed(["https://example.com/a.tar"], write=True)
    shutil.rmtree(here / "none", ignore_errors=True)
    with pytest.raises(UsageError, match="no such file"):
        listed(["none"])
