"""The schedules are pure functions of the step; what makes no optimisation is refused; no decay is plain Adam."""

import math

import pytest
import torch

from faceshards.errors import UsageError
from faceshards.train.optimisation import Optimisation


def rates(steps, batches=None, **how):
    return [Optimisation(lr=0.1, **how).rate(step, steps, batches) for step in range(steps)]


def test_each_schedule_begins_with_its_warmup():
    assert rates(4, warmup=2) == pytest.approx([0.05, 0.1, 0.1, 0.1])
    cosine = [0.1 * (1 + math.cos(math.pi * one / 4)) / 2 for one in range(4)]
    assert rates(6, warmup=2, schedule="cosine") == pytest.approx([0.05, 0.1, *cosine])
    assert rates(3, schedule="cosine", warmup=9) == pytest.approx([0.1 / 9, 0.2 / 9, 0.3 / 9])


def test_steps_fall_by_epochs_of_batches_as_the_separation_network_did():
    how = Optimisation(lr=1e-5, schedule="step", accumulate=2)  # 4 batches are 2 steps an epoch
    found = [how.rate(2 * epoch, None, 4) for epoch in range(12)]
    assert found == pytest.approx([1e-5] * 5 + [1e-5 / 5] * 5 + [1e-5 / 10] * 2)


def test_a_schedule_whose_length_is_not_known_is_refused():
    with pytest.raises(UsageError, match="goes by epochs"):
        Optimisation(schedule="step").rate(0, 9, None)
    with pytest.raises(UsageError, match="needs to know the last step"):
        Optimisation(schedule="cosine").rate(0, None, 4)


@pytest.mark.parametrize(
    "how",
    [
        {"schedule": "linear"}, {"precision": "fp8"}, {"accumulate": 0}, {"warmup": -1}, {"clip": -1.0},
        {"clip": math.nan}, {"weight_decay": 1.0}, {"eps": 0.0}, {"betas": (0.9, 1.0)}, {"drops": "5"},
        {"drops": "10:0.1,5:0.2"}, {"drops": ""},
    ],
)  # fmt: skip
def test_what_makes_no_optimisation_is_one_line(how):
    with pytest.raises(UsageError) as error:
        Optimisation(**how)
    assert next(iter(how)) in str(error.value) and "\n" not in str(error.value)


def test_without_decay_it_is_adam_bit_for_bit_with_these_constants():
    def moved(make):
        torch.manual_seed(0)
        net = torch.nn.Linear(5, 3)
        optimizer = make(net.parameters())
        for _ in range(5):
            optimizer.zero_grad()
            net(torch.randn(4, 5)).square().sum().backward()
            optimizer.step()
        return net.weight

    how = Optimisation(lr=0.01, betas=(0.5, 0.999), eps=1e-4)
    adam = moved(lambda weights: torch.optim.Adam(weights, lr=0.01, betas=(0.5, 0.999), eps=1e-4))
    assert torch.equal(moved(how.optimizer), adam)
    assert not torch.equal(moved(Optimisation(lr=0.01, weight_decay=0.1).optimizer), moved(how.optimizer))
