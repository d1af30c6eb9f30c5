"""A twin: as many frames at the clip's own times, silent, with its own packet table."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from faceshards.curation.engine import Failure, Frames, Outcome, Stage
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.stylize import Stylize
from faceshards.curation.stages.twin import check_twin, twin_columns
from faceshards.errors import ClipError
from faceshards.media.clip import Clip
from faceshards.media.picture import encode_png
from faceshards.media.probe import probe
from faceshards.media.timeline import Timeline
from faceshards.media.video.decode import frames
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.conftest import clip_of, sample, voice, write_shard
from tests.curation.engine.toys import Mirror, None_
from tests.curation.on_pictures import PicturesClip, result_of

TICK = Fraction(1, 15360)


class Same(Stage[None_]):
    """The clip's own pictures, encoded anew; of `failing` the second chunk cannot be made."""

    name, makes = "same", twin_columns("same.mp4", "same", "the clip again")
    failing = False

    def needs(self):
        return (Frames(),)

    async def work(self, clip, out) -> None:
        async with out.video("same.mp4") as video:
            async for chunk in clip.frames():
                if self.failing and chunk.numbers[0]:
                    raise ClipError("no-face", "the second has none")
                await video.add(chunk.pictures, chunk.numbers)


def at_times(pictures: list[np.ndarray], ticks: np.ndarray, tick: Fraction, container: str, b_frames: int) -> bytes:
    """A clip, written without this project's encoder, whose pictures are shown at these ticks."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream("libx264", rate=25, options={"threads": "1", "bf": str(b_frames)})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", tick
        for picture, time in zip(pictures, ticks.tolist(), strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = time, tick
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return buffer.getvalue()


def shown_times(body: bytes) -> list[Fraction]:
    """When a player shows the pictures, from the first on, by FFmpeg alone."""
    with av.open(io.BytesIO(body)) as file:
        times = [frame.pts * Fraction(frame.time_base) for frame in file.decode(video=0)]
    return [time - times[0] for time in times]


def twin_of(path: Path, body: bytes, stage: Stage[Any], **facts: Any) -> Outcome:
    with Shard(write_shard(path, {"a": sample("a", body, **facts)})) as opened:
        outcome = result_of(stage, SharedClip(opened, 0, opened.json(0)))
    assert isinstance(outcome, Outcome)
    return outcome


def steps(kind: str) -> np.ndarray:
    """Ticks of 15360 a second between 70 pictures: at 25 a second each takes 614.4."""
    rng = np.random.default_rng(4)
    return {
        "slow, then fast": np.repeat([1024, 256], 35),
        "a long gap": np.where(np.arange(70) == 40, 30_000, 512),
        "jitter": rng.integers(300, 900, 70),
        "bursts": np.where(np.arange(70) % 5 == 0, 3, 614),  # two pictures within a tick of matroska's
        "a phone's": np.where(rng.random(70) < 0.1, 1024, 512),
    }[kind]


@pytest.mark.parametrize("container", ["mp4", "matroska"])
@pytest.mark.parametrize("kind", ["slow, then fast", "a long gap", "jitter", "bursts", "a phone's"])
def test_a_twin_is_shown_when_its_clip_is(tmp_path, numbered, number_of, kind, container):
    ticks = np.cumsum(steps(kind)) + 777
    body = at_times(numbered(70), ticks, TICK, container, b_frames=2 if container == "mp4" else 0)
    made = twin_of(tmp_path / "x.tar", body, Same()).columns["same.mp4"]
    own, twins = shown_times(body), shown_times(made)
    tick = TICK if container == "mp4" else Fraction(1, 1000)
    assert len(twins) == 70 and max(abs(a - b) for a, b in zip(own, twins, strict=True)) <= tick
    assert [number_of(picture) for picture in frames(made)] == list(range(70))
    even = [number / probe(body).fps for number in range(70)]
    assert max(abs(a - b) for a, b in zip(own, even, strict=True)) > 10 * tick  # at the clip's mean rate it is not


def test_the_clip_and_its_twin_tell_the_same_times(tmp_path):
    """As the loaders read them, from the packet tables."""
    ticks = np.cumsum(steps("slow, then fast"))
    pictures = [np.full((48, 64, 3), 3 * number, np.uint8) for number in range(70)]
    members = sample("a", at_times(pictures, ticks, TICK, "mp4", b_frames=2))
    stage = Stylize()
    stage.setup()
    with Shard(write_shard(tmp_path / "x.tar", {"a": members})) as opened:
        made = result_of(stage, SharedClip(opened, 0, opened.json(0)))
    json = members["json"] | {"media": members["json"]["media"] | dict(made.media)}
    with Shard(write_shard(tmp_path / "y.tar", {"a": members | dict(made.columns) | {"json": json}})) as opened:
        own, twin = (Clip.of(opened, 0, opened.json(0), column).times for column in ("mp4", "styled.mp4"))
    assert np.abs(own - twin).max() <= float(TICK) and own[-1] > 2.5


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(15)])
def test_an_even_clip_has_an_even_twin_at_exactly_its_rate(tmp_path, made, numbered, rate):
    for container in ("mp4", "matroska"):
        body = made(numbered(70), container, fps=rate)
        twin = twin_of(tmp_path / f"{container}.tar", body, Same(), fps=[rate.numerator, rate.denominator])
        facts = probe(twin.columns["same.mp4"])
        assert (facts.frames, facts.fps) == (70, rate)
        assert shown_times(twin.columns["same.mp4"]) == [number / rate for number in range(70)]


def test_the_columns_stand_beside_each_other():
    columns = twin_columns("styled.mp4", "stylize", "drawn")
    assert [column.name for column in columns] == ["styled.mp4", "styled.mp4.packets.npy"]
    assert [column.codec for column in columns] == ["mp4", "npy"] and {one.maker for one in columns} == {"stylize"}


def test_a_twin_has_the_frames_it_was_given_and_no_sound(tmp_path, astronaut):
    pictures = np.stack([np.roll(astronaut, 3 * number, axis=0) for number in range(8)])
    body = clip_of(pictures, voice(8 / 25))
    made = twin_of(tmp_path / "x.tar", body, Mirror())
    twin, packets = (made.columns[name] for name in ("mirror.mp4", "mirror.mp4.packets.npy"))
    facts = probe(twin)
    assert (facts.frames, facts.fps, facts.width, facts.height) == (8, Fraction(25), 256, 256)
    assert facts.sound_codec is None and probe(body).sound_codec == "aac"
    shown, own = (np.stack(list(frames(one))).astype(int) for one in (twin, body))
    assert np.abs(shown - own[:, :, ::-1]).mean() < 6 < np.abs(shown - own).mean()
    assert len(decode("x.packets.npy", packets)) == 8 and set(made.media) == {"mirror.mp4"} and made.scores == {}


def test_a_picture_has_a_twin_of_one_frame(tmp_path, astronaut):
    members = {"json": {"name": "p", "container": "png"}, "png": encode_png(astronaut)}
    with Shard(write_shard(tmp_path / "x.tar", {"p": members})) as opened:
        made = result_of(Same(), SharedClip(opened, 0, opened.json(0)))
    (shown,) = frames(made.columns["same.mp4"])
    assert np.abs(shown.astype(int) - astronaut).mean() < 6 and probe(made.columns["same.mp4"]).fps == 25


def test_the_same_frames_make_the_same_bytes_wherever_chunks_end(numbered):
    pictures = np.stack(numbered(11))
    made = [result_of(Same(), PicturesClip(pictures, chunk=chunk)) for chunk in (1, 3, 100, 100)]
    assert isinstance(made[0], Outcome) and all(one == made[0] for one in made)


def test_a_frame_that_cannot_be_made_is_that_clip_s_failure(numbered):
    stage = Same()
    stage.failing = True
    assert result_of(stage, PicturesClip(np.stack(numbered(9)))) == Failure("no-face", "the second has none")


class Given(Stage[None_]):
    """A video that another program made."""

    name, makes = "given", twin_columns("given.mp4", "given", "a file")
    path = Path()

    async def work(self, clip, out) -> None:
        await out.film("given.mp4", self.path)


def test_a_video_that_is_in_a_file_becomes_the_column(tmp_path, astronaut):
    body = clip_of(np.stack([astronaut] * 3))
    stage = Given()
    stage.path = tmp_path / "made.mp4"
    stage.path.write_bytes(body)
    outcome = result_of(stage, PicturesClip(np.stack([astronaut] * 3)))
    assert isinstance(outcome, Outcome) and outcome.columns["given.mp4"] == body and not stage.path.exists()
    assert len(decode("given.mp4.packets.npy", outcome.columns["given.mp4.packets.npy"])) == 3
    assert outcome.media["given.mp4"]["bytes"] == len(body)
    stage.path.write_bytes(b"no video")
    assert isinstance(result_of(stage, PicturesClip(np.stack([astronaut] * 3))), Failure)


def test_a_video_of_another_program_has_the_clip_s_frames_at_its_times(tmp_path, astronaut):
    path, pictures = tmp_path / "made.mp4", [astronaut[:64, :64]] * 5
    ticks = np.array([0, 512, 1024, 2048, 2560])
    line = Timeline(ticks + 900, TICK, 900, Fraction(25))
    path.write_bytes(at_times(pictures, ticks, TICK, "mp4", 0))
    check_twin(path, line)
    path.write_bytes(at_times(pictures[:4], ticks[:4], TICK, "mp4", 0))
    with pytest.raises(ClipError, match="has 4 frames, the clip 5"):
        check_twin(path, line)
    path.write_bytes(at_times(pictures, np.arange(5) * 512, TICK, "mp4", 0))
    with pytest.raises(ClipError, match=r"frame 3 of the video that was made is shown 0.033 s from when the clip"):
        check_twin(path, line)
