"""A training's statistics: those given, else of its own rows, kept beside its checkpoint for when it is resumed."""

import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.loaders.views import CodeStatistics
from faceshards.train.code_statistics import MADE, code_statistics
from tests.loaders.sequences import codes, files, packed

SEQUENCES = {f"V2-M00{number}-angry-00001": files(number, 20 + number) for number in range(3)}


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return packed(tmp_path_factory.mktemp("sequences"), SEQUENCES)


def test_they_are_made_of_the_rows_that_match_and_kept(shards, tmp_path):
    found = code_statistics(tmp_path / "run", None, [str(shards)], "identity != 'M001'", resume=False)
    deltas = [codes(one) - codes(one)[:1] for name, one in SEQUENCES.items() if "M001" not in name]
    np.testing.assert_allclose(found.mean, np.concatenate(deltas).mean(axis=0), atol=1e-6)
    again = code_statistics(tmp_path / "run", None, ["nowhere"], None, resume=True)
    assert again.mean.tolist() == found.mean.tolist() and again.std.tolist() == found.std.tolist()
    fresh = code_statistics(tmp_path / "run", None, [str(shards)], None, resume=False)
    assert fresh.mean.tolist() != found.mean.tolist()


def test_those_that_are_given_are_read_and_nothing_is_written(tmp_path):
    np.savez(tmp_path / "own.npz", data_mean=np.ones(284), data_std=np.ones(284))
    found = code_statistics(tmp_path / "run", tmp_path / "own.npz", ["nowhere"], None, resume=False)
    assert isinstance(found, CodeStatistics) and found.mean.sum() == 284
    assert not (tmp_path / "run" / MADE).exists()


def test_rows_without_codes_make_none(shards, tmp_path):
    with pytest.raises(UsageError):
        code_statistics(tmp_path / "run", None, [str(shards)], "frames > 100", resume=False)
