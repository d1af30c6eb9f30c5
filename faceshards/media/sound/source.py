"""Where a sample's sound comes from: a column of its own, else the packets in the clip's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.members import MemberReader, sound_column
from faceshards.media.sound.packets import OFFSET, SIZE, START, WIDTH, read_span, sound_table, span_rows
from faceshards.media.sound.read import cut, read_sound
from faceshards.media.tables.media_json import sound_media
from faceshards.media.tables.ranges import ReadRange
from faceshards.media.tables.rows import RowFormat, wide
from faceshards.media.tables.track import PacketTrack
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import SOUND_PACKETS


class SoundSource(Protocol):
    """The sound of a span of a clip, as far as it was fetched."""

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """The byte ranges of the clip's own member that hold it."""

    def span(self, read_range: ReadRange, start: float, seconds: float, rate: int) -> np.ndarray:
        """float32 (round(seconds * rate),), mono, from `start` seconds after the first picture on, silent where there
        is none; `read_range` reads of the clip's own member.
        """


@dataclass(frozen=True)
class OwnSound:
    """A sound file of its own, which begins with the first picture."""

    body: bytes

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """None: nothing of it stands in the clip's member."""
        return []

    def span(self, read_range: ReadRange, start: float, seconds: float, rate: int) -> np.ndarray:
        """As `SoundSource.span`."""
        return cut(read_sound(self.body, rate), start, seconds).samples


@dataclass(frozen=True)
class SoundPackets:
    """Packets of the sound in the clip's own member."""

    track: PacketTrack

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """As `SoundSource.ranges`."""
        places = self.track.table[:, [OFFSET, SIZE]] if self.track.media["ranged"] else np.empty((0, 2))
        return [(int(offset), int(offset + size)) for offset, size in places]

    def span(self, read_range: ReadRange, start: float, seconds: float, rate: int) -> np.ndarray:
        """As `SoundSource.span`."""
        if not len(self.track.table):  # the span lies behind the end of the sound
            return np.zeros(round(seconds * rate), np.float32)
        return read_span(read_range, self.track.table, self.track.media, start, seconds, rate).samples


def sound_source(
    members: MemberReader, facts: Mapping[str, Any], video: PacketTrack, start: float, seconds: float
) -> SoundSource:
    """The sound of a span, of a sample whose clip has the packets `video`: its own column first.

    Raises ClipError `no-sound`.
    """
    own = sound_column(members)
    if own is not None:
        return OwnSound(members.read(own))
    media = sound_media(facts)
    rows = RowFormat.of(members.size(SOUND_PACKETS), WIDTH, media)
    if media is not None and rows is not None and "step" in media:
        begin, step = media["step"]
        first, last = span_rows(begin + np.arange(rows.rows) * step, media["rate"], start, seconds)
        body = members.read_range(SOUND_PACKETS, *rows.span(first, last))
        return SoundPackets(PacketTrack(rows.parsed(body), media))
    if media is not None and rows is not None:
        table = wide(codecs.decode_npy(members.read(SOUND_PACKETS)))
    elif video.body is None:
        raise ClipError("no-sound", "the clip has no sound: leave such out with missing='skip'")
    else:
        table, media = sound_table(video.body)
    first, last = span_rows(table[:, START], media["rate"], start, seconds)
    return SoundPackets(PacketTrack(table[first:last] if media["ranged"] else table, media))
