"""Which clips are mixed: every combination once, never one person twice, the same again, and so many as are asked."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from faceshards.errors import UsageError
from faceshards.loaders.plan.extents import Extents
from faceshards.loaders.plan.plan import Plan
from faceshards.loaders.units.several.mixtures import Mixtures

NO_EPOCHS = np.zeros(0, np.int64)


def plan_of(counts: list[int]) -> Plan:
    """A plan of shards with so many rows, of nothing but sizes."""
    total, rows = sum(counts), tuple(np.arange(count) for count in counts)
    nothing = np.zeros(total, np.int64)
    extents = {"wav": Extents(nothing, nothing + 1000, nothing)}
    keys = pa.array([f"clip{number}" for number in range(total)])
    return Plan(tuple([None] * len(counts)), rows, keys, extents, {}, total, 64, "plan")


def mixtures_of(
    persons, voices: int, most: int | None = None, seed: int = 0, counts: list[int] | None = None
) -> Mixtures:
    return Mixtures(plan_of(counts or [len(persons)]), np.array(persons, np.int32), voices, most, seed)


def all_of(mixtures: Mixtures) -> list[tuple[int, ...]]:
    return list(map(tuple, mixtures.rows(np.arange(len(mixtures)), NO_EPOCHS).tolist()))


@pytest.mark.parametrize(("clips", "voices"), [(20, 2), (5, 3), (21, 2), (8, 3), (20, 3), (2, 2)])
def test_all_combinations_of_one_a_block(clips, voices):
    """Numbers of clips at which speech_separation's own partition crashes, or leaves clips out, among them."""
    mixtures = mixtures_of([-1] * clips, voices)
    sizes = [len(block) for block in mixtures.blocks]
    assert sum(sizes) == clips and max(sizes) - min(sizes) <= 1
    assert all_of(mixtures) == list(product(*(block.tolist() for block in mixtures.blocks)))
    assert len(mixtures) == np.prod(sizes)


def test_nobody_is_mixed_with_himself():
    persons = [0] * 5 + [-1] + [1] * 4 + [2] * 2
    mixtures = mixtures_of(persons, 2)
    assert all(persons[one] != persons[other] for one, other in all_of(mixtures))
    assert [len(block) for block in mixtures.blocks] == [6, 6] and "of 2 voices of 4 speakers" in mixtures.said
    with pytest.raises(UsageError, match="mixtures of 3 voices need clips of at least 3 speakers, got 2 in 4 rows"):
        mixtures_of([0, 1, 0, 1], 3)


@pytest.mark.parametrize("most", [7, 90])
def test_so_many_of_them_drawn_by_the_seed(most):
    few = all_of(mixtures_of([-1] * 20, 2, most, seed=3))
    assert len(set(few)) == len(few) == most and set(few) <= set(all_of(mixtures_of([-1] * 20, 2)))
    assert few == all_of(mixtures_of([-1] * 20, 2, most, seed=3)) != all_of(mixtures_of([-1] * 20, 2, most, seed=4))
    assert len(mixtures_of([-1] * 20, 2, 1000)) == 100


def test_more_combinations_than_an_epoch_holds_are_drawn_all_the_same():
    with pytest.raises(UsageError, match=r"30,000 clips make 1,000,000,000,000 mixtures of 3 voices: .*most=50_000"):
        mixtures_of([-1] * 30_000, 3)
    with pytest.raises(UsageError, match="of 6 voices: mix fewer"):
        mixtures_of([-1] * 30_000, 6, 10)
    some = mixtures_of([-1] * 30_000, 3, 50_000)
    rows = some.rows(np.arange(0, 50_000, 100), NO_EPOCHS)
    assert len(some) == 50_000 and len(np.unique(rows)) > 1000 and len({*map(tuple, rows.tolist())}) == 500


@pytest.mark.parametrize("most", [None, 40])
def test_counts_keys_and_digests_are_of_what_there_is(most):
    mixtures = mixtures_of([-1] * 20, 2, most, counts=[3, 0, 10, 7])
    rows = np.array(all_of(mixtures))
    assert mixtures.counts == np.histogram(rows[:, 0], [0, 3, 3, 13, 20])[0].tolist()
    assert all(mixtures.units(each, 0) == [unit] for unit, each in enumerate(rows.tolist()))
    assert mixtures.units(rows[0, ::-1].tolist(), 0) == [] == mixtures.units([99, 1], 0)
    lacking = sorted(set(product(*(block.tolist() for block in mixtures.blocks))) - set(map(tuple, rows.tolist())))
    assert all(mixtures.units(each, 0) == [] for each in lacking)
    others = [([-1] * 20, 3, 40), ([-1] * 20, 2, 40, 1), ([0, *[-1] * 18, 0], 2, most)]
    assert len({mixtures.digest, *(mixtures_of(*one).digest for one in others)}) == 4
    assert mixtures.digest == mixtures_of([-1] * 20, 2, most).digest
