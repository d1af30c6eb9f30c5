"""Which frames of a clip a window is, and which clips hold none."""

from fractions import Fraction

import numpy as np
import pytest

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import ShardDataset, Window
from faceshards.media.video.decode import frames
from faceshards.shards.writer import ShardWriter
from tests.loaders.units.conftest import sample, write


def test_random_windows_come_from_seed_epoch_and_row(clip, tmp_path):
    path = write(tmp_path / "data" / "a.tar", {name: clip for name in "abcdefgh"})

    def begins(seed, epoch, **words):
        dataset = ShardDataset(path, ["mp4"], window=Window(5), seed=seed, **words)
        return {key: int(sample(dataset, key, epoch)["__frames__"][0]) for key in dataset.plan.keys.to_pylist()}

    first = begins(0, 0)
    assert len(set(first.values())) > 3 and begins(0, 0) == first
    assert begins(1, 0) != first != begins(0, 1)
    assert begins(0, 0, where="key > 'c'").items() <= first.items()  # whatever else matches


@pytest.mark.parametrize("rate", [24, Fraction(30000, 1001), 50, 60])
def test_a_rate_of_its_own_by_the_stated_rule(numbered, made, tmp_path, rate):
    clip = made(numbered(120), "mp4", "libx264", {"g": "12"}, Fraction(rate))
    path = write(tmp_path / "data" / "a.tar", {"a": clip})
    whole = np.stack(list(frames(clip)))
    for epoch in range(5):
        found = sample(ShardDataset(path, ["mp4"], window=Window(40, fps=25)), "a", epoch)
        numbers = found["__frames__"]
        # Independently: picture k is the last one that began by k/25 s after the first, to within a tick of the clip.
        away = (numbers - numbers[0]) / float(rate)
        wanted = np.arange(40) / 25
        assert (away <= wanted + 1e-4).all() and (wanted < away + 1 / float(rate) + 1e-4).all()
        np.testing.assert_array_equal(found["mp4"], whole[numbers])


def test_clips_that_are_too_short_are_named_or_left_out(numbered, made, tmp_path):
    clips = {name: made(numbered(count), "mp4", "libx264", {}) for name, count in (("a", 30), ("b", 10), ("c", 40))}
    path = write(tmp_path / "data" / "a.tar", clips)
    with pytest.raises(UsageError, match=r"1 of 3 clips are too short for 20 frames, first 'b': .*'frames >= 20'"):
        len(ShardDataset(path, ["mp4"], window=Window(20)))
    assert len(ShardDataset(path, ["mp4"], window=Window(20), where="frames >= 20")) == 2
    assert len(ShardDataset(path, ["mp4"], window=Window(20, stride=2), missing="skip")) == 1
    with pytest.raises(UsageError):
        len(ShardDataset(path, ["mp4"], window=Window(50), missing="skip"))


def test_wrong_windows_are_refused(clip, tmp_path):
    path = write(tmp_path / "data" / "a.tar", {"a": clip})
    wrong = [
        {"frames": 5.0}, {"frames": "5"}, {"fps": float("nan")}, {"fps": float("inf")}, {"fps": "25"}, {"size": (64,)},
        {"size": 64}, {"size": (64.5, 32)}, {"size": (100_000, 100_000)}, {"sound": 16000.5}, {"per_frame": "x.npy"},
    ]  # fmt: skip
    wrong += [{"frames": 0}, {"stride": 0}, {"fps": 0}, {"fps": 25, "stride": 2}, {"start": "last"}, {"size": (0, 5)}]
    for words in (*wrong, {"sound": 0}):
        words = {"frames": 2} | words
        with pytest.raises(UsageError):
            Window(**words)
    with pytest.raises(ColumnError, match="needs a video"):
        ShardDataset(path, ["json"], window=Window(1))


def test_a_rate_of_its_own_does_not_stutter_by_rounded_times(numbered, made, tmp_path):
    for fps in (30, Fraction(30000, 1001), 25):
        clip = made(numbered(120), "matroska", "libx264", {"g": "12"}, Fraction(fps))  # times in ms
        path = write(tmp_path / f"{float(fps):.0f}" / "a.tar", {"a": clip})
        dataset = ShardDataset(path, ["mp4"], window=Window(40, fps=fps))
        for epoch in range(10):
            assert np.diff(sample(dataset, "a", epoch)["__frames__"]).tolist() == [1] * 39


def test_the_remedy_for_short_clips_is_one(numbered, made, tmp_path):
    clips = {"a": made(numbered(60), fps=Fraction(30)), "b": made(numbered(70), fps=Fraction(25))}
    with ShardWriter(tmp_path / "a.tar") as writer:
        for name, clip in clips.items():
            writer.add(
                name, {"json": {"frames": 60 if name == "a" else 70, "fps": 30 if name == "a" else 25}, "mp4": clip}
            )
    window = Window(60, fps=25)
    with pytest.raises(UsageError, match="60 frames at 25 a second") as raised:
        len(ShardDataset(tmp_path / "a.tar", ["mp4"], window=window))
    rule = str(raised.value).split("where='")[1].split("'")[0]
    assert ShardDataset(tmp_path / "a.tar", ["mp4"], window=window, where=rule).plan.keys.to_pylist() == ["b"]
