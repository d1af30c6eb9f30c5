"""Clips that tell the number of each picture twice: burned into it as bars, and by the box of `faces.msg`."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from faceshards.media.encode import Encoder
from faceshards.media.probe import probe
from faceshards.media.sound import Sound
from faceshards.media.sound.packets import sound_table
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

WIDTH, HEIGHT, FRAMES, GROUP, BITS = 320, 240, 120, 30, 8
#: Milliseconds at which each picture is shown: uneven, 20 to 60 ms apart.
TIMES = np.cumsum([0, *(20 + 20 * (np.arange(FRAMES - 1) * 7 % 3))])
PACK, FACES = Provenance("pack", 1, {"crf": 18}), Provenance("faces", 2, {"min_face": 40}, {"onet.lz4": "5e" * 32})


def picture(number: int, colour=(90, 60, 60)) -> np.ndarray:
    """A picture whose upper half has eight bars, white for the bits of its number that are one, the lowest at the
    left.
    """
    made = np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
    for bit in range(BITS):
        made[: HEIGHT // 2, bit * 40 : bit * 40 + 40] = 235 if number >> bit & 1 else 20
    return made


def box(number: int) -> list[float]:
    """A box of 40 x 40 in the lower half, whose left edge is at 2 pixels a picture."""
    return [2.0 * number + 10, 150.0, 2.0 * number + 50, 190.0]


def video(colour=(90, 60, 60), sound=None) -> bytes:
    """An mp4 of such pictures."""
    buffer = io.BytesIO()
    with Encoder(buffer, Fraction(25), tick=Fraction(1, 1000), gop=GROUP, sound=sound) as encoder:
        for number in range(FRAMES):
            encoder.add(picture(number, colour), int(TIMES[number]))
    return buffer.getvalue()


def film() -> bytes:
    """An mp4 of such pictures and times in MPEG-4 Part 2, which no browser decodes."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", "mp4") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = WIDTH, HEIGHT, "yuv420p", 2_000_000
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(picture(number), "rgb24")
            frame.pts, frame.time_base = int(TIMES[number]), Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return buffer.getvalue()


def sample(name: str, **columns) -> dict:
    """A clip with sound, its faces, and a styled and a cut twin."""
    tone = np.sin(2 * np.pi * 440 * np.arange(16000 * 5) / 16000).astype(np.float32) / 2
    body, styled = video(sound=Sound(tone, 16000)), video((40, 90, 60))
    facts = probe(body).scalars() | {
        "name": name,
        "container": "mp4",
        "made": {"mp4": PACK.fingerprint, "faces.msg": FACES.fingerprint},
    }
    made, media = {}, {}
    for column, one in (("mp4", body), ("styled.mp4", styled)):
        table, media[column] = packet_table(one)
        made |= {column: one, f"{column}.packets.npy": encode("x.npy", narrow(table))}
    table, media["sound"] = sound_table(body)
    made["sound.packets.npy"] = encode("x.npy", narrow(table))
    found = {
        "size": [WIDTH, HEIGHT],
        "frames": FRAMES,
        "frame": list(range(FRAMES)),
        "track": [3] * FRAMES,
        "box": [box(one) for one in range(FRAMES)],
        "points": [[[10.0 + one, 20.0]] * 5 for one in range(FRAMES)],
        "score": [0.5 + one / 1000 for one in range(FRAMES)],
        "full": [True] * FRAMES,
    }
    facts["media"] = media
    return {"json": facts, **made, "faces.msg": encode("faces.msg", found), **columns}


def write(path: Path, samples: dict) -> Path:
    """A shard of samples by their keys."""
    with ShardWriter(path, provenance=[PACK, FACES]) as writer:
        for key, one in samples.items():
            writer.add(key, one)
    return path
