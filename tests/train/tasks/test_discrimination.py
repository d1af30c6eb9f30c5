"""The loss of separation against its double sum written out; which order it wants, and that it may be below 0."""

import numpy as np
import pytest
import torch

from faceshards.train.tasks.discrimination import discriminating, loudness

RANDOM = np.random.default_rng(4)


@pytest.mark.parametrize("speakers", [2, 3])
def test_it_is_the_published_sum(speakers):
    wanted, found = RANDOM.normal(size=(2, 3, 4, 5, 2, speakers))
    expected = np.zeros((3, 4, 5, 2))
    for i in range(speakers):
        others = sum((wanted[..., i] - found[..., j]) ** 2 for j in range(speakers) if j != i)
        expected += (wanted[..., i] - found[..., i]) ** 2 - 0.1 * others
    assert discriminating(torch.tensor(wanted), torch.tensor(found)).item() == pytest.approx(expected.mean())


def test_swapped_voices_cost_more_and_right_ones_less_than_nothing():
    wanted = torch.tensor(RANDOM.normal(size=(3, 4, 5, 2, 2)))
    assert discriminating(wanted, wanted) < 0 < discriminating(wanted, wanted.flip(-1))
    assert discriminating(wanted, wanted, gamma=0.0) == 0


def test_loud_parts_count_as_loud_as_they_are():
    mixture = torch.tensor(RANDOM.normal(size=(3, 4, 5, 2)))
    weights = loudness(mixture)
    expected = np.linalg.norm(mixture.numpy(), axis=-1)
    assert weights.shape == (3, 4, 5, 1) and torch.allclose(weights.mean((1, 2, 3)), torch.ones(3, dtype=torch.float64))
    assert np.allclose(weights[1, ..., 0], expected[1] / expected[1].mean())
    wanted, found = torch.tensor(RANDOM.normal(size=(2, 3, 4, 5, 2, 2)))
    each = ((wanted - found) ** 2 - 0.1 * (wanted - found.flip(-1)) ** 2).sum(-1)
    assert torch.allclose(discriminating(wanted, found, 0.1, weights), (each * weights).mean())
    assert not loudness(mixture * 0).any()
