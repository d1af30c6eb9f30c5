"""The compaction: chosen clips copied into new shards, in their order, each member held against its checksum.

A new shard appears whole or not at all, and the report says so before the next one is begun. So a run that was killed
goes on behind the last shard that it finished: which clip goes where is decided before the first byte is copied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any

from faceshards.errors import ColumnError, FaceshardsError, StorageError, UsageError
from faceshards.jobs.progress import Advance
from faceshards.jobs.small_file import exists, make_folder
from faceshards.packing.compact.chosen import Choice, ChosenRows
from faceshards.packing.compact.compact_report import (
    CompactReport,
    compact_report_path,
    stands,
)
from faceshards.packing.output import Output, ShardNames
from faceshards.packing.replacing import remove_shard
from faceshards.packing.shards_report import last_report
from faceshards.packing.sources.archive import readable
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import copied
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.states import void_columns, with_states
from faceshards.shards.storage.extent import CHUNK, Extent, checked
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.sink import check_target
from faceshards.shards.storage.url import Place
from faceshards.shards.storage.version import CHANGED, Changed
from faceshards.shards.writer import MemberBody, Written


class Compactor:
    """One compaction of a choice into a folder of a disk, made where it is missing, or below a URL. `source` and
    `where` are what the caller named, for the report; `force` replaces what stands there already. Raises UsageError
    for a store that takes no shards.
    """

    def __init__(
        self, choice: Choice, folder: Place, name: str, *, source: str, where: str, max_bytes: int, force: bool = False
    ) -> None:
        check_target(folder)
        self._choice, self._folder, self._name = choice, folder, name
        self._max_bytes, self._force = max_bytes, force
        self._plan: dict[str, Any] = {**choice.record(), "max_bytes": max_bytes}
        self._names = ShardNames(folder, name, choice.containers, split=True)
        self._columns = {one: choice.columns(one) for one in self._names.columns}
        self._report = CompactReport("compact", readable(source), where=where, plan=self._plan)
        self._earlier: CompactReport | None = None

    def run(self, progress: Advance = lambda done, total: None) -> tuple[CompactReport, bool]:
        """Copies the clips; the report, and whether there was anything to do. Under a lease on the report: of two
        runs under one name the second is told. Raises DamagedShard for a member that differs from its checksum,
        `Changed` for a shard that was replaced since its clips were chosen, UsageError where a file must stay,
        StorageError.
        """
        make_folder(self._folder)
        with lease(compact_report_path(self._folder, self._name)):
            self._earlier = last_report(CompactReport, compact_report_path(self._folder, self._name), self._name)
            if self._earlier and not self._force and self._earlier.is_done(self._plan, self._folder):
                return self._earlier, False
            self._check_what_stands()
            try:
                self._copy(progress)
            except (FaceshardsError, KeyboardInterrupt) as error:
                with suppress(StorageError):  # on a full disk the first error is the one to tell
                    self._save(readable(str(error)) or "interrupted")
                raise
            self._forget_stale()
            self._save(None)
            return self._report, True

    def _check_what_stands(self) -> None:
        """Whoever writes one of the files, and what may not be replaced, is heard of now, not after hours."""
        self._report.shards = dict(self._earlier.shards) if self._earlier else {}
        named = [*self._names.standing(), *(self._folder / name for name in self._report.shards)]
        for path in dict.fromkeys(named):
            with lease(path):
                self._may_write(path)

    def _may_write(self, path: Place) -> None:
        """Raises UsageError where a file of this name must stay: what this very compaction makes again may go, and what
        a run that was ended had just made, before it could say so.
        """
        earlier = self._earlier
        if self._force or not exists(path) or (earlier and earlier.begun == path.name):
            return
        if earlier is None or path.name not in earlier.shards:
            reason = "is there and was not made by compacting this source"
        elif not stands(path, earlier.shards[path.name]):
            reason = "was changed since it was compacted"
        elif earlier.error is None and earlier.plan.get("shards") != self._plan["shards"]:
            reason = "holds clips of shards that are no longer what they were, or of others"
        else:
            return
        raise UsageError(f"{path} {reason}: name another folder, or replace it with --force")

    def _finished(self, container: str) -> list[Written]:
        """The shards of a container, from the first on, that a run of this plan finished before it was ended."""
        found: list[Written] = []
        earlier = self._earlier
        if earlier is None or self._force or earlier.plan != self._plan:
            return found
        for number in count():
            path = self._names.path(container, number)
            told = earlier.shards.get(path.name)
            if told is None or path.name in earlier.stale_shards() or not stands(path, told):
                break
            found.append(Written(path, told["generation"], told["samples"], 0, told["bytes"]))
        return found

    def _copy(self, progress: Advance) -> None:
        finished = {one: self._finished(one) for one in self._names.columns}
        for written in (one for each in finished.values() for one in each):
            self._report.add_shard(written)
        output = Output(
            self._names,
            {one: self._choice.provenance(one) for one in self._names.columns},
            expected=self._choice.nbytes - Counter({one: sum(w.bytes for w in each) for one, each in finished.items()}),
            max_bytes=self._max_bytes,
            may_write=self._begin,
            done=self._done,
            first={one: len(each) for one, each in finished.items()},
        )
        waiting = Counter({one: sum(written.samples for written in each) for one, each in finished.items()})
        total = self._choice.kept
        with output, self._report.timed("copy"):
            for chosen in self._choice.shards:
                there = min(waiting[chosen.container], len(chosen.rows))
                waiting[chosen.container] -= there
                self._count(chosen, there)
                for key, members in self._samples(chosen, there):
                    progress(self._report.whole, total)
                    output.add(chosen.container, key, members)
                    self._report.add_whole()
            progress(total, total)

    def _count(self, chosen: ChosenRows, there: int) -> None:
        kept = len(chosen.rows)
        self._report.add_left_out(chosen.clips - kept)
        self._report.add_whole(there)
        self._report.add_count("renamed", chosen.renamed)
        if chosen.removed:
            self._report.add_count("removed", chosen.removed)
        told = {"shard": readable(str(chosen.place)), "clips": chosen.clips, "kept": kept}
        self._report.sources.append(told | ({"lacking": list(chosen.lacking)} if chosen.lacking else {}))

    def _samples(self, chosen: ChosenRows, there: int) -> Iterator[tuple[str, dict[str, MemberBody]]]:
        """Key and members of each chosen row behind the first ones, which are there already."""
        if there == len(chosen.rows):
            return
        with Shard(chosen.place) as shard:
            if shard.generation != chosen.generation:
                raise Changed(f"{chosen.place}: {CHANGED}")
            for row, key in zip(chosen.rows[there:].tolist(), chosen.keys[there:], strict=True):
                yield key, members_of(shard, row, self._columns[chosen.container])

    def _begin(self, path: Place) -> None:
        self._may_write(path)
        self._report.begun = path.name
        self._save("not finished")  # a run that is killed when the shard stands, and before it says so, said this

    def _done(self, written: Written) -> None:
        self._report.begun = ""
        self._report.add_shard(written)
        self._save("not finished")  # a killed run leaves word of the shards that it made

    def _forget_stale(self) -> None:
        """Removes shards that only an earlier run made: they hold the same clips once more."""
        for name in self._report.stale_shards():
            remove_shard(self._folder / name)
            del self._report.shards[name]

    def _save(self, error: str | None) -> None:
        self._report.close(error).save(compact_report_path(self._folder, self._name))


def members_of(shard: Shard, row: int, columns: list[str]) -> dict[str, MemberBody]:
    """A sample with all these columns, each member as it stands: nothing in those that the shard, or the sample, lacks.
    The json says of what has no value why, and stays as it is where it does so already.
    """
    members = {name: _body(shard, row, name) for name in columns}
    void = void_columns(members)
    facts = members["json"]
    if facts is None:
        facts = encode_json({"name": shard.keys[row]})
    if void and isinstance(facts, Extent):
        facts = b"".join(map(bytes, checked(facts, memoryview(bytearray(CHUNK)))))
    return {**members, "json": with_states(facts, void) if isinstance(facts, bytes) else facts}


def _body(shard: Shard, row: int, column: str) -> MemberBody:
    if not shard.has(column):
        return None
    try:
        return copied(shard, row, column)
    except ColumnError:  # a tar of others, whose samples differ in their columns
        return None
