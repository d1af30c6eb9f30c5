"""Clips with a flash and a click at known times: that they are so, by another reader."""

import io
from functools import cache
from itertools import pairwise

import av
import numpy as np
import pytest

from faceshards.bench.stream.alignment import COUNT, KINDS, RATE, _naive, click, clip, picture, spelled, times

#: The kinds whose times or sound are out of the ordinary.
ODD = [kind for kind in KINDS if kind.name in ("29.97 fps", "VFR", "start at 1.5 s", "PCM in mov")]


#: A clip takes a second to encode.
body_of = cache(clip)


@pytest.fixture(scope="module", params=ODD, ids=lambda kind: kind.name)
def made(request):
    return request.param, body_of(request.param)


def test_every_picture_stands_at_its_time_and_spells_its_number(made):
    kind, body = made
    with av.open(io.BytesIO(body)) as container:
        shown = [(frame.time, spelled(frame.to_ndarray(format="rgb24"))) for frame in container.decode(video=0)]
    assert [number for _, number in shown] == list(range(COUNT))
    wanted = [float(moment + kind.start) for moment in times(kind)]
    assert np.abs(np.array([time for time, _ in shown]) - wanted).max() < 1e-3


def test_the_sound_clicks_when_the_37th_picture_is_shown(made):
    kind, body = made
    with av.open(io.BytesIO(body)) as container:
        frames = list(container.decode(audio=0))
    samples = np.concatenate([frame.to_ndarray().reshape(-1).astype(float) for frame in frames])
    samples /= np.abs(samples).max()
    heard = float(frames[0].time) + click(samples)
    assert heard == pytest.approx(float(times(kind)[37] + kind.start), abs=0.001 if kind.sound != "aac" else 0.004)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_times_begin_at_0_and_rise(kind):
    moments = times(kind)
    assert len(moments) == COUNT and moments[0] == 0
    steps = {after - before for before, after in pairwise(moments)}
    assert min(steps) > 0 and (len(steps) > 3 if kind.uneven else steps == {1 / kind.fps})


@pytest.mark.parametrize("number", [0, 1, 37, 239, 4095])
def test_a_number_is_read_back_also_from_a_dull_and_noisy_picture(number):
    noise = np.random.default_rng(number).normal(0, 15, (96, 96, 3))
    assert spelled(picture(number)) == number
    assert spelled((picture(number) * 0.9 + 8 + noise).clip(0, 255)) == number


def test_a_click_is_where_the_sound_rises_and_silence_has_none():
    samples = np.zeros(RATE, np.float32)
    assert click(samples) == click(samples[:0]) == -1.0
    samples[1200:1300] = -0.8
    samples[:1000] = 0.2  # a hum before it
    assert click(samples) == 1200 / RATE


def test_the_naive_reader_is_right_where_time_is_even_and_wrong_where_it_is_not(tmp_path):
    even, uneven = KINDS[0], next(kind for kind in KINDS if kind.uneven)
    for name, kind in (("even", even), ("uneven", uneven)):
        (tmp_path / f"{name}.mp4").write_bytes(body_of(kind))
    ((shown, heard),) = _naive(str(tmp_path / "even.mp4"), [20])
    assert shown == list(range(20, 60)) and heard == pytest.approx(17 / 25, abs=0.03)
    ((shown, heard),) = _naive(str(tmp_path / "uneven.mp4"), [110])
    wanted = times(uneven)[111] - times(uneven)[110]
    assert shown == list(range(110, 150)) and abs(heard - float(wanted)) > 0.05
