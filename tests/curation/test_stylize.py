"""The cartoon and the stage `stylize`."""

import time
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from faceshards.curation.cartoon import Cartoon, line_strength
from faceshards.curation.stylize import Stylize
from faceshards.media.probe import probe
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import wide
from faceshards.media.video.decode import frames
from tests.curation.conftest import moved


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


def test_the_twin_has_the_same_frames_at_the_same_rate_and_its_own_packet_table(astronaut):
    stage = Stylize()
    stage.prepare()
    clip = SimpleNamespace(frames=moved(astronaut, 7), fps=Fraction(30000, 1001))
    one, again = stage.one(clip), stage.one(clip)
    body = one.columns["styled.mp4"]
    assert body == again.columns["styled.mp4"]
    facts = probe(body)
    assert (facts.frames, facts.fps, facts.width, facts.height, facts.sound_codec) == (
        7,
        Fraction(30000, 1001),
        256,
        256,
        None,
    )
    table, media = packet_table(body)
    assert np.array_equal(table, wide(one.columns["styled.mp4.packets.npy"]))
    assert one.media == {"styled.mp4": media}
    shown = np.stack(list(frames(body))).astype(int)
    expected = np.stack([Cartoon().draw(frame) for frame in clip.frames])
    assert np.abs(shown - expected).mean() < 6  # what H.264 costs


def test_drawing_is_quick(astronaut):
    frame = np.tile(astronaut, (2, 2, 1))
    Cartoon().draw(frame)
    begin = time.process_time()
    for _ in range(5):
        Cartoon().draw(frame)
    assert (time.process_time() - begin) / 5 < 0.08  # 512 x 512; about 25 ms of one core
