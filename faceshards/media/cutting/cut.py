"""An excerpt as an mp4 of its own, shown and heard from its first picture on until its last one is over."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet

from faceshards.media.cutting.edit_list import end_tracks
from faceshards.media.cutting.excerpt import Excerpt
from faceshards.media.cutting.reel import Reel, SoundRows
from faceshards.media.encode import CRF, Encoder
from faceshards.media.mp4 import new_mp4
from faceshards.media.sound.read import Sound, read_sound
from faceshards.media.soundtrack import AacSoundtrack, CopiedSoundtrack, Soundtrack
from faceshards.media.tables.packets import DTS, KEY, NO_TIME, PTS
from faceshards.media.tables.plan import plan_window
from faceshards.media.video.framing import Framing
from faceshards.media.video.painter import Painter

#: Seconds of sound that are copied before the first picture, unheard: what a decoder needs, as in `sound.packets`.
_PREROLL = Fraction(15, 100)
#: Hz of sound that an mp4 does not take as it is.
_RATE = 48000


def cut(
    reel: Reel, excerpt: Excerpt, crf: int = CRF, gop: int | None = None, size: tuple[int, int] | None = None
) -> bytes:
    """The mp4 of an excerpt. Copied pictures decode to those of the reel, bit for bit; what is encoded is encoded from
    the first picture on, as `Encoder` does with `crf` and `gop`, upright, at the reel's own times; `size` (width,
    height) scales it.

    The sound's packets are copied either way, where an mp4 takes them, else encoded as AAC: in sync to within a sample.
    Edit lists hide what is copied beside the excerpt. Raises ClipError as `decoded_of` and `Encoder.add` do.
    """
    file = io.BytesIO()
    voice = _voice(reel, excerpt)
    if excerpt.key is None:
        tick = None if excerpt.line(reel).is_even else reel.line.tick
        with Encoder(file, reel.rate, tick=tick, crf=crf, gop=gop, sound=voice) as encoder:
            _encode(reel, excerpt, Framing(size), encoder)
    else:
        _copy(reel, excerpt, excerpt.key, file, voice)
    body = bytearray(file.getbuffer())
    begin, end = excerpt.span(reel)
    end_tracks(body, [end - begin] * (1 if voice is None else 2))
    return bytes(body)


def _copy(reel: Reel, excerpt: Excerpt, key: int, file: io.BytesIO, voice: Soundtrack | None) -> None:
    begin, _ = excerpt.ticks(reel)
    tick = reel.line.tick
    with _timed_mp4(file, tick) as out:
        stream = out.add_stream_from_template(reel.video)
        if voice:
            voice.begin(out)
        for packet in _copied(reel, excerpt, key, begin):
            packet.stream = stream
            out.mux(packet)
            if voice:
                out.mux(voice.packets_until(max(0, packet.dts or 0) * tick))
        if voice:
            out.mux(voice.rest())


def _timed_mp4(file: io.BytesIO, tick: Fraction) -> OutputContainer:
    """An mp4 whose edit lists are as fine as the pictures' ticks."""
    return new_mp4(file, {"movie_timescale": str(tick.denominator)})


def _copied(reel: Reel, excerpt: Excerpt, key: int, begin: int) -> Iterator[Packet]:
    """The packets from the keyframe on, timed from the first picture on."""
    last = plan_window(reel.table, excerpt.first, excerpt.last - excerpt.first).last
    rows = reel.table[key:last]
    times = np.unique(reel.table[:, PTS])
    lasts = np.append(np.diff(times), excerpt.ticks(reel)[1] - begin if len(times) < 2 else times[-1] - times[-2])
    decoded = _decoding_times(rows)
    for packet, row, dts in zip(reel.seen(key, last), rows, decoded.tolist(), strict=True):
        packet.pts, packet.dts, packet.time_base = int(row[PTS]) - begin, dts - begin, reel.line.tick
        packet.duration = int(lasts[np.searchsorted(times, row[PTS])])
        packet.is_keyframe = bool(row[KEY])
        yield packet


def _decoding_times(rows: np.ndarray) -> np.ndarray:
    """When each packet is decoded, int64 (n,): as the container says or, where it does not, as late as may be."""
    if (rows[:, DTS] != NO_TIME).all() and (np.diff(rows[:, DTS]) > 0).all() and (rows[:, DTS] <= rows[:, PTS]).all():
        return rows[:, DTS]
    ascending = np.sort(rows[:, PTS])
    return ascending - max(0, int((ascending - rows[:, PTS]).max()))


def _encode(reel: Reel, excerpt: Excerpt, framing: Framing, encoder: Encoder) -> None:
    line = excerpt.line(reel)
    ticks = [None] * len(line) if line.is_even else (line.ticks - line.zero).tolist()
    painter = Painter(framing, reel.media.get("rotation", 0))
    for picture, time in zip(reel.pictures(excerpt.first, excerpt.last), ticks, strict=True):
        out = np.empty(painter.shape(picture), np.uint8)
        painter.paint(picture, out)
        encoder.add(out, time)


def _voice(reel: Reel, excerpt: Excerpt) -> Soundtrack | None:
    """The sound of an excerpt; None where it has none."""
    sound = reel.sound
    if sound is None:
        return None
    begin, end = excerpt.span(reel)
    starts = sound.rows[:, SoundRows.PTS]
    first = np.searchsorted(starts + sound.rows[:, SoundRows.LASTS], float((begin - _PREROLL) / sound.tick), "right")
    last = np.searchsorted(starts, float(end / sound.tick))
    if first >= last or starts[first:last].max() + sound.rows[last - 1, SoundRows.LASTS] <= begin / sound.tick:
        return None
    packets = _shifted(reel.heard(int(first), int(last)), round(begin / sound.tick))
    return CopiedSoundtrack(sound.stream, packets) if sound.copies else _encoded_voice(sound, packets)


def _shifted(packets: Iterator[Packet], ticks: int) -> Iterator[Packet]:
    for packet in packets:
        assert packet.pts is not None
        packet.pts = packet.dts = packet.pts - ticks
        yield packet


def _encoded_voice(sound: SoundRows, packets: Iterator[Packet]) -> Soundtrack:
    """Packets that an mp4 does not take, decoded and encoded as AAC, of one or two channels."""
    first = next(packets)
    assert first.pts is not None
    begins = float(first.pts * sound.tick)
    heard = read_sound(_recording(sound, chain([first], packets), first.pts), _RATE, mono=False)
    samples = heard.samples if heard.samples.shape[1] <= 2 else heard.samples.mean(axis=1, keepdims=True)
    away = round(begins * _RATE)
    whole = np.pad(samples, ((away, 0), (0, 0))) if away >= 0 else samples[-away:]
    return AacSoundtrack(Sound(np.ascontiguousarray(whole, np.float32), _RATE))


def _recording(sound: SoundRows, packets: Iterator[Packet], zero: int) -> bytes:
    """The packets as a Matroska file, which holds all that FFmpeg decodes; the first one begins at 0."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream_from_template(sound.stream)
        for packet in _shifted(packets, zero):
            packet.stream = stream
            out.mux(packet)
    return file.getvalue()
