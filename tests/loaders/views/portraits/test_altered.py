"""How often a sound is altered, and by what; that it stays as long as the frames."""

import numpy as np

from faceshards.loaders.views.portraits import altered as module
from faceshards.loaders.views.portraits.altered import altered

RATE = 16_000
SPEECH = (0.3 * np.random.default_rng(5).standard_normal(RATE // 4)).astype(np.float32)


def test_each_effect_comes_as_often_as_sigma_says(monkeypatch):
    called = {name: 0 for name in ("pitched", "without_lows", "without_highs", "in_a_room")}

    def counted(name):
        def effect(samples, *words):
            called[name] += 1
            return samples

        return effect

    for name in called:
        monkeypatch.setattr(module, name, counted(name))
    turned = quieter = noisy = 0
    for seed in range(4000):
        heard = altered(SPEECH, RATE, np.random.default_rng(seed))
        scale = float(np.dot(heard, SPEECH) / np.dot(SPEECH, SPEECH))
        turned += scale < 0
        quieter += abs(scale) < 0.95
        noisy += np.abs(heard - scale * SPEECH).max() > 1e-6
    bands = called["without_lows"] + called["without_highs"]
    shares = [turned, noisy, quieter, bands, called["pitched"], called["in_a_room"]]
    np.testing.assert_allclose(np.array(shares) / 4000, [0.2, 0.3, 0.2, 0.2, 0.75, 0.2], atol=0.03)
    assert 0.8 < called["without_lows"] / called["without_highs"] < 1.25


def test_it_is_as_drawn_and_keeps_length_and_type():
    for rate in (8000, 16_000, 44_100):
        for seed in range(30):
            heard = altered(SPEECH, rate, np.random.default_rng(seed))
            assert heard.shape == SPEECH.shape and heard.dtype == np.float32 and np.isfinite(heard).all()
            assert np.array_equal(heard, altered(SPEECH, rate, np.random.default_rng(seed)))
