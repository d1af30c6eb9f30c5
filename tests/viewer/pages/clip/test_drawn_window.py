import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from faceshards.errors import ClipError, UsageError
from faceshards.loaders import ShardDataset, Window
from faceshards.viewer.pages.clip.drawn_window import DrawnWindow

WINDOWS = [
    Window(frames=16),
    Window(frames=8, stride=3, sound=16000),
    Window(frames=10, fps=12.5, start="middle", size=(64, 64), fit="letterbox"),
    Window(frames=6, crop="faces.msg", size=(48, 48)),
]


@pytest.mark.parametrize("window", WINDOWS, ids=lambda one: one.said)
@pytest.mark.parametrize(("seed", "epoch"), [(0, 0), (7, 3)])
def test_it_is_what_the_loader_delivers(plain, burned_set, window, seed, epoch):
    drawn = DrawnWindow.of(plain, window, seed, epoch)
    columns = ["video", "faces.msg"]
    dataset = ShardDataset(str(burned_set), columns, where="key = 'plain'", window=window, seed=seed)
    dataset.set_epoch(epoch)
    sample = dataset["plain"]
    assert drawn.numbers.tolist() == sample["__frames__"].tolist()
    if window.sound:
        assert drawn.record()["samples"] == len(sample["sound"])
    sheet = np.asarray(Image.open(io.BytesIO(drawn.sheet())), np.int64)
    stills = sample["video"][drawn.stills]
    scale = min(1, 160 / max(stills.shape[1:3]))
    wide = round(stills.shape[2] * scale)
    assert sheet.shape[1] == wide * len(stills)
    for place, still in enumerate(stills):
        shown = Image.fromarray(np.asarray(still)).resize((wide, sheet.shape[0]), Image.Resampling.BOX)
        off = np.abs(sheet[:, place * wide : (place + 1) * wide] - np.asarray(shown, np.int64))
        assert off.mean() < 8  # but for the JPEG and the filter it is the same picture


def test_seeds_and_epochs_draw_other_windows(plain):
    firsts = {DrawnWindow.of(plain, WINDOWS[0], seed, epoch).numbers[0] for seed in range(4) for epoch in range(4)}
    assert len(firsts) > 8


def test_a_window_that_the_clip_does_not_hold_is_refused_as_the_loader_does(plain):
    with pytest.raises(ClipError, match="a clip of 120 frames has no window of 200"):
        DrawnWindow.of(plain, Window(frames=200), 0, 0)
    with pytest.raises(UsageError, match="at most 10,000 are shown here"):
        DrawnWindow.of(plain, replace(WINDOWS[0], frames=20_000), 0, 0)
