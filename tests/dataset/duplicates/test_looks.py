import cv2
import numpy as np
import pytest
from scipy.fft import dctn

from faceshards.dataset.duplicates.looks import LookStore, hashes_of, kept_of
from tests.dataset.duplicates.moving import scene


def grey(pictures):
    return np.stack([cv2.resize(one, (32, 32), interpolation=cv2.INTER_AREA) for one in pictures]).mean(axis=3)


def apart(one, other):
    return [int(a ^ b).bit_count() for a, b in zip(one.tolist(), other.tolist(), strict=True)]


def test_hashes_are_those_of_the_whole_cosine_transform():
    looks = grey(scene(0.2, 1)).astype(np.float32)
    waves = dctn(looks, axes=(1, 2))[:, 1:9, 1:9].reshape(len(looks), 64)
    bits = waves > np.median(waves, axis=1, keepdims=True)
    assert apart(hashes_of(looks), np.packbits(bits, axis=1).view(">u8")[:, 0]) == [0] * len(looks)


def test_hashes_of_one_picture_are_near_and_of_two_are_not():
    one, other = grey(scene(0.2, 1)), grey(scene(0.2, 1, room=5))
    noise = np.random.default_rng(0).normal(scale=2, size=one.shape)
    assert max(apart(hashes_of(one), hashes_of(one * 0.9 + 10 + noise))) <= 6
    assert min(apart(hashes_of(one), hashes_of(other))) > 12


def test_looks_are_kept_small_and_go_with_their_store(tmp_path):
    looks = grey(scene(0.4, 1))
    with LookStore(tmp_path) as store:
        for part in (looks[:3], looks[:0], looks[3:]):
            store.add(kept_of(part))
        assert len(store) == 3 and store.of(1).shape == (0, 256)
        np.testing.assert_allclose(store.of(2)[0], looks[3].reshape(16, 2, 16, 2).mean(axis=(1, 3)).ravel(), atol=0.07)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="closed"):
        store.of(0)
