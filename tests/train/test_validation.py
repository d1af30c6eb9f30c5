"""Validation: means over all rows, and the training that goes on as if nobody had looked."""

import pytest
import torch

from faceshards.errors import UsageError
from faceshards.train.ranks import Ranks
from faceshards.train.validation import Validation
from tests.train.points import Points, loader

ALONE = Ranks(0, 1, torch.device("cpu"))


def test_the_mean_is_over_rows_whatever_the_batches_are(faces):
    task, found = Points(), []
    for batch in (2, 3, 7):  # the last of seven rows comes in a short batch
        found.append(Validation(loader(faces, batch=batch, shuffle=False)).metrics(task, ALONE, "fp32"))
    task.model.eval()
    (whole,) = loader(faces, batch=7, shuffle=False)
    assert [one["loss"] for one in found] == pytest.approx([task(whole)["loss"].item()] * 3, rel=1e-5)


def test_the_first_batches_may_do_and_each_look_sees_the_same(faces):
    held, task = Validation(loader(faces, shuffle=False), most=1), Points()
    first = held.metrics(task, ALONE, "fp32")
    assert held.first_batch["__key__"] == ["clip-0", "clip-1"]
    assert held.metrics(task, ALONE, "fp32") == first


def test_training_is_not_touched(faces):
    task = Points().train()
    state, before = torch.get_rng_state(), [value.clone() for value in task.state_dict().values()]
    Validation(loader(faces, shuffle=False)).metrics(task, ALONE, "bf16")
    assert task.model.training and torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(*pair) for pair in zip(before, task.state_dict().values(), strict=True))


def test_no_batch_at_all_is_said():
    with pytest.raises(UsageError, match="give no batch"):
        Validation([]).metrics(Points(), ALONE, "fp32")
    with pytest.raises(UsageError, match="at least 1 batch"):
        Validation([], most=0)
