"""A run's folder: the newest checkpoint or, where that one is damaged, the best; one writer; and disks that refuse."""

import subprocess

import pytest
import torch

from faceshards.errors import StorageError, UsageError
from faceshards.models import checkpoint
from faceshards.models.checkpoint import Checkpoint
from faceshards.train.run_folder import BEST, LATEST, RunFolder


def saved(step):
    net = torch.nn.Linear(64, 64)
    return Checkpoint(step, {"task": "t"}, net.state_dict(), {}, None, torch.get_rng_state())


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_the_newest_is_gone_on_from_and_the_best_stands_beside_it(tmp_path):
    with RunFolder(tmp_path / "run") as folder:
        assert folder.newest(pytest.fail) is None
        folder.save(saved(1), best=True)
        folder.save(saved(2))
        assert folder.newest(pytest.fail).step == 2
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == [BEST, LATEST]


@pytest.mark.parametrize("at", [0, 3000, 9000, -30])
def test_a_damaged_one_is_passed_over_for_the_best_or_refused_by_name(tmp_path, at):
    told = []
    with RunFolder(tmp_path) as folder:
        folder.save(saved(1), best=True)
        folder.save(saved(2))
        flip(tmp_path / LATEST, at)
        assert folder.newest(told.append).step == 1
        assert "checkpoint.pt" in told[0] and "going on from" in told[0] and "best.pt, step 1" in told[0]
        (tmp_path / BEST).unlink()
        with pytest.raises(UsageError, match=r"checkpoint\.pt"):
            folder.newest(told.append)


def test_one_that_does_not_write_makes_nothing_and_takes_no_lease(tmp_path):
    with RunFolder(tmp_path / "run", writes=False) as folder:
        folder.save(saved(1), best=True)
    assert not (tmp_path / "run").exists()
    with RunFolder(tmp_path / "run"), RunFolder(tmp_path / "run", writes=False):
        pass


@pytest.mark.parametrize(("options", "said"), [("size=64k", "disk is full"), ("ro", "read-only")])
def test_a_disk_that_refuses_is_one_line_and_the_old_checkpoint_stands(tmp_path, options, said):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    try:
        with pytest.raises(StorageError, match=said) as error, RunFolder(disk) as folder:
            folder.save(saved(1))
            for step in range(2, 6):
                folder.save(saved(step), best=True)
        assert "\n" not in str(error.value)
        if options != "ro":
            assert RunFolder(disk).newest(pytest.fail).step >= 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_kill_between_the_two_costs_no_best_one(tmp_path, monkeypatch):
    """Else the newest would go on from a loss whose weights are nowhere."""
    whole = checkpoint.save

    def killed_after(one, path):
        whole(one, path)
        raise KeyboardInterrupt

    with RunFolder(tmp_path) as folder:
        folder.save(saved(1), best=True)
        monkeypatch.setattr(checkpoint, "save", killed_after)
        with pytest.raises(KeyboardInterrupt):
            folder.save(saved(2), best=True)
        assert folder.newest(pytest.fail).step == 1 and checkpoint.load(tmp_path / BEST).step == 2
