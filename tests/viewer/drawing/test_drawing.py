import numpy as np
import pytest

from faceshards.viewer.drawing.drawing import (
    SCREEN,
    TRACK_COLOURS,
    FaceMarks,
    above,
    beside,
    draw_faces,
    fit,
    notice,
    spectrogram,
    waveform,
)


def one_face(box, points=((30, 40),) * 5, track=0):
    return FaceMarks(np.array([box], float), np.array([points], float), np.array([track]), np.array([0.9]))


def test_a_box_lies_on_its_coordinates():
    """The edge at y = 30.0 is the border of the pixel rows 29 and 30, so that both are tinted alike."""
    drawn = draw_faces(np.zeros((100, 100, 3), np.uint8), one_face((20, 30, 70, 80), ((50, 55),) * 5))
    green = drawn[:, 40, 1].astype(int)
    assert green[29] > 60 and abs(green[29] - green[30]) <= 8
    assert green[79] > 60 and abs(green[79] - green[80]) <= 8
    assert not green[:27].any() and not green[33:50].any() and not green[83:].any()
    left = drawn[40, :, 1].astype(int)
    assert abs(left[19] - left[20]) <= 8 and abs(left[69] - left[70]) <= 8 and left[19] > 60


def test_points_are_round_and_centred():
    drawn = draw_faces(np.zeros((60, 60, 3), np.uint8), one_face((1, 1, 59, 59), ((30.5, 20.5),) * 5))
    inner = drawn[8:33, 18:43, 1].astype(float)
    inner[inner < 60] = 0  # the dark rim
    rows, columns = np.indices(inner.shape)
    assert (rows * inner).sum() / inner.sum() + 8 == pytest.approx(20, abs=0.1)
    assert (columns * inner).sum() / inner.sum() + 18 == pytest.approx(30, abs=0.1)


def test_each_track_has_its_colour_and_the_frame_is_left_alone():
    frame = np.zeros((200, 200, 3), np.uint8)
    for track in (0, 1, 7):
        drawn = draw_faces(frame, one_face((20.5, 20.5, 180.5, 180.5), track=track))
        assert drawn[100, 20] == pytest.approx(np.array(TRACK_COLOURS[track % 6]), abs=30)  # antialiased
    assert not frame.any()


def test_faces_out_of_the_frame_or_not_finite_do_no_harm():
    frame = np.zeros((20, 20, 3), np.uint8)
    assert draw_faces(frame, one_face((-1e12, -1e12, 1e12, 1e12))).shape == frame.shape
    assert not draw_faces(frame, one_face((float("nan"), 0, 5, 5))).any()


def test_the_faces_of_a_frame_are_its_rows():
    column = {
        "frame": [0, 1, 1],
        "track": [0, 0, 1],
        "box": [[0, 0, 1, 1], [2, 2, 4, 4], [5, 5, 9, 9]],
        "points": [[[0, 0]] * 5, [[3, 3]] * 5, [[7, 7]] * 5],
        "score": [0.5, 0.6, 0.7],
    }
    faces = FaceMarks.of_frame(column, 1)
    assert faces.boxes.tolist() == [[2, 2, 4, 4], [5, 5, 9, 9]]
    assert faces.tracks.tolist() == [0, 1] and faces.points.shape == (2, 5, 2)
    assert FaceMarks.of_frame(column, 5).boxes.shape == (0, 4)
    assert faces.scaled(2, 10).boxes.tolist() == [[4, 20, 8, 40], [10, 50, 18, 90]]


def test_fit_shrinks_to_the_side_and_never_enlarges():
    assert fit(np.zeros((300, 600, 3), np.uint8), 200).shape == (100, 200, 3)
    assert fit(np.zeros((1000, 3, 3), np.uint8), 100).shape == (100, 1, 3)
    small = np.zeros((30, 40, 3), np.uint8)
    assert fit(small, 200) is small


def test_strips_keep_every_pixel():
    red, blue = np.full((10, 20, 3), (255, 0, 0), np.uint8), np.full((30, 5, 3), (0, 0, 255), np.uint8)
    strip = beside([red, blue], gap=4)
    assert strip.shape == (30, 29, 3)
    assert (strip[:10, :20] == red).all() and (strip[:, 24:] == blue).all() and tuple(strip[20, 10]) == SCREEN
    stack = above([red, blue], gap=4, margin=3)
    assert stack.shape == (50, 26, 3)
    assert (stack[3:13, 3:23] == red).all() and (stack[17:47, 3:8] == blue).all()


def test_a_waveform_spans_the_samples():
    """A square wave of half the full scale reaches from a quarter to three quarters of the height."""
    samples = np.where(np.arange(16000) % 20 < 10, 0.5, -0.5).astype(np.float32)
    lit = waveform(samples, 200, 101)[:, 100, 2] > 200
    assert np.flatnonzero(lit).tolist() == list(range(25, 76))
    silent = waveform(np.zeros(16000, np.float32), 200, 101)
    assert (silent[50] != SCREEN).any() and (silent[:50] == SCREEN).all() and (silent[51:] == SCREEN).all()


@pytest.mark.parametrize("length", [0, 1, 3, 200])
def test_a_waveform_of_few_samples_has_its_size(length):
    assert waveform(np.ones(length, np.float32), 64, 32).shape == (32, 64, 3)


def test_a_tone_is_bright_at_its_frequency():
    """1 kHz is bin 32 of 257 that reach 8 kHz: an eighth of the height, from below."""
    amplitude = np.zeros((257, 601))
    amplitude[32] = 3.0
    values = np.stack([amplitude**0.3, np.zeros_like(amplitude)]).astype(np.float32)
    picture = spectrogram(values, 600, 257).astype(int).sum(axis=2)
    assert picture[:, 300].argmax() == 257 - 1 - 32
    assert picture[:, 300].max() > 600 and picture[100, 300] < 30


def test_eighty_decibel_reach_from_black_to_bright():
    amplitude = np.zeros((257, 601))
    amplitude[0], amplitude[100], amplitude[200] = 1.0, 1e-2, 1e-4  # 0, -40 and -80 dB
    values = np.stack([np.zeros_like(amplitude), -(amplitude**0.3)]).astype(np.float32)
    light = spectrogram(values, 601, 257).astype(int).sum(axis=2)[::-1, 300]
    assert light[0] > light[100] > light[200] == light[50]


@pytest.mark.parametrize("value", [0.0, float("nan")])
def test_silence_and_rubbish_are_dark(value):
    assert spectrogram(np.full((2, 257, 601), value, np.float32)).max() < 20


def test_a_notice_has_text_in_it():
    tile = notice("no-face: there is no face in any of the frames of this clip", 200, 80)
    assert tile.shape == (80, 200, 3)
    assert (tile != notice("", 200, 80)).any()
