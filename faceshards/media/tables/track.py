"""A stream's packets, as many of them as are needed, from wherever they are told: its table, else its own file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.members import MemberReader
from faceshards.media.tables.media_json import video_media
from faceshards.media.tables.packets import DTS, KEY, NO_TIME, PTS, WIDTH, display_order, packet_table
from faceshards.media.tables.plan import DecodePlan, plan_window
from faceshards.media.tables.ranges import GAP, ByteRange, HeldRanges, ReadRange
from faceshards.media.tables.rows import RowFormat, placed, wide
from faceshards.media.timeline import Timeline, told_tick
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import PACKETS
from faceshards.shards.storage.spans import joined_list


@dataclass(frozen=True)
class PacketTrack:
    """The packets of a stream: the table, int64 (P, W) (rows that are not known: see `tables.rows.placed`), and what a
    bare codec is told; `body`: the whole member, where it had to be read. `plan`: how the pictures are decoded that
    were asked for; None where that needs the whole member.
    """

    table: np.ndarray
    media: Mapping[str, Any]
    body: bytes | None = None
    plan: DecodePlan | None = None

    def timeline(self, rate: Fraction) -> Timeline:
        """When the pictures of a video are shown; `rate` as in `Timeline`."""
        shown, tick = self.table[display_order(self.table)], told_tick(self.media)
        if (shown[:, PTS] != NO_TIME).all():
            return Timeline(shown[:, PTS], tick, self.media["zero"], rate)
        return Timeline.guessed(shown[:, PTS], shown[:, DTS], tick, rate)

    @property
    def keys(self) -> np.ndarray:
        """The numbers of the pictures at which decoding can begin, int64 (n,), ascending."""
        return np.flatnonzero(self.table[display_order(self.table), KEY])


class VideoTable:
    """The packet table of a video member: as much of it as is needed."""

    def __init__(self, members: MemberReader, facts: Mapping[str, Any], column: str) -> None:
        self._members, self._column, self._packets = members, column, f"{column}.{PACKETS}"
        #: What the json says of the packets.
        self.media = video_media(facts, column)
        self._format = RowFormat.of(members.size(self._packets), WIDTH, self.media)
        #: Pictures of the clip, where the table's size tells: all of its packets are shown, one a picture.
        self.rows = self._format.rows if self._format is not None and "seek" in (self.media or {}) else None

    def body(self) -> bytes:
        """The whole member, which stays in memory where the packets had to be taken out of it."""
        held = self.__dict__.get("whole")
        return held.body if held is not None and held.body is not None else self._members.read(self._column)

    @cached_property
    def whole(self) -> PacketTrack:
        """All packets. Raises ClipError as `packet_table` does."""
        if self._format is None or self.media is None:
            body = self._members.read(self._column)
            return PacketTrack(*packet_table(body), body)
        return PacketTrack(wide(codecs.decode_npy(self._members.read(self._packets))), self.media)

    def __len__(self) -> int:
        return self.rows if self.rows is not None else len(display_order(self.whole.table))

    def around(self, numbers: np.ndarray, behind: int = 1) -> PacketTrack:
        """The packets that pictures `numbers`, int64 (n,), ascending, and the next `behind` of them need.

        Raises ClipError `too-few-frames`.
        """
        if numbers[-1] >= len(self):
            rule = f"the window ends at frame {numbers[-1]}: make it anew"
            raise ClipError("too-few-frames", f"{self._column} has {len(self)} frames, {rule}")
        if self.rows is None or self._format is None or self.media is None or "whole" in self.__dict__:
            return self._planned(self.whole, numbers)
        back, ahead = self.media["seek"]
        first, last = max(0, int(numbers[0]) - back), min(self.rows, int(numbers[-1]) + 1 + behind + ahead)
        body = self._members.read_range(self._packets, *self._format.span(first, last))
        table = placed(self._format.parsed(body), first, self.rows, PTS)
        try:
            return self._planned(PacketTrack(table, self.media), numbers)
        except LookupError:
            return self._planned(self.whole, numbers)

    def fetched(
        self, numbers: np.ndarray, behind: int, also: Callable[[PacketTrack], Sequence[ByteRange]] | None
    ) -> tuple[PacketTrack, ReadRange]:
        """`around`, and a reader of the member that has the bytes of pictures `numbers` already, and the ranges that
        `also` names by the packets.
        """
        track = self.around(numbers, behind)
        more = also(track) if also else ()
        if track.plan is None:
            return track, self.reader(track)
        ranges = joined_list([*track.plan.ranges, *more], GAP) if more else track.plan.ranges
        return track, HeldRanges(self.reader(track), ranges)

    def reader(self, track: PacketTrack) -> ReadRange:
        """Reads byte ranges of the member: out of the store, or of the whole body where that is needed anyway."""
        if track.body is None and track.media["ranged"]:
            return partial(self._members.read_range, self._column)
        body = self.body()
        return lambda start, stop: body[start:stop]

    def _planned(self, track: PacketTrack, numbers: np.ndarray) -> PacketTrack:
        """The track, with the plan of pictures `numbers`, int64 (n,), ascending."""
        if track.body is not None or not track.media["ranged"]:
            return track
        return replace(track, plan=plan_window(track.table, int(numbers[0]), int(numbers[-1] - numbers[0]) + 1))
