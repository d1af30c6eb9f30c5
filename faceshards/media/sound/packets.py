"""The sound's packets of a clip, and the sound of a span from their byte ranges alone: no container, no whole file."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import gcd
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.codec import UnknownCodecError
from av.packet import Packet

from faceshards.errors import ClipError
from faceshards.media.container import Body, opened, reading
from faceshards.media.sound.read import Sound, cut, read_sound, resample
from faceshards.media.sound.recording import MAX_SECONDS, Recording
from faceshards.media.sound.tape import Tape
from faceshards.media.tables.packets import offset_of
from faceshards.media.tables.ranges import GAP, Ranges, ReadRange
from faceshards.media.tables.rows import row_check
from faceshards.media.timeline import tick_of
from faceshards.shards.storage.spans import joined_list

#: The table's columns: the first sample of a packet, counted at the sound's own rate from the first picture on (below 0
#: before it), and how many it holds; where its bytes stand in the media member; a check of row and packet
#: (`tables.rows.row_check`).
START, SAMPLES, OFFSET, SIZE, CHECK = range(5)
#: How many columns those are.
WIDTH = 5

# A decoder needs what came before: AAC a packet (its transform overlaps), Opus 80 ms (RFC 7845, 4.6), MP3 the up to
# 511 bytes of its reservoir (ISO/IEC 11172-3, main_data_begin), which are 130 ms at 32 kbit/s.
_PREROLL_SECONDS = 0.15
# The resampler's filter reaches so far to both sides, and more.
_MARGIN_SECONDS = 0.02


def sound_table(body: Body, *, max_seconds: float = MAX_SECONDS) -> tuple[np.ndarray, dict[str, Any]]:
    """The sound stream's packets as they come, int64 (P, 5), and what a bare codec needs to decode them.

    The sound is decoded once: a container's clock may be too coarse to say where a packet's samples stand (Matroska
    counts milliseconds). What a codec is told, ready for json: `codec`, `extradata` (base64), `tag`, `rate` in Hz,
    `layout`, `bytes` (of the member) and `ranged` (false where packets do not stand whole in the file, or do not follow
    one another: a span is then cut from the whole sound). `step` [start, samples]: packet p starts at sample start + p
    samples; absent where only the table tells. `rows`: P.
    Raises ClipError as `read_sound` does.
    """
    with reading(body) as file, opened(body) as container:
        recording = Recording(container, max_seconds)
        media = _told(recording.stream) | {"bytes": file.seek(0, 2)}
        offsets = [(offset_of(packet, file), packet.size) for packet, _, _ in recording.packets]
        numbers = np.concatenate([_placed(recording), np.array(offsets, np.int64)], axis=1)
    checks = [row_check(row, bytes(packet)) for row, (packet, _, _) in zip(numbers, recording.packets, strict=True)]
    table = np.concatenate([numbers, np.array(checks, np.int64)[:, None]], axis=1)
    steps = np.diff(table[:, START])
    ranged = bool((steps > 0).all()) and bool((table[:, OFFSET] >= 0).all())
    even = ranged and len(steps) and bool((steps == steps[0]).all())
    return table, media | {"ranged": ranged, "rows": len(table)} | (
        {"step": [int(table[0, START]), int(steps[0])]} if even else {}
    )


def _placed(recording: Recording) -> np.ndarray:
    """The first sample and the number of samples of each packet, int64 (P, 2).

    What the container tells a decoder to drop (an encoder's priming), a bare codec decodes: the first packet that is
    heard, and those before it, begin earlier than what is heard of them. Raises ClipError `no-sound` where none is.
    """
    late = round((recording.tape.start - recording.zero) * recording.tape.rate)
    places = np.array([(begin, min(end, recording.last) - begin) for _, begin, end in recording.packets], np.int64)
    heard = int(np.argmax(places[:, SAMPLES] > 0))
    end = places[heard].sum()
    claims = [_claimed(packet, recording.stream) for packet, _, _ in recording.packets[: heard + 1]]
    places[: heard + 1, SAMPLES] = np.maximum(places[: heard + 1, SAMPLES], claims)
    places[: heard + 1, START] = end - np.cumsum(places[heard::-1, SAMPLES])[::-1]
    places[:, START] += late
    return places


def _claimed(packet: Packet, stream: AudioStream) -> int:
    """How many samples of each channel a packet holds, from what is known without decoding it."""
    duration = round((packet.duration or 0) * tick_of(stream) * stream.codec_context.sample_rate)
    return stream.codec_context.frame_size or duration


def read_span(
    read_range: ReadRange, table: np.ndarray, media: Mapping[str, Any], start: float, seconds: float, rate: int = 16000
) -> Sound:
    """The sound from `start` seconds after the first picture on, mono: float32 (round(seconds * rate),) in [-1, 1].

    The samples are those of `read_sound` from sample round(start * rate) on (of AAC in rare clips to within 1e-3: a
    decoder makes up their noise itself), silent before the sound begins and behind its end. Only the span's packets are
    read, and those that the decoder needs before them. `table` and `media` come from `sound_table`.
    Raises ClipError `truncated-media` or `broken-media`; ValueError for a negative start or length.
    """
    if start < 0 or seconds < 0:
        raise ValueError(f"a span must lie behind the first picture, got {start} s and {seconds} s from there")
    first, count = round(start * rate), round(seconds * rate)
    if not media["ranged"]:
        return cut(read_sound(read_range(0, media["bytes"]), rate), start, seconds)
    # Both rates have a sample at every multiple of these, so that resampling a part gives the samples of the whole.
    step, own_step = rate // gcd(rate, media["rate"]), media["rate"] // gcd(rate, media["rate"])
    blocks = max(0, int((start - _MARGIN_SECONDS) * rate) // step)
    end = round((start + seconds + _MARGIN_SECONDS) * media["rate"])
    planes = _planes(read_range, table, media, blocks * own_step, end)
    heard = resample(planes.mean(axis=0, dtype=np.float32), media["rate"], rate)
    part = heard[first - blocks * step :][:count]
    return Sound(np.pad(part, (0, count - len(part))), rate)


def span_rows(starts: np.ndarray, rate: int, start: float, seconds: float) -> tuple[int, int]:
    """The rows [first, last) of a table that the sound of a span needs: `starts` int64 (P,) is its column `START`,
    `rate` the sound's own.
    """
    reach = _PREROLL_SECONDS + 2 * _MARGIN_SECONDS
    first = int(np.searchsorted(starts, (start - reach) * rate, side="right")) - 1
    return max(0, first), int(np.searchsorted(starts, (start + seconds + 2 * _MARGIN_SECONDS) * rate))


def _planes(read_range: ReadRange, table: np.ndarray, media: Mapping[str, Any], begin: int, end: int) -> np.ndarray:
    """float32 (channels, N) of the clip's own rate: samples [begin, end), fewer where the sound ends before."""
    rate = media["rate"]
    first = int(np.searchsorted(table[:, START], begin - _PREROLL_SECONDS * rate, side="right")) - 1
    rows = table[max(0, first) : int(np.searchsorted(table[:, START], end))]
    tape: Tape | None = None
    try:
        for frame in _frames(read_range, rows, media):
            tape = tape or Tape(frame, (end - begin) / rate + 60)
            tape.add(frame)
    except (av.FFmpegError, UnknownCodecError) as error:
        raise ClipError("broken-media", f"the sound at {begin / rate:.3f} s does not decode: {error}") from error
    if tape is None:
        return np.zeros((1, 0), np.float32)
    return tape.between(begin / rate, min(end, int(table[-1, START] + table[-1, SAMPLES])) / rate)


def _frames(read_range: ReadRange, rows: np.ndarray, media: Mapping[str, Any]) -> Iterator[AudioFrame]:
    context = _bare_context(media)
    ranges = Ranges(read_range, joined_list([(int(o), int(o + n)) for o, n in rows[:, [OFFSET, SIZE]]], GAP))
    for start, samples, offset, size, check in rows.tolist():
        packet = ranges.packet(offset, size, check)
        packet.pts = packet.dts = start
        packet.duration, packet.time_base = samples, Fraction(1, media["rate"])
        for frame in context.decode(packet):
            # Opus drops its priming from whatever it decodes first: what is left is the end of the packet.
            frame.pts = start + max(0, samples - frame.samples)
            yield frame


def _bare_context(media: Mapping[str, Any]) -> AudioCodecContext:
    context = AudioCodecContext.create(media["codec"], "r")
    try:
        extradata = base64.b64decode(media["extradata"])
        if extradata:
            context.extradata = extradata
        context.codec_tag, context.sample_rate, context.layout = media["tag"], media["rate"], media["layout"]
    except (TypeError, ValueError, OverflowError) as error:
        raise ClipError("broken-media", f"the media of the sound in the json are no codec's: {error}") from error
    context.thread_count = 1
    return context


def _told(stream: AudioStream) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "codec": context.codec.canonical_name,
        "extradata": base64.b64encode(context.extradata or b"").decode(),
        "tag": context.codec_tag,
        "rate": context.sample_rate,
        "layout": context.layout.name,
    }
