"""Mixtures: weights kept all along, every policy, equal batches for any ranks and workers, resumable anywhere."""

import json
from collections import Counter
from itertools import chain, islice, pairwise

import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.loaders import Mix, ShardDataset
from faceshards.loaders.plan.order import LANES
from faceshards.shards.schema.codecs import encode


@pytest.fixture
def parts(write_shard):
    """Datasets of 300, 90 and 7 rows; a row's name tells its dataset."""
    made = (("a", 300), ("b", 90), ("c", 7))
    return [ShardDataset(write_shard(name, range(count)), ["x.npy", "ragged.npy"], seed=3) for name, count in made]


def keys(loader):
    return [batch["__key__"] for batch in loader]


def rows(batches):
    return list(chain.from_iterable(batches))


def named(found):
    return Counter(key[0] for key in found)


def test_an_epoch_has_every_row_of_all_once_and_keeps_the_shares_all_along(parts):
    mix = Mix(parts)
    order = mix.order(0)
    assert sorted(order.units.tolist()) == list(range(397)) and set(order.epochs.tolist()) == {0}
    source = np.searchsorted(mix.starts, order.units, side="right") - 1
    for start in range(0, 384, 96):
        assert abs(np.sum(source[start : start + 96] == 1) - 96 * 90 / 397) < 14
    assert mix.order(1).units.tolist() != order.units.tolist()


def test_with_weights_an_epoch_still_has_every_row_once(parts):
    mix = Mix(parts, [1, 1, 1], seed=5)
    found = rows(keys(mix.loader(10, drop_last=False)))
    assert len(found) == len(set(found)) == 397
    half = named(found[: len(found) // 4])
    assert half["b"] > 30  # drawn as often as a, until it ends


def test_until_the_first_ends_and_the_others_go_on_in_the_next_epoch(parts):
    mix = Mix(parts[:2], [1, 1], stop="first")
    assert mix.counts == [90, 90]
    loader = mix.loader(10)
    epochs = [rows(keys(loader)) for _ in range(4)]
    for epoch in epochs:
        assert named(epoch) == {"a": 90, "b": 90} and len({key for key in epoch if key[0] == "b"}) == 90
    seen = [key for epoch in epochs[:3] for key in epoch if key[0] == "a"]
    assert len(set(seen)) == 270  # no row of the longer one twice before all are seen
    fourth = [key for key in epochs[3] if key[0] == "a"]
    assert len(set(seen) | set(fourth)) == 300


def test_repeat_goes_on_until_the_longest_was_seen_once(parts):
    mix = Mix(parts, [2, 1, 1], stop="repeat")
    assert mix.counts == [300, 150, 150]
    epoch = rows(keys(mix.loader(50)))
    counts = Counter(epoch)
    assert {counts[key] for key in counts if key[0] == "a"} == {1}
    assert {counts[key] for key in counts if key[0] == "b"} == {1, 2}
    assert {counts[key] for key in counts if key[0] == "c"} == {21, 22}
    assert set(mix.order(0).epochs.tolist()) == set(range(22))


@pytest.mark.parametrize("stop", ["epoch", "repeat", "first"])
def test_each_lane_reads_one_lane_of_each_dataset_but_for_the_last_rows(parts, stop):
    mix = Mix(parts, [3, 2, 1], stop=stop, seed=1)
    for epoch in (0, 1, 2):
        order = mix.order(epoch)
        source = np.searchsorted(mix.starts, order.units, side="right") - 1
        for number, dataset in enumerate(parts[:2]):
            for one in np.unique(order.epochs[source == number]):
                place = {unit: at % LANES for at, unit in enumerate(dataset.order(int(one)).units.tolist())}
                drawn = np.flatnonzero((source == number) & (order.epochs == one))
                for lane in range(LANES):
                    mine = [place[int(order.units[p] - mix.starts[number])] for p in drawn if p % LANES == lane]
                    assert len(mine) < 2 or max(Counter(mine).values()) >= len(mine) - 2


@pytest.mark.parametrize("stop", ["epoch", "repeat", "first"])
@pytest.mark.parametrize("weights", [[9, 1, 1], [1, 1, 5]])
def test_every_tenth_of_an_epoch_has_the_asked_shares(parts, stop, weights):
    mix = Mix(parts, weights, stop=stop)
    for epoch in range(3):
        order = mix.order(epoch)
        source = np.searchsorted(mix.starts, order.units, side="right") - 1
        assert np.bincount(source, minlength=3).tolist() == mix.counts
        ended = min(count / weight for count, weight in zip(mix.counts, mix.weights, strict=True))
        cuts = [len(order) * part // 10 for part in range(11)]
        for start, stop_at in pairwise(cuts):
            if stop_at <= ended:  # by weight as long as all last
                wanted = np.array(mix.weights) * (stop_at - start)
                assert (np.abs(np.bincount(source[start:stop_at], minlength=3) - wanted) <= 0.2 * wanted + 1.5).all()


@pytest.mark.parametrize("stop", ["epoch", "repeat", "first"])
def test_global_batches_are_equal_for_any_ranks_and_workers_and_resume_anywhere(parts, stop):
    mix = Mix(parts, [3, 2, 1], stop=stop, seed=1)
    loader = mix.loader(12)
    whole = keys(loader) + keys(loader)
    half = mix.loader(12, num_workers=2)
    for _ in islice(half, 2):
        pass
    state = json.loads(json.dumps(half.state_dict()))
    for world, workers in ((3, 0), (2, 1)):
        ranks = []
        for rank in range(world):
            resumed = Mix(parts, [3, 2, 1], stop=stop, seed=1).loader(12, workers, rank, world)
            resumed.load_state_dict(state)
            ranks.append(keys(resumed) + keys(resumed))
        for expected, local in zip(whole[2:], zip(*ranks, strict=True), strict=True):
            assert [expected[rank::world] for rank in range(world)] == list(local)


def test_values_belong_to_their_keys_also_where_columns_are_dense_in_one_only(parts, write_shard):
    def wide(number, sample):
        sample["x.npy"] = np.full((3, 3), number, np.float32)

    other = ShardDataset(write_shard("w", range(20), wide), ["x.npy", "ragged.npy"])
    for batch in Mix([parts[1], other]).loader(10, num_workers=1):
        for key, value in zip(batch["__key__"], batch["x.npy"], strict=True):
            assert value.shape[1] == 3 and value[0, 0] == int(key[2:])
        assert batch["x.npy.lengths"].tolist() == [3 if key[0] == "w" else 2 for key in batch["__key__"]]
        lengths = [int(key[2:]) % 3 for key in batch["__key__"]]
        assert batch["ragged.npy.lengths"].tolist() == lengths


@pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")
@pytest.mark.parametrize("sizes", [(lambda n: 5, lambda n: n % 4 + 1), (lambda n: 5, lambda n: 7)])
def test_a_batch_has_one_form_for_any_workers(write_shard, sizes):
    shards = [
        write_shard(
            name, range(40), lambda n, sample, size=size: sample.update({"x.npy": encode("x.npy", np.full(size(n), n))})
        )
        for name, size in zip("pq", sizes, strict=True)
    ]
    found = []
    for workers in (0, 1, 2, 4):
        loader = Mix([ShardDataset(shard, ["x.npy"]) for shard in shards]).loader(4, workers)
        found.append([(batch["x.npy"].tolist(), batch["x.npy.lengths"].tolist()) for batch in loader])
        loader.close()
    assert found[0] == found[1] == found[2] == found[3]


def test_a_state_of_another_mixture_is_refused(parts):
    state = Mix(parts, [3, 2, 1]).loader(10).state_dict()
    for other in (Mix(parts, [2, 2, 1]), Mix(parts[::-1], [3, 2, 1]), Mix(parts, [3, 2, 1], stop="first")):
        with pytest.raises(UsageError, match="other rows"):
            other.loader(10).load_state_dict(state)


def test_wrong_words_are_refused(parts):
    for words in (
        {"weights": [1]},
        {"weights": [1, 0, 1]},
        {"weights": [1, float("nan"), 1]},
        {"weights": [1e308] * 3},
        {"stop": "never"},
        {"seed": -1},
    ):
        with pytest.raises(UsageError):
            Mix(parts, **words)
    for wrong in (parts[0], [parts[0], 1], [parts[0], ShardDataset(parts[0].paths, ["json"])]):
        with pytest.raises(UsageError):
            Mix(wrong)
    assert "stop='first'" in Mix(parts, stop="first").explain()
