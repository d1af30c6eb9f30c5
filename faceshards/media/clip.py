"""The open clip: pictures and sound of one sample, from its members, its json and its packet tables.

clip = Clip.of(shard, row, shard.json(row))
for chunk in clip.frames(every=5, size=(256, 256)):      # numbers, times, pictures: bounded memory
clip.sound(start=1.0, seconds=2.0, rate=16000)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from av.video.frame import VideoFrame

from faceshards.errors import ClipError
from faceshards.media.geometry import upright
from faceshards.media.members import MemberReader, RowMembers, clip_column, sound_column
from faceshards.media.picture import read_picture, scaled
from faceshards.media.sound.read import Sound, cut, read_sound
from faceshards.media.sound.source import sound_source
from faceshards.media.tables.media_json import SOUND
from faceshards.media.tables.ranges import GAP, HeldRanges
from faceshards.media.tables.track import PacketTrack, VideoTable
from faceshards.media.timeline import Timeline, rate_of
from faceshards.media.video.chunks import Chunk, painted, repeated
from faceshards.media.video.decode import decoded, decoded_of
from faceshards.media.video.part import Part
from faceshards.shards.schema.columns import PICTURE
from faceshards.shards.storage.spans import joined_list

if TYPE_CHECKING:
    from faceshards.shards.reader import Shard


class Clip:
    """One sample's `column`, a video or a picture, with the sample's sound. `facts`: the sample's json.

    Pictures are numbered as they are shown, from 0, and stand upright: turned as the container's display matrix says.
    Seconds count from the first picture on, for pictures and sound alike.
    """

    def __init__(self, members: MemberReader, facts: Mapping[str, Any], column: str) -> None:
        self.facts, self.column = facts, column
        self._members = members
        self._table = VideoTable(members, facts, column)

    @classmethod
    def of(cls, shard: Shard, row: int, facts: Mapping[str, Any], column: str | None = None) -> Clip:
        """The clip of a row of an open shard whose json is `facts`; by default of the column that holds the clip."""
        return cls(RowMembers(shard, row), facts, column or clip_column(shard, facts))

    @property
    def is_picture(self) -> bool:
        """Whether it is a single picture."""
        return self.column in PICTURE

    def __len__(self) -> int:
        """How many pictures are shown. Raises ClipError where a foreign clip's own file does not tell."""
        rows = 1 if self.is_picture else self._table.rows
        return len(self._table) if rows is None else rows

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its upright pictures. Raises ClipError as `len` does, and for a broken picture."""
        if self.is_picture:
            height, width = read_picture(self._members.read(self.column)).shape[:2]
            return width, height
        media = self._table.media or self._table.whole.media
        return upright(media["width"], media["height"], media.get("rotation", 0))

    @property
    def rate(self) -> Fraction:
        """Frames a second by the json: see `media.timeline.rate_of`."""
        return rate_of(self.facts)

    @cached_property
    def timeline(self) -> Timeline:
        """When each picture is shown. Raises ClipError as `len` does."""
        if self.is_picture:
            return Timeline(np.zeros(1, np.int64), Fraction(1), 0, self.rate)
        return self._table.whole.timeline(self.rate)

    @property
    def times(self) -> np.ndarray:
        """When each picture is shown, by its presentation time: float64 (frames,), seconds from the first one on."""
        return self.timeline.times

    @cached_property
    def keys(self) -> np.ndarray:
        """The numbers of the pictures that decode alone, int64 (n,), ascending; none where pictures can only be reached
        from the clip's start.
        """
        track = None if self.is_picture else self._table.whole
        return track.keys if track is not None and track.media["ranged"] else np.zeros(0, np.int64)

    def frames(
        self,
        numbers: Sequence[int] | np.ndarray | None = None,
        *,
        span: tuple[float, float] | None = None,
        every: int = 1,
        fps: float | Fraction | None = None,
        size: tuple[int, int] | None = None,
        most: int | None = None,
    ) -> Iterator[Chunk]:
        """Pictures in display order, in chunks of bounded size, of at most `most` pictures.

        Those of these `numbers`, ascending, or all: of a `span` (start, seconds), every n-th, or `fps` a second, each
        the one that is shown at its moment. `size` (width, height) scales them. Of some only the byte ranges that they
        need are read; for all the whole member, held against its checksum.
        Raises ClipError: `too-few-frames` for a number beyond the end, and those of `media.video.decode`; ValueError
        for numbers that descend, or that come with another choice.
        """
        if numbers is not None and (span is not None or every != 1 or fps is not None):
            raise ValueError("pictures are chosen by numbers, or by span, every and fps: give one of the two")
        if numbers is not None and (np.diff(numbers) < 0).any():
            raise ValueError(f"numbers must ascend, got {list(numbers)}: sort them")
        chosen = self._chosen(span, every, fps) if numbers is None else np.asarray(numbers, np.int64)
        done = 0
        for stack in self._stacks(chosen, size, most):
            there = np.arange(done, done + len(stack))
            yield Chunk(there if chosen is None else chosen[there], stack, lambda: self.times)
            done += len(stack)

    def sound(self, start: float = 0.0, seconds: float | None = None, rate: int = 16000) -> Sound:
        """The sample's sound, mono, from `start` seconds on, for so many seconds or to its end: that of its own column,
        else the container's. Raises ClipError: `no-sound`, and those of `read_sound`.
        """
        own = sound_column(self._members)
        if self.is_picture and own is None:
            raise ClipError("no-sound", "a picture has no sound")
        if own is None and seconds is not None and self._heard is self:
            track = self._table.whole
            source = sound_source(self._members, self.facts, track, start, seconds)
            return Sound(source.span(self._table.reader(track), start, seconds, rate), rate)
        if own is None and self._heard is not self:
            return self._heard.sound(start, seconds, rate)
        whole = read_sound(self._members.read(own) if own else self._table.body(), rate)
        return cut(whole, start, max(0.0, whole.duration - start) if seconds is None else seconds)

    def part(
        self, numbers: np.ndarray, spanned: Callable[[Timeline], tuple[float, float]] | None = None, behind: int = 1
    ) -> Part:
        """The bytes of pictures `numbers`, int64 (n,), ascending, read at once, in any thread; with those of the sound
        of the span (start, seconds) that `spanned` names by the times of these pictures and of the next `behind`.

        Raises ClipError `too-few-frames`, `no-sound`.
        """
        voice: list[Any] = []

        def spoken(track: PacketTrack) -> list[tuple[int, int]]:
            """Where the sound of the span stands in this very member."""
            assert spanned is not None
            span = spanned(track.timeline(self.rate))
            told = track if self._heard is self else self._heard._table.whole
            source = sound_source(self._members, self.facts, told, *span)
            voice[:] = source, told, span
            return source.ranges if told is track else []

        track, read_range = self._table.fetched(numbers, behind, None if spanned is None else spoken)
        if not voice:
            return Part(numbers, read_range, track, lambda: self._table.whole)
        source, told, span = voice
        heard = (
            read_range
            if told is track
            else HeldRanges(self._heard._table.reader(told), joined_list(source.ranges, GAP))
        )
        return Part(numbers, read_range, track, lambda: self._table.whole, partial(source.span, heard, *span))

    @cached_property
    def _heard(self) -> Clip:
        """The clip that is heard where there is no sound column: a twin speaks with the voice of the sample's own
        container, whose packets the sample's sound table lists.
        """
        named = self.facts.get("container")
        if not isinstance(named, str) or named in (self.column, *PICTURE):
            return self
        if self._members.has(named):
            return Clip(self._members, self.facts, named)
        media = self.facts.get("media")
        if not isinstance(media, dict) or SOUND not in media:
            return self
        # The sound's table speaks of a file that is not there.
        silent = {**self.facts, "media": {name: told for name, told in media.items() if name != SOUND}}
        return Clip(self._members, silent | {"container": self.column}, self.column)

    def _stacks(
        self, numbers: np.ndarray | None, size: tuple[int, int] | None, most: int | None
    ) -> Iterator[np.ndarray]:
        """The pictures of these numbers, or all, uint8 (n, H, W, 3) each."""
        if self.is_picture:
            picture = read_picture(self._members.read(self.column))
            return self._repeated(picture if size is None else scaled(picture, size), numbers)
        if numbers is None:
            rotation = None if self._table.media is None else self._table.media.get("rotation", 0)
            return painted(decoded(self._table.body()), size, rotation, most)
        found = (picture for run in self._runs(numbers) for picture in self._run(run))
        return painted(repeated(found, numbers), size, self._table.whole.media.get("rotation", 0), most)

    def _chosen(self, span: tuple[float, float] | None, every: int, fps: float | Fraction | None) -> np.ndarray | None:
        """The numbers of the pictures that are wanted; None for all."""
        if self.is_picture or (span is None and every == 1 and fps is None):
            return None
        line = self.timeline
        start, seconds = span or (0.0, line.lasting(0, len(line)))
        inside = line.within(start, start + seconds)
        if fps is None or not len(inside):
            return inside[::every]
        paced = line.paced(int(inside[0]), fps, max(1, round(seconds * fps)))
        return paced[paced <= inside[-1]][::every]

    def _runs(self, numbers: np.ndarray) -> list[np.ndarray]:
        """The distinct numbers, parted where a keyframe lets the decoder leap."""
        distinct = np.unique(numbers)
        if not len(distinct):
            return []
        key = np.searchsorted(self.keys, distinct, side="right")
        leaps = 1 + np.flatnonzero((np.diff(key) > 0) & (np.append(self.keys, 0)[key[1:] - 1] > distinct[:-1]))
        return np.split(distinct, leaps)

    def _run(self, numbers: np.ndarray) -> Iterator[VideoFrame]:
        track = self._table.whole
        self._check(numbers)
        return decoded_of(self._table.reader(track), track.table, track.media, numbers)

    def _repeated(self, picture: np.ndarray, numbers: np.ndarray | None) -> Iterator[np.ndarray]:
        """The one picture of a picture, as often as it is asked for."""
        times = 1 if numbers is None else len(numbers)
        if times and numbers is not None:
            self._check(numbers)
        return iter([np.repeat(picture[None], times, axis=0)] if times else [])

    def _check(self, numbers: np.ndarray) -> None:
        """Raises ClipError `too-few-frames` for numbers, ascending, that the clip does not have."""
        if numbers[0] < 0 or numbers[-1] >= len(self):
            wrong = numbers[0] if numbers[0] < 0 else numbers[-1]
            raise ClipError("too-few-frames", f"{self.column} has frames 0 to {len(self) - 1}, got frame {wrong}")
