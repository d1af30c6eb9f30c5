"""The windows of a clip and the shots between passages, against the authors' rules."""

import numpy as np
import pytest

from faceshards.curation.stages.shots.passages import PassageWindows, believed, shots_between


def theirs(frames: np.ndarray) -> np.ndarray:
    """The windows that `predict_frames` makes: 25 first frames before, and last ones behind to a whole step."""
    behind = 25 + 50 - (len(frames) % 50 if len(frames) % 50 != 0 else 50)
    padded = np.concatenate([frames[:1]] * 25 + [frames] + [frames[-1:]] * behind)
    return np.stack([padded[at : at + 100] for at in range(0, len(padded) - 99, 50)])


@pytest.mark.parametrize("frames", [1, 24, 50, 51, 99, 100, 101, 250, 263])
@pytest.mark.parametrize("chunk", [1, 7, 90])
def test_windows_are_those_of_the_authors_in_chunks_of_any_size(frames, chunk):
    pictures = np.broadcast_to(np.arange(frames, dtype=np.uint8)[:, None, None, None], (frames, 27, 48, 3))
    windows = PassageWindows()
    made = [windows.add(pictures[at : at + chunk]) for at in range(0, frames, chunk)] + [windows.rest()]
    found = np.concatenate(made)
    assert windows.frames == frames
    np.testing.assert_array_equal(found, theirs(pictures))
    numbers = believed(found[:, :, 0, 0, 0])[:frames]
    np.testing.assert_array_equal(numbers, np.arange(frames, dtype=np.uint8))


def test_a_picture_of_another_size_is_averaged():
    picture = np.zeros((1, 54, 96, 3), np.uint8)
    picture[:, ::2] = 200
    windows = PassageWindows()
    windows.add(picture)
    assert (windows.rest() == 100).all()


def their_scenes(passing: list[int]) -> list[tuple[int, int]]:
    """`predictions_to_scenes`, its ends made to stop before."""
    scenes, before, start, now = [], 0, 0, -1
    for number, now in enumerate(passing):
        if before == 1 and now == 0:
            start = number
        if before == 0 and now == 1 and number != 0:
            scenes.append((start, number + 1))
        before = now
    if now == 0:
        scenes.append((start, len(passing)))
    return scenes or [(0, len(passing))]


def test_shots_are_those_of_the_authors():
    rng = np.random.default_rng(0)
    for _ in range(500):
        passing = rng.random(rng.integers(1, 30)) < rng.random()
        assert shots_between(passing) == their_scenes([int(one) for one in passing]), passing
    assert shots_between(np.array([True, True])) == [(0, 2)]
