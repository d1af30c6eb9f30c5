"""Batches without end, the position in them, and how long they are waited for."""

import time

import pytest
import torch

from faceshards.errors import UsageError
from faceshards.loaders.serve.deaths import WorkerDied
from faceshards.train.interruption import Interruption
from faceshards.train.ranks import Ranks
from faceshards.train.supply import Supply
from tests.train.points import loader

ALONE = Ranks(0, 1, torch.device("cpu"))


def test_epochs_follow_each_other_and_the_position_is_the_loaders(faces):
    supply = Supply(loader(faces), ALONE)
    first = [batch["__key__"] for batch in supply.take(4, Interruption())]
    assert supply.state_dict()["epoch"] == 1 and supply.state_dict()["batches"] == 1
    again = Supply(loader(faces), ALONE)
    again.load_state_dict(supply.state_dict())
    plain = loader(faces)
    keys = [batch["__key__"] for _ in range(2) for batch in plain]
    assert first + [batch["__key__"] for batch in again.take(2, Interruption())] == keys


def test_batches_that_were_not_used_come_again(faces):
    supply = Supply(loader(faces), ALONE)
    supply.take(1, Interruption())
    before = supply.state_dict()
    supply.take(2, Interruption())
    assert supply.state_dict() != before
    supply.give_back()
    assert supply.state_dict() == before


def test_a_death_is_an_error_unless_the_run_was_asked_to_end():
    def dies():
        yield {"x": torch.zeros(2)}
        raise WorkerDied("a worker died")

    interruption = Interruption()
    for number in (None, 15):
        supply, interruption.number = Supply(dies(), ALONE), number
        supply.take(1, interruption)
        if number is None:
            with pytest.raises(WorkerDied):
                supply.take(1, interruption)
        else:
            assert supply.take(1, interruption) == []


def test_the_pace_tells_the_share_of_time_in_which_it_was_waited():
    def slow():
        while True:
            time.sleep(0.02)
            yield {"x": torch.zeros(5)}

    supply = Supply(slow(), ALONE)
    supply.take(1, Interruption())
    assert supply.pace == {"samples_per_second": None, "waiting": None}
    for _ in range(4):
        supply.take(1, Interruption())
    assert supply.pace["waiting"] > 0.9 and 5 < supply.pace["samples_per_second"] < 251


def test_no_batch_is_said():
    with pytest.raises(UsageError, match="gave no batch"):
        Supply([], ALONE).take(1, Interruption())
