"""Samples: pictures beside their targets on one sheet, sounds and their targets; one without a target is refused."""

import numpy as np
import pytest
import torch

from faceshards.errors import SoftwareError
from faceshards.train.ranks import Ranks
from faceshards.train.sample_board import sheet, show_samples
from tests.train.points import Points, loader

ALONE = Ranks(0, 1, torch.device("cpu"))


class Seen:
    def __init__(self):
        self.pictures, self.sounds = {}, {}

    def picture(self, name, picture, step):
        self.pictures[name, step] = picture

    def sound(self, name, wave, rate, step):
        self.sounds[name, step] = (wave, rate)


def test_what_was_made_stands_beside_what_was_meant(faces):
    task, board, batch = Points(), Seen(), next(iter(loader(faces)))
    show_samples(task, batch, [board], 7, "fp32", ALONE)
    (picture,) = board.pictures.values()
    assert picture.shape == (2 * 8, 2 * 8, 3) and list(board.pictures) == [("samples/shade", 7)]
    target = (batch["face"] * 255).byte().permute(0, 2, 3, 1)[:, ::28, ::28].numpy()
    assert np.array_equal(picture[:8, 8:], target[0]) and np.array_equal(picture[8:, 8:], target[1])
    names = [f"samples/{kind}/{number}" for kind in ("wave", "wave_target") for number in (0, 1)]
    assert sorted(name for name, _ in board.sounds) == names
    assert board.sounds["samples/wave_target/0", 7][1] == 16000
    show_samples(task, None, [], 7, "fp32", ALONE)  # nobody looks: nothing is made


def test_a_sample_without_its_target_is_a_bug_of_the_task(faces):
    task = Points()
    task.samples = lambda batch: {"face": torch.zeros(1, 4, 4, 3, dtype=torch.uint8)}
    with pytest.raises(SoftwareError, match=r"Points\.samples gives 'face' without 'face_target'"):
        show_samples(task, {}, [Seen()], 1, "fp32", ALONE)


def test_a_sheet_has_a_row_a_sample():
    assert sheet(np.zeros((3, 4, 5, 3), np.uint8), np.ones((3, 4, 5, 3), np.uint8)).shape == (12, 10, 3)
