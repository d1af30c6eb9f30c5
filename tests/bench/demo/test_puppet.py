import numpy as np

from faceshards.bench.demo.portraits import portraits
from faceshards.bench.demo.puppet import _Face, animate


def mouth_darkness(portrait, frame):
    x, y = portrait.points[3:].mean(axis=0).astype(int)
    return (frame[y - 10 : y + 40, x - 25 : x + 25].mean(axis=2) < 70).sum()


def test_a_louder_voice_opens_the_mouth_wider():
    for portrait in portraits():
        face = _Face(portrait)
        dark = [mouth_darkness(portrait, face.expression(opening, 0)) for opening in (0.0, 0.5, 1.0)]
        assert dark[0] < dark[1] < dark[2]


def test_a_blink_changes_the_eyes_alone():
    portrait = portraits()[0]
    face = _Face(portrait)
    changed = (face.expression(0, 1) != face.expression(0, 0)).any(axis=2)
    rows, columns = np.nonzero(changed)
    eyes = portrait.points[:2]
    assert changed.sum() > 100
    assert np.abs(rows - eyes[:, 1].mean()).max() < 30
    assert columns.min() > eyes[0, 0] - 40 and columns.max() < eyes[1, 0] + 40


def test_the_head_moves_and_the_same_seed_moves_the_same():
    portrait = portraits()[0]
    first, *_, last = animate(portrait, np.zeros(25), 25, seed=5)
    again = list(animate(portrait, np.zeros(25), 25, seed=5))
    assert np.abs(first.astype(int) - last).mean() > 2
    np.testing.assert_array_equal(again[-1], last)
