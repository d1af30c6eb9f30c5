"""A clip as one stage sees it: the pictures that all share, other stages' columns, the sound, other clips."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from faceshards.curation.engine.feed import FeedReader
from faceshards.curation.engine.live import LiveTable
from faceshards.curation.engine.stage import ColumnBody
from faceshards.curation.engine.threads import Threads
from faceshards.errors import ClipError, StageBug
from faceshards.jobs.watch import WorkStep
from faceshards.media.clip import Clip
from faceshards.media.members import clip_column, clip_members
from faceshards.media.sound import Sound
from faceshards.media.timeline import Timeline, rate_of
from faceshards.media.video.chunks import Chunk
from faceshards.shards.reader import Shard
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.states import DONE, NOT_YET, state_of
from faceshards.shards.storage.extent import CHUNK

Value = TypeVar("Value")

#: Most frames of a chunk; of large pictures it holds fewer (`media.video.chunks`).
CHUNK_FRAMES = 32


class SharedClip:
    """One sample of an open shard while stages work on it. `facts` is its json, with what stages have found so far;
    `made` its columns that are not in the shard yet; `counts` what the work cost; `peeks` stage -> the members of other
    clips that it looked at, KEY/COLUMN each.
    """

    def __init__(
        self, shard: Shard, row: int, facts: Mapping[str, Any], made: Mapping[str, ColumnBody] | None = None
    ) -> None:
        self.shard, self.row, self.key = shard, row, shard.keys[row]
        self.facts: dict[str, Any] = dict(facts)
        self.made: dict[str, ColumnBody] = dict(made or {})
        self.counts: dict[str, int] = {}
        self.peeks: dict[str, set[str]] = {}
        self.tables: dict[str, LiveTable] = {}
        self._sounds: dict[int, Sound] = {}
        self._lock, self._listening = Lock(), Lock()

    @cached_property
    def clip(self) -> Clip:
        """The open clip."""
        return Clip.of(self.shard, self.row, self.facts)

    def count(self, name: str, number: int = 1) -> None:
        """Adds to one of `counts`, from any thread."""
        with self._lock:
            self.counts[name] = self.counts.get(name, 0) + number

    def peek(self, stage: str, row: int) -> Clip:
        """The clip of another row of the shard, at which a stage looks."""
        facts = self.shard.json(row)
        members = clip_members(self.shard, clip_column(self.shard, facts))
        with self._lock:
            self.peeks.setdefault(stage, set()).update(f"{self.shard.keys[row]}/{name}" for name in members)
        return Clip.of(self.shard, row, facts)

    def chunks(self) -> Iterator[Chunk]:
        """All pictures, once, counted as they are decoded."""
        for chunk in self.clip.frames(most=CHUNK_FRAMES):
            self.count("frames_decoded", len(chunk.numbers))
            yield chunk

    def sound(self, rate: int) -> Sound:
        """All of the sound, decoded once for each rate."""
        with self._listening:
            if rate not in self._sounds:
                self._sounds[rate] = self.clip.sound(rate=rate)
            return self._sounds[rate]

    def has(self, column: str) -> bool:
        """Whether a column has a value, be it an empty one."""
        if column in self.made:
            return state_of(self.facts, column, size_of(self.made[column])) == DONE
        return self.shard.filled(self.row, column)

    def no_value(self, column: str) -> ClipError:
        """Why a column has none: its stage failed, or has not run on this clip."""
        if state_of(self.facts, column, 0) == NOT_YET:
            maker = COLUMNS[column].maker if column in COLUMNS else "the stage that makes it"
            return ClipError("needs-failed", f"{column} is not made of this clip yet: run {maker} first")
        return ClipError("needs-failed", f"{column} has no value: the stage that makes it failed")

    def value(self, column: str) -> Any:
        """The decoded value of a column. Raises ClipError `needs-failed` where it has none."""
        if not self.has(column):
            raise self.no_value(column)
        return codecs.decode(column, bytes_of(self.made[column]) if column in self.made else self.read(column))

    def read(self, column: str) -> bytes:
        """The bytes of a member of the shard."""
        return bytes(self.shard.read(self.row, column))


class StageClip:
    """What a stage is given. Seconds and frames count as in `media.Clip`."""

    def __init__(self, shared: SharedClip, threads: Threads, step: WorkStep, reader: FeedReader | None) -> None:
        self._shared, self._threads, self._step, self._reader = shared, threads, step, reader
        self._unread = reader

    @property
    def key(self) -> str:
        """The sample's key."""
        return self._shared.key

    @property
    def row(self) -> int:
        """Its row in the shard."""
        return self._shared.row

    @property
    def shard(self) -> Shard:
        """The shard, for stages that look at other clips of it."""
        return self._shared.shard

    @property
    def facts(self) -> Mapping[str, Any]:
        """The sample's json as it stands, with what stages before have found."""
        return self._shared.facts

    @property
    def rate(self) -> Fraction:
        """Frames a second; the default one for a picture, which has none."""
        return rate_of(self.facts)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its upright pictures, in pixels."""
        return self._shared.clip.size

    @property
    def timeline(self) -> Timeline:
        """When each picture is shown."""
        return self._shared.clip.timeline

    async def frames(self) -> AsyncIterator[Chunk]:
        """The clip's pictures in chunks: `numbers`, `times`, and `pictures`, uint8 (n, H, W, 3) RGB, read-only. A chunk
        goes when the next is asked for: keep copies of what outlives it. Raises ClipError as `media.Clip.frames` does,
        or `no-frames`.
        """
        reader, self._unread = self._unread, None
        if reader is None:
            raise StageBug(f"stage {self._step.name}: frames() can be read once, where needs() names Frames()")
        empty = True
        async for chunk in reader:
            empty = False
            yield chunk
        if empty:
            raise ClipError("no-frames", "nothing in the clip decodes to a picture")

    async def rows(self, column: str, chunk: Chunk, before: int = 0, ahead: int = 0) -> dict[str, np.ndarray]:
        """The rows of a `Live` column that are of the frames of a chunk, of so many before and so many behind it: name
        -> array, `frame` among them; of no rows, `frame` alone. Raises ClipError `needs-failed`.
        """
        first, last = int(chunk.numbers[0]) - before, int(chunk.numbers[-1]) + ahead
        return await self._shared.tables[column].between(first, last)

    async def thread(self, call: Callable[..., Value], *args: Any) -> Value:
        """The result of a long call that gives up Python's lock, run in a thread while other clips go on."""
        return await self._threads.run(self._step, call, *args)

    def column(self, name: str) -> Any:
        """The decoded value of a `Made` column. Raises ClipError `needs-failed` where its maker failed."""
        return self._shared.value(name)

    def has(self, name: str) -> bool:
        """Whether a column has a value, be it an empty one."""
        return self._shared.has(name)

    def sound(self, rate: int = 16000) -> Sound:
        """The sample's sound, mono at `rate` Hz, from its first picture on; decoded once for all stages. Raises
        ClipError: `no-sound`, and those of `media.Clip.sound`.
        """
        return self._shared.sound(rate)

    def peek(self, row: int) -> Clip:
        """The clip of another row of the shard, for a look. It enters the stage's inputs: where it is replaced, the
        stage runs again. Clips of other shards cannot be looked at: a shard is current, or not, by itself.
        """
        return self._shared.peek(self._step.name, row)

    def count(self, name: str, number: int = 1) -> None:
        """Adds to one of the counts of the report."""
        self._shared.count(name, number)

    def leave(self) -> None:
        """The stage reads no further."""
        if self._reader is not None:
            self._reader.leave()


def size_of(body: ColumnBody) -> int:
    """How many bytes a member's body has."""
    return len(body) if isinstance(body, bytes) else body.size


def bytes_of(body: ColumnBody) -> bytes:
    """A member's body, in memory."""
    return body if isinstance(body, bytes) else b"".join(map(bytes, body.pieces(memoryview(bytearray(CHUNK)))))
