"""Checkpoints: back as they were, whole or not there, and never a pickle."""

import os
import pickle

import pytest
import torch

from faceshards.errors import UnsafeData, UsageError
from faceshards.models.checkpoint import Checkpoint, load, save


@pytest.fixture
def checkpoint():
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(4, 3)).sum().backward()
    optimizer.step()
    config = {"task": "t", "width": 0.125, "coefficients": {"a": 1.0}}
    loader = {"epoch": 1, "batches": 2, "digest": "ab"}
    return Checkpoint(7, config, model.state_dict(), optimizer.state_dict(), loader, torch.get_rng_state())


def test_it_reads_back_as_it_was(tmp_path, checkpoint):
    save(checkpoint, tmp_path / "c.pt")
    back = load(tmp_path / "c.pt")
    assert (back.step, back.config, back.loader) == (7, checkpoint.config, checkpoint.loader)
    assert all(torch.equal(back.model[name], value) for name, value in checkpoint.model.items())
    assert torch.equal(back.optimizer["state"][0]["exp_avg"], checkpoint.optimizer["state"][0]["exp_avg"])
    assert torch.equal(back.random, checkpoint.random)
    assert [file.name for file in tmp_path.iterdir()] == ["c.pt"]


def test_a_failed_save_leaves_the_old_one(tmp_path, checkpoint, monkeypatch):
    save(checkpoint, tmp_path / "c.pt")
    before = (tmp_path / "c.pt").read_bytes()

    def full(content, stream):
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(Exception, match="disk is full"):
        save(checkpoint, tmp_path / "c.pt")
    assert (tmp_path / "c.pt").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


class Marks:
    """Unpickling it leaves a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_code_in_a_checkpoint_is_refused_and_not_run(tmp_path):
    torch.save({"step": Marks(tmp_path / "ran")}, tmp_path / "evil.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Marks(tmp_path / "ran"), protocol=2))
    for name in ("evil.pt", "plain.pt"):
        with pytest.raises(UnsafeData, match=name):
            load(tmp_path / name)
    assert not (tmp_path / "ran").exists()


def test_what_is_no_checkpoint_is_one_line(tmp_path, checkpoint):
    save(checkpoint, tmp_path / "c.pt")
    (tmp_path / "cut.pt").write_bytes((tmp_path / "c.pt").read_bytes()[:-600])
    (tmp_path / "empty.pt").write_bytes(b"")
    torch.save({"model": {}}, tmp_path / "other.pt")
    for name in ("cut.pt", "empty.pt", "other.pt", "absent.pt"):
        with pytest.raises(UsageError, match=name) as caught:
            load(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_flipped_byte_of_the_zip_s_end_is_one_line(tmp_path, checkpoint):
    save(checkpoint, tmp_path / "c.pt")
    body = (tmp_path / "c.pt").read_bytes()
    for back in range(1, 120):  # the ends of the zip and of the ZIP64, and what leads from one to the other
        flipped = bytearray(body)
        flipped[-back] ^= 0x02
        (tmp_path / "c.pt").write_bytes(flipped)
        try:
            load(tmp_path / "c.pt")
        except (UsageError, UnsafeData) as error:
            assert "c.pt" in str(error) and "\n" not in str(error)
