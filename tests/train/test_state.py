"""Where a training stands: the best of held-out losses, and old checkpoints, which knew less."""

import dataclasses

import torch

from faceshards.train.optimisation import Optimisation
from faceshards.train.ranks import Ranks
from faceshards.train.state import TrainingState
from faceshards.train.stepper import Stepper
from faceshards.train.supply import Supply
from tests.train.points import Points

ALONE = Ranks(0, 1, torch.device("cpu"))


def state():
    task, how = Points(), Optimisation()
    return TrainingState(task, Stepper(task, how, ALONE), Supply([], ALONE), how, ALONE)


def test_only_a_lower_loss_is_better():
    one = state()
    found = [one.better(metrics) for metrics in ({}, {"loss": 2.0}, {"loss": 2.0}, {"loss": 1.0}, {"first": 0.0})]
    assert found == [False, True, False, True, False] and one.best == 1.0
    assert one.first == 2.0, "of the first look"
    other = state()
    other.go_on(one.saved(), None)
    assert (other.first, other.best) == (2.0, 1.0)


def test_a_checkpoint_of_before_there_were_schedules_is_gone_on_from(tmp_path):
    one, other = state(), state()
    one.step = 5
    saved = one.saved()
    old = dataclasses.replace(saved, training={}, scaler={}, best=None, random=saved.random[0])
    other.go_on(old, tmp_path)
    assert other.step == 5 and torch.equal(other.saved().random, saved.random)
