"""The same seed makes the same numbers."""

import torch

from faceshards.train.repeatable import deterministic


def test_the_same_seed_the_same_numbers():
    found = []
    for seed in (3, 3, 4):
        deterministic(seed, "auto")
        found.append(torch.rand(4))
    torch.use_deterministic_algorithms(False)
    assert torch.equal(found[0], found[1]) and not torch.equal(found[0], found[2])
