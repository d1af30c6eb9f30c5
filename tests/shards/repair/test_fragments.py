import random
import subprocess

from faceshards.shards.repair.salvage import salvage
from faceshards.shards.repair.verify import verify
from faceshards.shards.writer import ShardWriter
from tests.shards.repair.damage import (
    adds_up,
    contents,
    forget,
    header,
    smash,
    start_over,
)


def test_a_sample_that_lacks_a_column_is_never_passed_off_as_whole(tmp_path):
    """One sample, and the header of its second member is gone: what stands looks like a sample with one column."""
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("k0", {"json": {}, "mp4": b"x" * 1000})
    smash(tmp_path / "a.tar", header(tmp_path / "a.tar", "k0.mp4"))
    smash(tmp_path / "a.tar", 0)
    forget(tmp_path / "a.tar")
    done = salvage(tmp_path / "a.tar")
    assert (done.kept, done.target) == (0, None) and [one.key for one in done.lost] == ["k0"]


def listed(path):
    """The names as GNU tar lists them, which must find nothing wrong."""
    done = subprocess.run(["tar", "-tf", path], check=True, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_a_foreign_tar_with_a_smashed_header_loses_that_sample(foreign):
    truth = contents(foreign)
    smash(foreign, header(foreign, "c3.jpg"))
    done = salvage(foreign)
    adds_up(done)
    assert (done.checked, done.samples, done.unnamed, done.kept) == (False, None, None, 7)
    assert [one.key for one in done.lost] == ["c3"] and "jpg is missing" in done.lost[0].reason
    got = contents(done.target)
    assert got == {key: truth[key] for key in got} and set(truth) - set(got) == {"c3"}
    assert len(listed(done.target)) == 14
    verdict = verify(done.target)
    assert verdict.whole and verdict.foreign


def test_a_foreign_tar_is_salvaged_up_to_its_cut(foreign):
    truth, good = contents(foreign), foreign.read_bytes()
    chance = random.Random(5)
    for length in sorted(chance.randrange(1024, len(good) - 10240) for _ in range(10)):
        start_over(foreign, good[:length])
        done = salvage(foreign)
        adds_up(done)
        got = contents(done.target) if done.target else {}
        assert got == {key: truth[key] for key in got} and list(got) == list(truth)[: len(got)]
        assert done.kept == len(got)


def test_behind_a_gap_a_foreign_name_must_be_vouched_for(tmp_path):
    """The long name of the second file stood in a header of its own, which is gone: the cut name is not believed."""
    folder = tmp_path / "files"
    folder.mkdir()
    names = ["a", "b" * 90 + "c" * 40, "d"]
    for name in names:
        (folder / f"{name}.jpg").write_bytes(b"x" * 600)
    subprocess.run(["tar", "-cf", tmp_path / "f.tar", "-C", folder, *(f"{name}.jpg" for name in names)], check=True)
    smash(tmp_path / "f.tar", header(tmp_path / "f.tar", "././@LongLink"))
    done = salvage(tmp_path / "f.tar")
    assert set(contents(done.target)) == {"a", "d"}
