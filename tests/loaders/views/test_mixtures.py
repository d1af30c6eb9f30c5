"""Which clips are mixed: every combination once, never one person twice, the same again, and so many as are asked."""

from itertools import product

import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.loaders.views.mixtures import Mixtures


def all_of(mixtures: Mixtures) -> list[tuple[int, ...]]:
    return [mixtures.rows(number) for number in range(len(mixtures))]


@pytest.mark.parametrize(("clips", "voices"), [(20, 2), (5, 3), (21, 2), (8, 3), (20, 3), (2, 2)])
def test_all_combinations_of_one_a_block(clips, voices):
    """Numbers of clips at which speech_separation's own partition crashes, or leaves clips out, among them."""
    mixtures = Mixtures.of([f"person {clip}" for clip in range(clips)], voices)
    sizes = [len(block) for block in mixtures.blocks]
    assert sum(sizes) == clips and max(sizes) - min(sizes) <= 1
    assert sorted(all_of(mixtures)) == sorted(product(*(block.tolist() for block in mixtures.blocks)))
    assert len(mixtures) == np.prod(sizes)


def test_nobody_is_mixed_with_himself():
    speakers = [name for name, clips in {"ann": 5, "bob": 1, "cec": 4, "dan": 2}.items() for _ in range(clips)]
    mixtures = Mixtures.of(speakers, 2)
    assert all(speakers[one] != speakers[other] for one, other in all_of(mixtures))
    assert [len(block) for block in mixtures.blocks] == [6, 6]
    with pytest.raises(UsageError, match="mixtures of 3 voices need clips of at least 3 speakers, got 2"):
        Mixtures.of(["ann", "bob", "ann", "bob"], 3)


@pytest.mark.parametrize("most", [7, 90])
def test_so_many_of_them_drawn_by_the_seed(most):
    speakers = [str(number) for number in range(20)]
    few = all_of(Mixtures.of(speakers, 2, most, seed=3))
    assert len(set(few)) == len(few) == most and set(few) <= set(all_of(Mixtures.of(speakers, 2)))
    assert few == all_of(Mixtures.of(speakers, 2, most, seed=3)) != all_of(Mixtures.of(speakers, 2, most, seed=4))
    assert len(Mixtures.of(speakers, 2, 1000)) == 100


def test_more_combinations_than_can_be_counted_are_drawn_all_the_same():
    speakers = np.arange(30_000).astype(str).tolist()
    with pytest.raises(UsageError, match=r"30000 clips make 1,000,000,000,000 mixtures of 3 voices: .*most=50_000"):
        Mixtures.of(speakers, 3)
    some = Mixtures.of(speakers, 3, 50_000)
    rows = np.array([some.rows(number) for number in range(0, 50_000, 100)])
    assert len(some) == 50_000 and len(np.unique(rows)) > 1000
    assert len({*map(tuple, rows.tolist())}) == 500
