"""Picture against sound: clips with a flash and a click at the same known time, read as windows.

The upper half of each picture spells its number; the picture at a flash is the one at whose moment the sound clicks.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream

from faceshards.bench.figure import Figure
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.loaders import ShardDataset, Window
from faceshards.media.sound.packets import sound_table
from faceshards.media.tables.packets import packet_table
from faceshards.shards.writer import ShardWriter

RATE, FRAMES, COUNT, BITS = 48_000, 40, 240, 12
_SIDE, _EVERY = 96, 37
CALL = (
    "decord: AVReader(path, sample_rate=48000, mono=True)[b : b + 40], VideoReader(path).get_batch(range(b, b + 40)); "
    "PyAV, naive: frames and samples in the order in which they decode, cut by count"
)


@dataclass(frozen=True)
class SyncKind:
    """How a clip is made."""

    name: str
    fps: Fraction
    options: tuple[tuple[str, str], ...] = ()
    uneven: bool = False
    start: Fraction = Fraction(0)
    sound: str = "aac"


KINDS = (
    SyncKind("25 fps", Fraction(25)),
    SyncKind("29.97 fps", Fraction(30000, 1001)),
    SyncKind("30 fps", Fraction(30)),
    SyncKind("VFR", Fraction(25), uneven=True),
    SyncKind("B-frames", Fraction(25), (("bf", "3"), ("g", "25"))),
    SyncKind("start at 1.5 s", Fraction(25), start=Fraction(3, 2)),
    SyncKind("AAC priming, B-frames, 29.97", Fraction(30000, 1001), (("bf", "2"),)),
    SyncKind("PCM in mov", Fraction(25), sound="pcm_s16le"),
)


def times(kind: SyncKind) -> list[Fraction]:
    """When each picture is shown, in seconds, from 0."""
    if not kind.uneven:
        return [number / kind.fps for number in range(COUNT)]
    steps = np.random.default_rng(7).choice([2, 3, 4, 6, 9], COUNT)  # of 1/100 s
    return [Fraction(int(step), 100) for step in np.cumsum([0, *steps[:-1]])]


def clip(kind: SyncKind) -> bytes:
    """The file: a click of 2 ms at the time of every 37th picture."""
    buffer, moments = io.BytesIO(), times(kind)
    with av.open(buffer, "w", format="mov" if kind.sound.startswith("pcm") else "mp4") as out:
        video = out.add_stream("libx264", rate=kind.fps, options={"g": "25", "threads": "1", **dict(kind.options)})
        video.width = video.height = _SIDE
        video.pix_fmt = "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, 30_000)
        sound = out.add_stream(kind.sound, rate=RATE, layout="mono")
        assert isinstance(sound, AudioStream)
        samples = np.zeros(int((moments[-1] + 1) * RATE), np.float32)
        tone = 0.9 * np.sign(np.cos(np.arange(RATE // 500) * 2 * np.pi * 3000 / RATE + 0.1))
        for number in range(_EVERY, COUNT, _EVERY):
            at = round(moments[number] * RATE)
            samples[at : at + len(tone)] = tone
        for number, moment in enumerate(moments):
            frame = av.VideoFrame.from_ndarray(picture(number), "rgb24")
            frame.pts, frame.time_base = round((moment + kind.start) * 30_000), Fraction(1, 30_000)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        for begin in range(0, len(samples), 1024):
            part = (samples[begin : begin + 1024] * 32767).astype(np.int16)
            block = av.AudioFrame.from_ndarray(part[None], "s16", "mono")
            block.rate, block.time_base = RATE, Fraction(1, RATE)
            block.pts = begin + round(kind.start * RATE)
            out.mux(sound.encode(block))
        out.mux(sound.encode())
    return buffer.getvalue()


def picture(number: int) -> np.ndarray:
    """Pixels uint8 (96, 96, 3): the number in bars above, grey below."""
    pixels = np.full((_SIDE, _SIDE, 3), 128, np.uint8)
    for bit, bar in enumerate(np.array_split(np.arange(_SIDE), BITS)):
        pixels[: _SIDE // 2, bar] = 230 if number >> bit & 1 else 20
    return pixels


def spelled(pixels: np.ndarray) -> int:
    """The number that a picture spells."""
    upper = pixels[: len(pixels) // 2].mean(axis=(0, 2))
    return sum(int(bar.mean() > 125) << bit for bit, bar in enumerate(np.array_split(upper, BITS)))


def click(samples: np.ndarray) -> float:
    """When the sound first exceeds half of its peak, in seconds; -1 where it is silent."""
    loud = np.abs(samples)
    return float(np.argmax(loud > loud.max() / 2) / RATE) if loud.size and loud.max() > 0.1 else -1.0


def measure(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """The error of the click against its flash, and wrong frames, of three readers."""
    folder = work / "alignment"
    folder.mkdir()
    with ProcessPoolExecutor(2) as pool:
        bodies = list(pool.map(clip, KINDS))
    for number, body in enumerate(bodies):
        (folder / f"{number}.mp4").write_bytes(body)
        _shard(folder / f"{number}.tar", body)
    dataset = ShardDataset(folder, ["mp4"], window=Window(FRAMES, sound=RATE), missing="skip")
    rows = dataset.reader()
    ours: list[float] = []
    wrong = 0
    results: dict[str, tuple[list[float], int]] = {name: ([], 0) for name in ("decord", "naive PyAV")}
    for unit in range(len(dataset)):
        kind = KINDS[int(Path(str(dataset.plan.shard_and_row(unit)[0])).stem)]
        moments, begins = times(kind), []
        for draw in range(scale.pairs):
            sample = rows.sample(unit, draw)
            numbers = sample["__frames__"]
            wrong += sum(spelled(one) != number for one, number in zip(sample["mp4"], numbers, strict=True))
            begins.append(int(numbers[0]))
            ours += _errors(sample["sound"], begins[-1], moments)
        path = str(folder / f"{unit}.mp4")
        for name, found in (("decord", _decord(peers, path, begins)), ("naive PyAV", _naive(path, begins))):
            errors, mistaken = results[name]
            for begin, (shown, heard) in zip(begins, found, strict=True):
                mistaken += sum(one != begin + at for at, one in enumerate(shown))
                errors += _of_click(heard, begin, moments)
            results[name] = errors, mistaken
    worst = {f"{name} ms": float(np.percentile(errors, 99)) * 1e3 for name, (errors, _) in results.items()}
    error = float(np.percentile(ours, 99)) * 1e3
    yield Figure("sound against picture: error at the 99th percentile", error, "ms", ("<=", 1.0), None, worst, CALL)
    mistakes = {f"{name} frames": float(count) for name, (_, count) in results.items()}
    total = f"wrong frames of {len(dataset) * scale.pairs * FRAMES:,}"
    yield Figure(f"sound against picture: {total}", float(wrong), "", ("<=", 0), None, mistakes, CALL)


def _shard(path: Path, body: bytes) -> None:
    table, media = packet_table(body)
    packets, sound = sound_table(body)
    with ShardWriter(path, durable=False) as out:
        facts = {"frames": COUNT, "media": {"mp4": media, "sound": sound}}
        out.add("a", {"json": facts, "mp4": body, "mp4.packets.npy": table, "sound.packets.npy": packets})


def _errors(samples: np.ndarray, begin: int, moments: list[Fraction]) -> list[float]:
    return _of_click(click(samples), begin, moments)


def _of_click(heard: float, begin: int, moments: list[Fraction]) -> list[float]:
    """How far the first click of a window is from where its flash says: seconds; none where the window has no flash."""
    flash = next((n for n in range(_EVERY, COUNT, _EVERY) if begin <= n < begin + FRAMES), None)
    if flash is None:
        return []
    wanted = float(moments[flash] - moments[begin])
    return [abs(heard - wanted) if heard >= 0 else wanted + 1.0]


def _decord(peers: Peers, path: str, begins: list[int]) -> list[tuple[list[int], float]]:
    words = {"paths": [path] * len(begins), "frames": FRAMES, "begins": begins}
    try:
        shown = peers.call("frames_decord", **words)
        heard = peers.call("sound_decord", rate=RATE, **words)
    except RuntimeError:
        return [([-1] * FRAMES, -1.0)] * len(begins)  # a clip that it does not open counts as all wrong
    return list(zip(shown, heard, strict=True))


def _naive(path: str, begins: list[int]) -> list[tuple[list[int], float]]:
    """As scripts do it: everything decoded, pictures and samples taken by count at the average rate."""
    with av.open(path) as container:
        fps = float(container.streams.video[0].average_rate or 25)
        shown = [spelled(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    with av.open(path) as container:
        resampler = av.AudioResampler("fltp", "mono", RATE)
        blocks = [part.to_ndarray()[0] for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    samples = np.concatenate(blocks)
    found = []
    for begin in begins:
        span = samples[int(begin / fps * RATE) : int((begin + FRAMES) / fps * RATE)]
        found.append((shown[begin : begin + FRAMES], click(span)))
    return found
