"""One open clip for all who look at clips: what one of them hears and sees, all do."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.swap.sources import peeks
from faceshards.loaders import ShardDataset, Window
from faceshards.media.clip import Clip
from faceshards.media.encode import encode
from faceshards.media.probe import probe
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.legacy.wave import encode_wave
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.drawing.clip_view import view_clip
from faceshards.viewer.drawing.sample import ShownSample

RATE, FRAMES = 16000, 40


def tone(seconds):
    return (np.sin(np.arange(round(seconds * RATE)) / 9) / 2).astype(np.float32)


def members(body, **more):
    """A sample as packing, or an import, writes it."""
    table, media = packet_table(body)
    json = probe(body).scalars() | {"name": "a", "container": "mp4", "media": {"mp4": media}}
    return {"json": json, "mp4": body, "mp4.packets.npy": narrow(table), "sound.packets.npy": b"", **more}


def write(path, *samples):
    with ShardWriter(path) as writer:
        for number, sample in enumerate(samples):
            writer.add(f"s{number}", sample)
    return path


@pytest.fixture(params=["with a table", "foreign"])
def heard(request, numbered, tmp_path):
    """A shard whose clip is a silent mp4 with a wav beside it, as an import of Sigma shards writes it."""
    silent = encode(numbered(FRAMES), Fraction(25))
    sample = members(silent, wav=encode_wave(tone(FRAMES / 25), RATE))
    if request.param == "foreign":
        sample = {"json": {"name": "a"}, "mp4": silent, "wav": sample["wav"]}
    return write(tmp_path / "a.tar", sample)


def test_the_open_clip_hears_the_samples_own_sound(heard):
    with Shard(heard) as shard:
        clip = Clip.of(shard, 0, shard.json(0))
        np.testing.assert_allclose(clip.sound(rate=RATE).samples, tone(FRAMES / 25), atol=1e-4)
        part = clip.sound(0.4, 0.5, RATE).samples
        np.testing.assert_allclose(part, tone(FRAMES / 25)[6400:14400], atol=1e-4)
        assert clip.sound(rate=8000).samples.shape == (FRAMES * 320,)


def test_the_stages_hear_the_samples_own_sound(heard):
    with Shard(heard) as shard:
        sound = SharedClip(shard, 0, shard.json(0)).sound(RATE)
    np.testing.assert_allclose(sound.samples, tone(FRAMES / 25), atol=1e-4)


def test_the_viewer_shows_the_samples_own_sound(heard):
    with Shard(heard) as shard:
        (shot,) = view_clip(ShownSample.of(shard, 0)).waveform.stills
    assert shot.time == pytest.approx(FRAMES / 25)


@pytest.mark.parametrize("missing", ["error", "skip", "none"])
def test_a_window_hears_the_samples_own_sound(heard, missing):
    dataset = ShardDataset(heard, ["mp4"], window=Window(10, sound=RATE), missing=missing)
    for epoch in range(3):
        found = dataset.reader().sample(0, epoch)
        begin = int(found["__frames__"][0]) * RATE // 25
        np.testing.assert_allclose(found["sound"], tone(FRAMES / 25)[begin : begin + 6400], atol=1e-4)


def test_an_empty_sound_column_leaves_the_containers_sound(numbered, tmp_path):
    from faceshards.media.sound import Sound

    spoken = encode(numbered(FRAMES), Fraction(25), sound=Sound(tone(FRAMES / 25), RATE))
    path = write(tmp_path / "a.tar", members(spoken, wav=b""), members(spoken, wav=encode_wave(tone(1.6) / 9, RATE)))
    with Shard(path) as shard:
        for row, loudest in enumerate((0.5, 0.5 / 9)):
            for sound in (
                Clip.of(shard, row, shard.json(row)).sound(),
                SharedClip(shard, row, shard.json(row)).sound(RATE),
            ):
                assert np.abs(sound.samples).max() == pytest.approx(loudest, rel=0.3)
            assert view_clip(ShownSample.of(shard, row)).waveform.stills


def turned(pictures, degrees):
    """An mp4 of pictures that lie on their side, and a display matrix that turns them by `degrees` clockwise."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25, options={"x264-params": "threads=1:keyint=10:bframes=2"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        if degrees:
            stream.set_display_rotation(-degrees)
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return buffer.getvalue()


@pytest.fixture(params=[90, 180, 270])
def phone(request, numbered, tmp_path):
    """A phone's clip whose matrix turns its pictures: the shard of it with and without tables, the upright pictures."""
    lying = [np.ascontiguousarray(np.rot90(one, request.param // 90)) for one in numbered(FRAMES)]
    body = turned(lying, request.param)
    path = write(
        tmp_path / "a.tar",
        members(body),
        {"json": {"name": "f"}, "mp4": body, "mp4.packets.npy": b"", "sound.packets.npy": b""},
    )
    return path, np.stack(numbered(FRAMES)), request.param


def upright(found, pictures):
    """Whether the pictures are those, as far as coding leaves them."""
    return found.shape == pictures.shape and np.abs(found.astype(int) - pictures).mean() < 12


def test_a_phone_clip_stands_upright_everywhere(phone):
    path, pictures, degrees = phone
    with Shard(path) as shard:
        for row in range(2):
            facts = shard.json(row)
            clip = Clip.of(shard, row, facts)
            assert upright(np.concatenate([chunk.pictures for chunk in clip.frames()]), pictures)
            (chunk,) = clip.frames(numbers=[3, 17])
            assert upright(chunk.pictures, pictures[[3, 17]]) and chunk.numbers.tolist() == [3, 17]
            assert next(clip.frames(numbers=[3], size=(56, 32))).pictures.shape == (1, 32, 56, 3)
            seen = SharedClip(shard, row, facts).chunks()
            assert upright(np.concatenate([chunk.pictures for chunk in seen]), pictures)
            shots = view_clip(ShownSample.of(shard, row)).videos[0].stills
            assert {shot.picture.shape for shot in shots} == {(64, 112, 3)}
            for peek in peeks(clip):
                assert peek.shape == (64, 112, 3)
        facts = shard.json(0)
    assert facts["media"]["mp4"]["rotation"] == degrees
    assert (facts["width"], facts["height"]) == (112, 64)
    assert (facts["media"]["mp4"]["width"] == 112) == (degrees == 180)


def test_windows_of_a_phone_clip_stand_upright(phone):
    path, pictures, _ = phone
    dataset = ShardDataset(path, ["mp4"], window=Window(7))
    for unit in range(2):
        found = dataset.reader().sample(unit, 1)
        assert upright(found["mp4"], pictures[found["__frames__"]])
    for size, shape in ((None, (2, 7, 64, 112, 3)), ((56, 32), (2, 7, 32, 56, 3))):
        (batch,) = ShardDataset(path, ["mp4"], window=Window(7, size=size)).loader(2)
        assert tuple(batch["mp4"].shape) == shape
        assert batch["mp4"].numpy().mean() == pytest.approx(pictures.mean(), abs=12)


def test_a_clip_that_stands_as_it_is_says_nothing_of_rotation(numbered):
    _, media = packet_table(turned(numbered(5), 0))
    assert "rotation" not in media
