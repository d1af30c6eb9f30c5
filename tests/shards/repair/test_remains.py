import random
import shutil
import subprocess

from faceshards.shards.repair.salvage import salvage
from faceshards.shards.writer import ShardWriter
from tests.shards.repair.damage import (
    ROWS,
    adds_up,
    contents,
    forget,
    header,
    is_part_of,
    smash,
)


def test_a_smashed_header_costs_its_sample_alone(tar, truth):
    smash(tar, header(tar, "k5.mp4"))
    forget(tar)
    done = salvage(tar)
    adds_up(done)
    is_part_of(done, truth)
    (lost,) = done.lost
    assert (done.kept, lost.key) == (ROWS - 1, "k5") and lost.reason.startswith("mp4 is missing: header at byte")


def test_a_shard_within_a_member_is_not_taken_for_samples(tmp_path):
    """The header of a member that is itself a shard is smashed: the walk steps over the shard within."""
    with ShardWriter(tmp_path / "inner.tar") as writer:
        for i in range(3):
            writer.add(f"phantom{i}", {"json": {}, "tar": b"x"})
    inner = (tmp_path / "inner.tar").read_bytes()
    with ShardWriter(tmp_path / "a.tar") as writer:
        for i in range(3):
            writer.add(f"k{i}", {"json": {}, "tar": inner})
    truth = contents(tmp_path / "a.tar")
    smash(tmp_path / "a.tar", header(tmp_path / "a.tar", "k1.tar"))
    forget(tmp_path / "a.tar")
    done = salvage(tmp_path / "a.tar")
    is_part_of(done, truth)
    assert list(contents(done.target)) == ["k0", "k2"] and [one.key for one in done.lost] == ["k1"]


def test_a_tar_within_a_foreign_member_is_not_taken_for_samples(tmp_path, foreign):
    folder = tmp_path / "outer"
    folder.mkdir()
    for i in range(3):
        shutil.copy(foreign, folder / f"o{i}.tar")
        (folder / f"o{i}.txt").write_text("t")
    files = [f"o{i}.{kind}" for i in range(3) for kind in ("tar", "txt")]
    subprocess.run(["tar", "-cf", tmp_path / "o.tar", "-C", folder, *files], check=True)
    smash(tmp_path / "o.tar", header(tmp_path / "o.tar", "o1.tar"))
    done = salvage(tmp_path / "o.tar")
    assert set(contents(done.target)) == {"o0", "o2"}


def test_noise_gives_nothing(tmp_path):
    (tmp_path / "a.tar").write_bytes(random.Random(0).randbytes(300_000))
    done = salvage(tmp_path / "a.tar")
    assert (done.kept, done.lost, done.target) == (0, (), None)
