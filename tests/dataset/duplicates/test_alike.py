import cv2
import numpy as np

from faceshards.dataset.duplicates.alike import likeness
from faceshards.dataset.duplicates.looks import kept_of
from tests.dataset.duplicates.moving import scene


def looks(pictures):
    small = [cv2.resize(one, (32, 32), interpolation=cv2.INTER_AREA) for one in pictures]
    return kept_of(np.stack(small).mean(axis=3)).astype(np.float32)


def at(pictures, start, stop):
    """Four looks a second of the seconds from `start` on."""
    return looks([pictures[round(25 * t)] for t in np.arange(start, stop - 1e-9, 0.25)])


WHOLE = scene(6, 1)


def test_spans_that_overlap_show_the_same_moments_where_they_do():
    found = likeness(at(WHOLE, 0, 4), at(WHOLE, 2, 6) * 0.9 + 12)
    assert found.score > 0.99 and (found.seconds, found.start, found.other_start) == (2.0, 2.0, 0.0)
    turned = likeness(at(WHOLE, 2, 6), at(WHOLE, 0, 4))
    assert (turned.start, turned.other_start) == (0.0, 2.0) and found.reason == "same moments"


def test_a_shift_between_two_looks_and_a_little_cropping_are_no_other_clip():
    assert likeness(at(WHOLE, 0, 5), at(WHOLE, 0.12, 5)).score > 0.7
    cropped = WHOLE[:, 3:-3, 4:-4]
    assert likeness(at(WHOLE, 0, 4), at(cropped, 0, 4)).score > 0.7


def test_what_is_too_short_or_elsewhere_is_not_told():
    assert likeness(at(WHOLE, 0, 3), at(scene(6, 1, room=5), 0, 3)) is None, "another room"
    assert likeness(at(WHOLE, 0, 1), at(WHOLE, 0, 1)) is None


def test_of_stills_the_pictures_are_compared():
    still = looks(np.repeat(WHOLE[:1], 8, axis=0))
    noise = np.random.default_rng(0).normal(scale=0.3, size=still.shape)
    found = likeness(still, (still + noise)[:5])
    assert (found.reason, found.seconds) == ("same still picture", 1.25) and found.score > 0.995
    assert likeness(still[:1], still[:1]).score == 1
    assert likeness(still, looks(np.repeat(WHOLE[75:76], 8, axis=0))) is None
