"""The cartoon: flat colours, soft steps, dark lines, no flicker."""

import cv2
import numpy as np
import pytest

from faceshards.curation.stages.stylize.cartoon import Cartoon, flattened, line_strength


def test_a_picture_becomes_flat_where_it_was_textured_and_dark_along_edges(astronaut):
    drawn = Cartoon().draw(astronaut)
    assert (drawn.shape, drawn.dtype) == (astronaut.shape, np.uint8)
    half = np.full((64, 64, 3), 200, np.uint8)
    half[:, 32:] = 90
    lines = line_strength(half)
    assert lines[32, 31:34].max() > 0.5  # on the dark side of the edge
    assert lines[:, :24].max() < 0.05 and lines[:, 44:].max() < 0.05


def test_luminance_gathers_in_as_many_levels_as_asked():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2).repeat(32, axis=0)
    drawn = Cartoon(levels=4, lines=0.0).draw(ramp)[16, :, 0].astype(int)
    steps = np.abs(np.diff(drawn))
    assert np.count_nonzero(steps > 2 * steps.mean()) < 0.4 * 256  # few steep places
    near = np.abs(drawn[:, None] - np.array([32, 96, 159, 223])[None]).min(axis=1)
    assert np.median(near) < 12


def test_noise_makes_the_drawing_flicker_less_than_the_clip(astronaut):
    rng = np.random.default_rng(3)
    noisy = np.stack([(astronaut + rng.normal(0, 4, astronaut.shape)).clip(0, 255).astype(np.uint8) for _ in range(4)])
    drawn = np.stack([Cartoon().draw(frame) for frame in noisy])

    def flicker(pictures: np.ndarray) -> float:
        return float(np.abs(np.diff(pictures.astype(int), axis=0)).mean())

    assert flicker(drawn) < 0.75 * flicker(noisy)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (15, 40)])
def test_tiny_pictures_are_drawn_too(shape):
    assert Cartoon().draw(np.full((*shape, 3), 77, np.uint8)).shape == (*shape, 3)


def test_textures_go_and_edges_stay():
    """Grain of some levels within two halves that are far apart."""
    halves = np.full((128, 128, 3), 60, np.float64)
    halves[:, 64:] = 190
    grain = np.random.default_rng(5).normal(0, 6, halves.shape)
    smooth = flattened((halves + grain).clip(0, 255).astype(np.uint8)).astype(float)
    assert smooth.shape == (64, 64, 3)
    inner = np.r_[4:26, 38:60]
    assert (smooth - halves[::2, ::2])[4:60, inner].std() < 0.25 * grain.std()  # half of it goes with the size
    assert smooth[:, 36:].mean() - smooth[:, :28].mean() > 120


def test_without_lines_nothing_is_darker_and_a_flat_picture_has_none(astronaut):
    flat = np.full((40, 40, 3), 128, np.uint8)
    assert line_strength(flat).max() < 1e-3
    light = [Cartoon(lines=lines).draw(astronaut).astype(int).sum() for lines in (0.0, 0.5, 1.0)]
    assert light[0] > light[1] > light[2]


def test_saturation_moves_colours_away_from_grey_and_leaves_grey_alone():
    red = np.full((16, 16, 3), (150, 100, 90), np.uint8)
    spread = [int(np.ptp(Cartoon(saturation=one, lines=0.0).draw(red)[8, 8].astype(int))) for one in (0.0, 1.0, 1.5)]
    assert spread[0] <= 2 and spread[0] < spread[1] < spread[2]
    grey = Cartoon(saturation=3.0, lines=0.0).draw(np.full((16, 16, 3), 120, np.uint8))[8, 8]
    assert np.ptp(grey.astype(int)) <= 2


def test_tables_draw_what_the_formula_says_pixel_by_pixel(astronaut):
    cartoon = Cartoon(levels=6, saturation=1.7)
    lab = cv2.cvtColor(flattened(astronaut), cv2.COLOR_RGB2LAB)
    lab[..., 1:] = ((lab[..., 1:] - 128.0) * 1.7 + 128).round().clip(0, 255)
    lab = cv2.resize(lab, (256, 256), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    step = 255 / 6
    border = np.round(lab[..., 0] / step) * step
    lab[..., 0] = border + step / 2 * np.tanh(cartoon.hardness * (lab[..., 0] - border) / step)
    lab[..., 0] *= 1 - cartoon.lines * line_strength(astronaut)
    drawn = lab.round().clip(0, 255).astype(np.uint8)
    assert np.array_equal(cartoon.draw(astronaut), cv2.cvtColor(drawn, cv2.COLOR_LAB2RGB))


def test_lines_are_the_threshold_of_the_paper(astronaut):
    light = cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY).astype(np.float64)
    narrow, wide = (cv2.GaussianBlur(light, (0, 0), sigma) for sigma in (1.2, 1.2 * 1.6))
    expected = np.where(narrow > 0.98 * wide, 0, np.tanh(0.35 * (0.98 * wide - narrow)))
    assert expected.max() > 0.5
    assert np.abs(line_strength(astronaut) - expected).max() < 1e-4
