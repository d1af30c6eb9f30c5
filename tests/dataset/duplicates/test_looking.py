from dataclasses import replace

import numpy as np
import pytest

from faceshards.dataset import listed
from faceshards.dataset.duplicates import looking
from faceshards.dataset.duplicates.looking import FineLooks, looked_at
from faceshards.dataset.duplicates.looks import LookStore
from faceshards.shards.legacy.wave import encode_wave
from faceshards.shards.storage.version import Changed
from faceshards.shards.writer import ShardWriter


def test_every_clip_is_looked_at_in_its_place_whatever_the_threads(twice, monkeypatch):
    monkeypatch.setattr(looking, "_AT_ONCE", 2)
    shards = listed(["set"])
    with LookStore() as store, LookStore() as other:
        one, three = looked_at(shards, store, 1), looked_at(shards, other, 3)
        assert len(store) == len(other) == 5 and not one.bad
        for clip in range(5):
            np.testing.assert_array_equal(store.of(clip), other.of(clip))
            assert store.of(clip).shape == (8, 256)
    np.testing.assert_array_equal(one.hashes, three.hashes)
    np.testing.assert_array_equal(one.clips, three.clips)
    assert set(one.clips.tolist()) == set(range(5))


def test_a_clip_that_was_removed_has_no_looks_and_is_not_bad(twice):
    a, _ = listed(["set"])
    with LookStore() as store:
        seen = looked_at([replace(a, removed=frozenset({1}))], store, 1)
        assert len(store) == 3 and store.of(1).size == 0 and not seen.bad and set(seen.clips.tolist()) == {0, 2}


def test_a_shard_of_sounds_alone_ends_nothing(twice, tmp_path):
    with ShardWriter(tmp_path / "sounds.tar") as writer:
        writer.add("s", {"json": {}, "wav": encode_wave(np.zeros(1600, np.float32), 16000)})
        writer.add("t", {"json": {}, "wav": b"RIFF"})
    with LookStore() as store:
        seen = looked_at(listed(["set", tmp_path]), store, 1)
        assert (
            len(store) == 7
            and seen.bad == {5: "no-video", 6: "broken-media"}
            and set(seen.clips.tolist()) == set(range(5))
        )


def test_fine_looks_are_held_and_of_the_version_that_was_listed(twice, monkeypatch):
    monkeypatch.setattr(looking, "_HELD", 2)
    shards = listed(["set"])
    fine = FineLooks(shards)
    first = fine.of(3)
    assert first.shape == (50, 1024) and first.dtype == np.uint8 and fine.of(3) is first
    fine.of(0), fine.of(1)
    assert fine.of(3) is not first and (fine.of(3) == first).all()
    with pytest.raises(Changed):
        FineLooks([replace(one, generation="another") for one in shards]).of(0)
