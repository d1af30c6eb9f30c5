"""A long clip, opened once: where its packets stand, which parts of it there are, and what can be copied."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from faceshards.media.container import RangedFile, opened, reading, video_stream
from faceshards.media.mp4 import new_mp4
from faceshards.media.picture import MAX_PIXELS
from faceshards.media.tables.packets import (
    CHECK,
    KEY,
    NO_TIME,
    OFFSET,
    PTS,
    SIZE,
    display_order,
    offset_of,
    packet_table,
)
from faceshards.media.tables.ranges import GAP, Ranges
from faceshards.media.tables.track import PacketTrack
from faceshards.media.timeline import mean_rate, tick_of
from faceshards.media.video.codec import bare_codec
from faceshards.media.video.decode import decoded, decoded_of
from faceshards.shards.storage.spans import joined_list

#: Of containers of these formats packets are copied: they keep them as an mp4 does, with the times that they need.
_COPIED = ("mov", "matroska")
# Packets behind a keyframe until its picture leaves any decoder.
_ENOUGH = 20


@dataclass(frozen=True)
class SoundRows:
    """The sound's packets as they come, int64 (P, 4): `PTS`, `LASTS` in ticks of `tick` seconds, `OFFSET`, `SIZE`.

    `copies`: whether an mp4 takes them as they are.
    """

    stream: AudioStream
    rows: np.ndarray
    tick: Fraction
    copies: bool

    PTS, LASTS, OFFSET, SIZE = range(4)


class Reel:
    """The pictures and the sound of an open clip. Memory: a hundred bytes a packet. Close it when its parts are made.

    `table` and `media` as `packet_table` makes them; `copies`: whether an mp4 takes the pictures' packets as they are;
    `rate`: frames a second; `sound`: None without. Raises ClipError as `packet_table` does.
    """

    def __init__(self, file: RangedFile, max_pixels: int = MAX_PIXELS) -> None:
        self._file, self._max_pixels = file, max_pixels
        self.table, self.media = packet_table(file, max_pixels=max_pixels)
        with ExitStack() as opening:
            container = opening.enter_context(opened(file, max_pixels))
            self.video = video_stream(container, max_pixels)
            self.tick = tick_of(self.video)
            self.rate = _rate(self.video, self.table, self.tick)
            own = container.format.name.startswith(_COPIED)
            self.copies = own and self.media["ranged"] and _fits(self.video) and self._begins()
            self.sound = _sound(container, file, own)
            self._open = opening.pop_all()
        self.order = display_order(self.table)
        self.line = PacketTrack(self.table, self.media).timeline(self.rate)

    def close(self) -> None:
        """Closes the file."""
        self._open.close()
        self._file.close()

    @property
    def seconds(self) -> float:
        """From the first picture until the last one is over."""
        return self.line.lasting(0, len(self.line))

    def seen(self, first: int, last: int) -> Iterator[Packet]:
        """The packets of rows [first, last) of the table, without times, each held against its check; in any thread."""
        return self._packets(self.table[first:last, [OFFSET, SIZE, CHECK]])

    def pictures(self, first: int, last: int) -> Iterator[VideoFrame]:
        """The pictures of numbers [first, last), as they leave the decoder. Raises ClipError as `decoded_of`.

        Where the packets do not stand whole in the file, it is decoded from its start.
        """
        if self.media["ranged"]:
            return decoded_of(self._file.read_range, self.table, self.media, np.arange(first, last))
        return islice(decoded(self._file, self._max_pixels), first, last)

    def all_pictures(self) -> Iterator[VideoFrame]:
        """All pictures, as they leave the decoder."""
        return decoded(self._file, self._max_pixels)

    def heard(self, first: int, last: int) -> Iterator[Packet]:
        """The packets of rows [first, last) of the sound, with their times; read from the file's start where they do
        not stand whole in it.
        """
        assert self.sound is not None
        rows, tick = self.sound.rows[first:last], self.sound.tick
        if (rows[:, SoundRows.OFFSET] >= 0).all():
            found = self._packets(rows[:, [SoundRows.OFFSET, SoundRows.SIZE]])
        else:
            found = islice(_all_heard(self._file, self._max_pixels), first, last)
        for packet, (pts, lasts, *_) in zip(found, rows.tolist(), strict=True):
            packet.pts = packet.dts = pts
            packet.duration, packet.time_base, packet.is_keyframe = lasts, tick, True
            yield packet

    def _begins(self) -> bool:
        """Whether the decoder shows a later keyframe where it begins there: not with a rolling intra refresh."""
        keys = np.flatnonzero(self.table[1:, KEY])
        if not len(keys):
            return True
        row = int(keys[0]) + 1
        begin = int(self.table[row, PTS])
        with suppress(av.FFmpegError):
            context = bare_codec(self.media)
            packets = zip(self.seen(row, row + _ENOUGH), self.table[row : row + _ENOUGH], strict=True)
            for packet, (pts, dts, *_) in packets:
                packet.pts, packet.dts, packet.time_base = int(pts), None if dts == NO_TIME else int(dts), self.tick
                if any(picture.pts == begin for picture in context.decode(packet)):
                    return True
            return any(picture.pts == begin for picture in context.decode(None))
        return False

    def _packets(self, places: np.ndarray) -> Iterator[Packet]:
        """Packets by offset and size (and check), int64 (n, 2 or 3); neighbours are read together."""
        spans = [(offset, offset + size) for offset, size in places[:, :2].tolist()]
        ranges = Ranges(self._file.read_range, joined_list(spans, GAP))
        return (ranges.packet(*place) for place in places.tolist())


def _rate(video: VideoStream, table: np.ndarray, tick: Fraction) -> Fraction:
    told = video.average_rate or video.guessed_rate
    if told:
        return Fraction(told)
    times = table[display_order(table), PTS]
    return mean_rate(max(1, len(times) - 1), int(times[-1] - times[0]), tick)


def _sound(container: InputContainer, body: RangedFile, copies: bool) -> SoundRows | None:
    """The packets of the first sound stream; None without one."""
    if not container.streams.audio or container.streams.audio[0].codec_context is None:
        return None
    stream = container.streams.audio[0]
    container.seek(0)
    with reading(body) as file:
        heard = filter(_is_heard, container.demux(stream))
        places = ((_time(one), one.duration or 0, offset_of(one, file), one.size) for one in heard)
        rows = np.fromiter(chain.from_iterable(places), np.int64).reshape(-1, 4)
    if not len(rows):
        return None
    whole = bool((rows[:, SoundRows.OFFSET] >= 0).all())
    return SoundRows(stream, rows, tick_of(stream), copies and whole and _fits(stream))


def _all_heard(file: RangedFile, max_pixels: int) -> Iterator[Packet]:
    with opened(file, max_pixels) as container:
        yield from filter(_is_heard, container.demux(audio=0))


def _is_heard(packet: Packet) -> bool:
    return bool(packet.size) and (packet.pts is not None or packet.dts is not None)


def _time(packet: Packet) -> int:
    return cast(int, packet.dts if packet.pts is None else packet.pts)


def _fits(stream: VideoStream | AudioStream) -> bool:
    """Whether an mp4 takes the packets of a stream."""
    try:
        with new_mp4(io.BytesIO()) as out:
            out.add_stream_from_template(stream)
            out.start_encoding()
    except (av.FFmpegError, ValueError):
        return False
    return True
