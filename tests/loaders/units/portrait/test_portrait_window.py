"""Portraits out of byte ranges: aligned streams, frames that may be shown, reasons for the rest, the same anywhere."""

from collections import Counter

import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.units.deck import hand
from faceshards.loaders.views import Portrait
from tests.loaders.units.portrait.conftest import FRAMES, SIDE, faces, levels, numbers_of

PLAIN = {"frames": 6, "stride": 3, "size": 64, "conditions": False, "hide": False}


def drawn(path, epochs=8, **words):
    """The first clip's portraits of some epochs."""
    dataset = ShardDataset(path, view=Portrait(**PLAIN | words))
    reader = dataset.reader()
    return [reader.sample(0, epoch) for epoch in range(epochs)], reader


def test_all_streams_show_the_same_frames(write):
    path = write({"a": {}})
    for twin, words in (("video", {}), ("swapped.mp4", {"swap": 1.0}), ("styled.mp4", {"style": 1.0})):
        starts = set()
        for found in drawn(path, **words)[0]:
            numbers = found["__frames__"]
            assert np.diff(numbers).tolist() == [3] * 5 and found["of"] == twin
            assert numbers_of(found["video"]) == numbers.tolist()
            assert numbers_of(found["reference"][None]) == [found["reference_frame"]]
            weights = np.array([0.2989, 0.5870, 0.1140])
            tint = {"video": 0, "swapped.mp4": weights @ [20, 0, -20], "styled.mp4": weights @ [-20, 0, 20]}[twin]
            shown = found["swapped"].mean(axis=(1, 2, 3))
            np.testing.assert_allclose(shown, levels(numbers) + tint, atol=1.6)
            starts.add(int(numbers[0]))
        assert len(starts) > 6 and max(starts) <= FRAMES - 16


def test_twins_come_as_often_as_the_rates_say(write):
    path = write({"a": {}, "b": {"styled.mp4": None}, "c": {"styled.mp4": None, "swapped.mp4": None}})
    dataset = ShardDataset(path, view=Portrait(**PLAIN | {"swap": 0.25, "style": 0.5}))
    reader, unit = dataset.reader(), dataset._unit
    for row, expected in enumerate(
        ({"video": 0.25, "swapped.mp4": 0.25, "styled.mp4": 0.5}, {"video": 0.25, "swapped.mp4": 0.75}, {"video": 1})
    ):
        counts = Counter(unit.fetch(reader.bodies, hand(reader.deck, (row, epoch))).driver for epoch in range(60))
        assert counts.keys() == expected.keys()
        assert all(abs(counts[name] / 60 - share) < 0.15 for name, share in expected.items())


def test_only_frames_that_may_be_shown_are_shown(write):
    light = np.full((FRAMES, 9), 90.0, np.float32)
    light[62:, 0] = 4.0
    valid = np.arange(FRAMES) != 30
    path = write({"a": {"faces.msg": faces([n for n in range(FRAMES) if n != 5]), "quality.npy": light,
                        "face_valid.npy": valid}})  # fmt: skip
    may = np.arange(FRAMES)[(valid & (np.arange(FRAMES) < 62)) & (np.arange(FRAMES) != 5)]
    begins = set()
    for found in drawn(path, epochs=40)[0]:
        first, last = found["__frames__"][[0, -1]]
        assert set(range(first, last + 1)) <= set(may) and found["reference_frame"] in may
        begins.add(int(first))
    assert {begin > 30 for begin in begins} == {True, False}


def test_a_window_takes_a_smaller_stride_where_the_clip_is_short(write):
    path = write({"a": {"faces.msg": faces(range(10, 22))}})
    for found in drawn(path, epochs=4)[0]:
        assert np.diff(found["__frames__"]).tolist() == [2] * 5
    with pytest.raises(Exception, match=r"of 70 frames 12 can be shown, and never 16 frames in a row"):
        drawn(path, epochs=1, least_stride=3)


BAD = {
    "no-face": {"faces.msg": faces([])},
    "small-face": {"faces.msg": faces(box=[10.0, 10.0, 50.0, 50.0])},
    "dark": {"quality.npy": np.zeros((FRAMES, 9), np.float32)},
    "too-few-frames": {"faces.msg": faces(range(0, FRAMES, 2))},
    "bad-column": {"faces.msg": faces(box=["a", 1, 2, 3])},
}


def test_who_cannot_be_shown_is_counted_with_a_reason(write, made):
    black = made([np.zeros((SIDE, SIDE, 3), np.uint8)] * FRAMES, "mp4", "libx264", {"g": "10"})
    clips = {reason: change for reason, change in BAD.items()} | {"black": {"mp4": black}}
    path = write(clips | {f"good{number}": {} for number in range(4)})
    loader = ShardDataset(path, view=Portrait(**PLAIN), max_faults=6).loader(batch_size=5)
    assert [len(batch["__key__"]) for batch in loader] == [5, 5]
    assert {one.key: one.reason for one in loader.faults} == {reason: reason for reason in BAD} | {"black": "dark"}
    assert {one.instead[:4] for one in loader.faults} == {"good"}


def test_where_nobody_can_be_shown_the_loader_ends(write):
    path = write({f"a{number}": {"faces.msg": faces([])} for number in range(4)})
    loader = ShardDataset(path, view=Portrait(**PLAIN), max_faults=100).loader(batch_size=2)
    with pytest.raises(Exception, match="no face in any frame"):
        next(iter(loader))


def test_batches_are_the_same_for_any_workers_and_after_a_resume(write):
    path = write({f"a{number}": {"swapped.mp4": None} for number in range(8)})
    dataset = ShardDataset(path, view=Portrait(**PLAIN | {"style": 0.5, "warp": 0.5}), seed=3)
    alone = dataset.loader(batch_size=4)
    batches = list(alone) + list(alone)
    many = dataset.loader(batch_size=4, num_workers=2)
    again = [one for _ in range(2) for one in many]
    many.close()
    resumed = dataset.loader(batch_size=4)
    resumed.load_state_dict({**alone.state_dict(), "epoch": 1, "batches": 1})
    for found, expected in [*zip(again, batches, strict=True), (next(iter(resumed)), batches[3])]:
        assert found["__key__"] == expected["__key__"] and found["of"] == expected["of"]
        for name in ("reference", "video", "swapped", "__frames__"):
            assert found[name].equal(expected[name]), name


def test_a_twin_of_another_size_shows_the_same_part(write, made):
    half = np.zeros((SIDE, SIDE, 3), np.uint8)
    half[:, : SIDE // 2] = 200
    own, large = (made([one] * FRAMES, "mp4", "libx264", {"crf": "1", "g": "10"}) for one in (half, half.repeat(2, 0).repeat(2, 1)))  # fmt: skip # noqa: E501
    path = write({"a": {"mp4": own, "swapped.mp4": large}})
    found = drawn(path, epochs=1, swap=1.0)[0][0]
    assert np.abs(found["video"].astype(int) - found["swapped"].astype(int)).max() < 12


def test_sound_has_a_second_more_on_both_sides_and_silence_beyond_the_clip(write):
    import io
    import wave

    body = io.BytesIO()
    with wave.open(body, "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes((np.arange(1, FRAMES / 25 * 8000 + 1).astype("<i2")).tobytes())  # each sample tells its place
    path = write({"a": {"wav": body.getvalue()}})
    silent = set()
    for found in drawn(path, epochs=20, sound=8000)[0]:
        start, sound = int(found["__frames__"][0]) / 25, np.round(found["sound"] * 32768)
        assert sound.shape == (round((6 * 3 / 25 + 2) * 8000),)
        places = np.arange(len(sound)) + 1 + round((start - 1) * 8000)
        inside = (places >= 1) & (places <= FRAMES / 25 * 8000)
        np.testing.assert_array_equal(sound, np.where(inside, places, 0))
        silent |= {bool(places[0] < 1), bool(places[-1] > FRAMES / 25 * 8000)}
    assert silent == {True, False}


def test_only_what_is_shown_is_read(write, numbered, made):
    long = made(
        [*numbered(FRAMES, (SIDE, SIDE))] * 5, "mp4", "libx264", {"g": "10", "crf": "1", "x264-params": "scenecut=0"}
    )
    path = write({"a": {"mp4": long, "faces.msg": faces(range(5 * FRAMES))}})
    _, reader = drawn(path, epochs=1, swap=0.0)
    assert reader.bytes_read < len(long) / 2


def test_rules_that_make_no_sense_are_refused(write):
    path = write({"a": {}})
    for words, said in (
        ({"swap": 0.7, "style": 0.6}, "at most 1 together"),
        ({"stride": 2, "least_stride": 3}, "least_stride must be at most stride 2, got 3"),
        ({"size": 63}, "size must be even, got 63"),
        ({"least_face": 2}, "least_face must be a number from 0 to 1, got 2"),
        ({"crop": "wide"}, "crop must be one of widest, margins"),
        ({"warp": True}, "warp must be a number from 0 to 1, got True"),
    ):
        with pytest.raises(UsageError, match=said):
            Portrait(**PLAIN | words)
    with pytest.raises(UsageError, match="1 of 1 clips are too short for 200 frames"):
        len(ShardDataset(path, view=Portrait(**PLAIN | {"frames": 200, "least_stride": 1})))
