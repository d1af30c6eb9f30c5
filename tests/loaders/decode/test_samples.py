"""Samples of several readings in one: each value stays with its key, a column is dense in all or in none."""

import numpy as np
import torch

from faceshards.errors import DamagedShard
from faceshards.loaders.decode.samples import Samples, joined


def dense(*numbers):
    return torch.tensor([[float(number)] * 2 for number in numbers])


def test_a_bad_sample_is_replaced_in_its_slot():
    samples = Samples(["a", "b"], {"x": dense(1, 2)}, [], {1: DamagedShard("b")})
    again = samples.replaced(1, Samples(["c"], {"x": dense(3)}, [], {}))
    assert again.keys == ["a", "c"] and again.dense["x"].tolist() == [[1, 1], [3, 3]] and not again.loose


def test_what_is_dense_in_one_only_is_loose_in_both():
    samples = Samples(["a", "b"], {"x": dense(1, 2)}, [], {})
    again = samples.replaced(0, Samples(["c"], {}, [{"x": np.arange(3)}], {}))
    assert not again.dense
    assert [sample["x"].tolist() for sample in again.loose] == [[0, 1, 2], [2, 2]]
    other = Samples(["a", "b"], {}, [{"x": np.arange(1)}, {"x": np.arange(2)}], {})
    again = other.replaced(1, Samples(["c"], {"x": dense(7)}, [], {}))
    assert [sample["x"].tolist() for sample in again.loose] == [[0], [7, 7]]


def test_readings_are_joined_by_their_slots():
    error = DamagedShard("one")
    one = Samples(["a", "c"], {"x": dense(1, 3), "y": dense(1, 3)}, [], {1: error})
    two = Samples(["b"], {"x": dense(2)}, [{"y": np.zeros(5)}], {})
    whole = joined([(np.array([0, 2]), one), (np.array([1]), two)], 3)
    assert whole.keys == ["a", "b", "c"] and whole.errors == {2: error}
    assert whole.dense.keys() == {"x"} and whole.dense["x"][:, 0].tolist() == [1, 2, 3]
    assert [sample["y"].tolist() for sample in whole.loose] == [[1, 1], [0] * 5, [3, 3]]
