"""Random numbers go on where they stood, in each process."""

import torch

from faceshards.train.random_state import random_state, set_random_state
from faceshards.train.ranks import Ranks


def test_they_go_on():
    alone = Ranks(0, 1, torch.device("cpu"))
    state = random_state(alone)
    assert state.dtype == torch.uint8 and state.shape[0] == 1
    first = torch.rand(3)
    set_random_state(state, alone)
    assert torch.equal(torch.rand(3), first)


def test_a_process_that_is_new_keeps_its_own():
    state = random_state(Ranks(0, 1, torch.device("cpu")))
    torch.rand(1)
    before = torch.get_rng_state()
    set_random_state(state, Ranks(1, 2, torch.device("cpu")))
    assert torch.equal(torch.get_rng_state(), before)
