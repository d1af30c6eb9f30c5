"""GE2E: a piece of speech by itself, and the file that it is read from."""

from pathlib import Path

import numpy as np
import pytest
import torch

from faceshards.errors import UnsafeData, WeightsError
from faceshards.models.nets.ge2e import GE2E


def test_a_piece_says_the_same_in_any_company_and_place():
    torch.manual_seed(0)
    net = GE2E()
    mels = np.random.default_rng(1).random((8, 160, 40), np.float32)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    whole = net.run(mels)[0]
    alone = net.run(np.repeat(mels[3:4], 8, axis=0))[0]
    torch.set_num_threads(before)
    assert np.array_equal(whole[3], alone[0]) and np.array_equal(alone[0], alone[7])


def test_weights_that_are_others_or_hold_code_are_refused(tmp_path):
    torch.save({"model_state": {"lstm.weight": torch.zeros(2)}}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match="not GE2E's"):
        GE2E.load((tmp_path / "other.pt").read_bytes())
    torch.save({"model_state": Path("/")}, tmp_path / "code.pt")
    with pytest.raises(UnsafeData, match="more than tensors"):
        GE2E.load((tmp_path / "code.pt").read_bytes())
