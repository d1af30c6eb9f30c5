"""What a stage puts out of one clip, column by column, while it works: beyond a few MB it waits on the disk."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from uuid import uuid4

import numpy as np

from faceshards.curation.engine.live import LiveTable, Rows
from faceshards.curation.engine.result import check_finite
from faceshards.curation.engine.stage import Outcome
from faceshards.curation.engine.threads import Threads
from faceshards.errors import ClipError
from faceshards.jobs.watch import WorkStep
from faceshards.media.encode import Encoder
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.timeline import Timeline
from faceshards.shards.schema.codecs import npy_header
from faceshards.shards.schema.columns import PACKETS
from faceshards.shards.storage.extent import FileExtent

# Bytes of a column that stay in memory.
_IN_MEMORY = 4 << 20


class Outlet:
    """Collects an `Outcome`. `folder` takes what is too large for memory, `step` names the work; `tables` are the
    clip's live columns, `line` says when its pictures are shown.
    """

    def __init__(
        self, folder: Path, threads: Threads, step: WorkStep, line: Callable[[], Timeline], tables: dict[str, LiveTable]
    ) -> None:
        self._folder, self._threads, self._step, self._line, self._tables = folder, threads, step, line, tables
        self._arrays: dict[str, _Array] = {}
        self._columns: dict[str, Any] = {}
        self._scores: dict[str, Any] = {}
        self._media: dict[str, Any] = {}

    def add(self, column: str, rows: np.ndarray) -> None:
        """More rows of an `.npy` column: arrays (n, ...) of one type and one shape behind the first axis. Raises
        ValueError for what a shard cannot hold: objects, NaN, infinity.
        """
        check_finite(column, rows)
        if column not in self._arrays:
            self._arrays[column] = _Array(rows, self._folder)
        self._arrays[column].add(rows)

    def put(self, column: str, value: Any) -> None:
        """A whole column: its value, or its bytes."""
        self._columns[column] = value

    def score(self, **scores: Any) -> None:
        """Values for the json."""
        self._scores |= scores

    def tell(self, column: str, through: int, rows: Rows) -> None:
        """Tells other stages of the pass, where any reads them live, the rows of all frames up to `through`, as arrays
        with `frame` among them.
        """
        if column in self._tables:
            self._tables[column].tell(through, rows)

    @asynccontextmanager
    async def video(self, column: str) -> AsyncIterator[Video]:
        """A video of the clip's frames, encoded in a thread while the stage goes on; with it comes its packet table."""
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".mp4", delete=False) as file:
            path, video = Path(file.name), Video(file, self._threads, self._step, self._line)
            try:
                yield video
                await video.close()
                await self._has(column, path)
            except BaseException:
                try:
                    await video.drop()
                finally:
                    path.unlink(missing_ok=True)
                raise

    async def film(self, column: str, path: Path) -> None:
        """A video that is in a file already; the file is taken. Raises ClipError as `packet_table` does."""
        own = self._folder / f"{uuid4().hex}.mp4"
        try:
            await self._threads.run(self._step, shutil.move, path, own)
            await self._has(column, own)
        except BaseException:
            own.unlink(missing_ok=True)
            raise

    async def _has(self, column: str, path: Path) -> None:
        """Takes a file of the folder as a column, with its packet table."""
        table, media = await self._threads.run(self._step, packet_table, path)
        self._columns |= {column: FileExtent.whole(path), f"{column}.{PACKETS}": narrow(table)}
        self._media[column] = media

    def close(self) -> None:
        """Gives up what is held on the disk for arrays."""
        for array in self._arrays.values():
            array.close()

    def outcome(self) -> Outcome:
        """All that was put out."""
        arrays = {name: array.body() for name, array in self._arrays.items()}
        return Outcome(arrays | self._columns, self._scores, self._media)


class _Array:
    """An array in the making: its rows, in memory or on the disk."""

    def __init__(self, first: np.ndarray, folder: Path) -> None:
        npy_header(first.dtype, first.shape)  # refuses objects
        self._dtype, self._shape = first.dtype, first.shape[1:]
        self._rows = 0
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))  # noqa: SIM115 - lives on

    def add(self, rows: np.ndarray) -> None:
        if (rows.dtype, rows.shape[1:]) != (self._dtype, self._shape):
            raise ValueError(f"rows are {self._dtype} {self._shape} each, got {rows.dtype} {rows.shape[1:]}")
        self._file.write(rows.tobytes())
        self._rows += len(rows)

    def body(self) -> bytes:
        """The `.npy`."""
        self._file.seek(0)
        return npy_header(self._dtype, (self._rows, *self._shape)) + self._file.read()

    def close(self) -> None:
        self._file.close()


class Video:
    """A video in the making, whose pictures are shown when the clip's own are: one chunk of them is encoded while the
    stage draws the next.
    """

    def __init__(self, file: IO[bytes], threads: Threads, step: WorkStep, line: Callable[[], Timeline]) -> None:
        self._file, self._threads, self._step, self._line = file, threads, step, line
        self._encoder: Encoder | None = None
        self._ticks: np.ndarray | None = None
        self._job: asyncio.Task[None] | None = None

    async def add(self, pictures: np.ndarray, numbers: np.ndarray) -> None:
        """More pictures, uint8 (n, H, W, 3) RGB, in place of those of the clip that have these numbers; waits until
        those before are encoded. Raises ClipError as `media.Encoder.add` does.
        """
        await self._settled()
        self._begin(self._encode, pictures, numbers)

    async def close(self) -> None:
        """Ends the file. Raises ClipError `no-frames` where there is no picture."""
        await self._settled()
        if self._encoder is None:
            raise ClipError("no-frames", "there is no picture to encode")
        self._begin(self._encoder.close)
        await self._settled()
        self._file.flush()

    async def drop(self) -> None:
        """Ends the work on a file that nobody wants."""
        with suppress(Exception):
            await self._settled()
        if self._encoder is not None:
            with suppress(Exception):
                await self._threads.run(self._step, self._encoder.close)

    def _encode(self, pictures: np.ndarray, numbers: np.ndarray) -> None:
        if self._encoder is None:
            line = self._line()
            self._ticks = None if line.is_even else _ascending(line.ticks - line.zero)
            tick = None if self._ticks is None else line.tick
            self._encoder = Encoder(cast(BinaryIO, self._file), line.rate, tick=tick)
        for picture, number in zip(pictures, numbers.tolist(), strict=True):
            self._encoder.add(picture, number if self._ticks is None else int(self._ticks[number]))

    def _begin(self, call: Callable[..., None], *args: Any) -> None:
        self._job = asyncio.get_running_loop().create_task(self._threads.run(self._step, call, *args))

    async def _settled(self) -> None:
        """Waits for what is under way, and raises its error. Who waits may be cancelled: what is under way is not."""
        if self._job is not None:
            await asyncio.shield(self._job)


def _ascending(ticks: np.ndarray) -> np.ndarray:
    """The ticks, each at least one behind the one before: rounded to a coarse tick, two pictures may have one time."""
    order = np.arange(len(ticks))
    return np.maximum.accumulate(ticks - order) + order
