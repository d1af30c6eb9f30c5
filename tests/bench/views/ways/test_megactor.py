"""What MegActor's data set does: its windows, which are not those of its drivers, its squares, what it leaves out."""

import random
import tarfile
from itertools import islice

import numpy as np
import pytest
import torch

from faceshards.bench.views.portrait import write_tars
from faceshards.bench.views.ways.megactor import VideosIterableDataset
from tests.loaders.units.portrait.conftest import SIDE, flat, numbers_of

# webdataset leaves its tars open.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
#: Where the face is in pictures of 96 pixels: 0.31 of them, or a tenth.
BOX, SMALL = [24.0, 20.0, 72.0, 80.0], [40.0, 40.0, 70.0, 70.0]


@pytest.fixture(scope="module")
def tars(made, tmp_path_factory):
    """Clips of 70 frames whose lightness tells their number, and a twin that is as light."""
    bodies = {name: made(flat(), "mp4", "libx264", {"crf": "1"}) for name in ("mp4", "swapped.mp4")}
    return write_tars(tmp_path_factory.mktemp("tars") / "a", [bodies], 8)


def samples(folder, count, **words):
    """So many of a data set of windows of four frames."""
    random.seed(0)
    np.random.seed(0)
    words = {"frames": 4, "stride": 2, "side": 48} | words
    return list(islice(VideosIterableDataset(str(folder), lambda shown: [BOX] * len(shown), **words), count))


def test_a_sample_is_a_reference_a_window_and_a_grey_driver(tars):
    for one in samples(tars, 3, swap=0.0):
        assert {name: tuple(value.shape) for name, value in one.items()} == {
            "reference": (3, 48, 48), "video": (4, 3, 48, 48), "swapped": (4, 3, 48, 48),
        }  # fmt: skip
        assert {value.dtype for value in one.values()} == {torch.float32}
        numbers = numbers_of(one["video"].numpy())
        assert np.diff(numbers).tolist() == [2, 2, 2] and numbers[0] % 2 == 0
        assert 0 <= numbers_of(one["reference"][None].numpy())[0] < 70
        driver = one["swapped"]
        assert driver[:, 0].equal(driver[:, 1]) and (driver == 0).any()
        # The detector says the same of the square of 48 pixels: 48 by 60, made as wide as tall, begin at 18.
        shown = torch.isclose(driver, one["video"].mean(dim=1, keepdim=True), atol=1.0)
        assert shown[:, :, :, 18:].all() and (driver[:, :, :, :18] == 0).all()


def test_a_drivers_window_is_drawn_for_itself(tars):
    apart = [
        numbers_of(one["swapped"][:, :, :, 20:].numpy())[0] - numbers_of(one["video"].numpy())[0]
        for one in samples(tars, 4, swap=1.0)
    ]
    assert any(apart)


def test_the_square_goes_to_the_nearest_edge(tars):
    """Boxes from 30 to 40 across, 20 to 90 down: the middle is 35, 55, and 35 pixels are left on the left."""
    dataset = VideosIterableDataset(str(tars), lambda shown: [], frames=4, side=70)
    pictures = torch.arange(SIDE, dtype=torch.float32).repeat(2, 3, SIDE, 1)
    square = dataset._cropped(pictures, [[30.0, 20.0, 40.0, 80.0], [30.0, 30.0, 40.0, 90.0]])
    assert square.shape == (2, 3, 70, 70) and square[0, 0, 0].tolist() == list(range(70))


def test_small_faces_and_short_clips_are_passed_over(tars):
    with tarfile.open(next(iter(tars.iterdir()))) as tar:
        sample = {"mp4": tar.extractfile(tar.next()).read()}
    for frames, box, there in ((4, BOX, True), (4, SMALL, False), (71, BOX, False)):
        dataset = VideosIterableDataset(str(tars), lambda shown, box=box: [box] * len(shown), frames=frames)
        assert (dataset._sample(sample) is not None) == there


def test_a_short_clip_is_seen_at_a_smaller_stride(tars):
    dataset = VideosIterableDataset(str(tars), lambda shown: [], frames=12, stride=9)
    assert set(np.diff(dataset._window(50))) == {4}
