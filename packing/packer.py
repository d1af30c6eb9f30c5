"""Packing a source, from its clips to its shards and its report.

    source -> clip list -> clip -> sample -> shard        (the kind says which clips, and what each becomes)
                            `-> rejected, with its reason

1. A bad clip is rejected and the work goes on; every clip of the list is packed or rejected, never lost.
2. Where nothing can go on (the source is gone, the disk is full), the open shards are discarded, so that no file stands
   under its final name that is not whole.
3. The report is written after each shard and, in each case, at the end.
4. What an equal run did already is not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache, cached_property, partial
from traceback import format_exception
from typing import Any, TypeVar

from faceshards.errors import ClipError, FaceshardsError, SoftwareError, SourceError, StorageError
from faceshards.jobs.bugs import no_bugs
from faceshards.jobs.small_file import make_folder
from faceshards.packing.ahead import ahead, cores
from faceshards.packing.cutting.cut_archive import CutArchive, CutKeys
from faceshards.packing.kinds.clips.kind import Clips
from faceshards.packing.kinds.kind import Kind
from faceshards.packing.options import PackOptions
from faceshards.packing.output import Output, ShardNames, expected_bytes, one_line, provenance
from faceshards.packing.pack_report import PackReport, pack_report_path, source_identity
from faceshards.packing.replacing import Replacing, remove_shard
from faceshards.packing.shards_report import last_report
from faceshards.packing.sources.archive import Archive, EntryFault, readable, source_name
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.schema.columns import PACKETS, RENDITION
from faceshards.shards.schema.keys import UniqueKeys
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.sink import check_target
from faceshards.shards.storage.url import Place
from faceshards.shards.writer import MemberBody, Written

Made = TypeVar("Made")

# What stands in the list for a clip whose sample is made.
_DONE = RawClip("", "", "", False, ())
#: Told (clips done, clips in all) before each clip and after the last.
Progress = Callable[[int, int], None]


class Packer:
    """One run over an open source of a `kind` (by default clips) into a folder of a disk, made where it is missing, or
    below a URL; `force` packs again what stands already. Samples are made in `workers` threads, by default one a
    processor; the shards' bytes do not depend on it. `name` is what shards and report are called, by default after the
    source. An equal run is done again for the sake of samples that were rejected with a reason code of `again`.
    Raises UsageError for a store that takes no shards, StorageError for one that is silent.
    """

    def __init__(
        self,
        archive: Archive,
        folder: Place,
        options: PackOptions,
        force: bool = False,
        *,
        kind: Kind | None = None,
        workers: int | None = None,
        name: str | None = None,
        again: Collection[str] = (),
    ) -> None:
        check_target(folder)
        self._cuts = CutArchive(archive, options.cut, options) if options.cut else None
        self.archive = self._cuts or archive
        self.kind = kind or Clips(options)
        self._workers = workers or cores()
        self._name = name or source_name(archive.path)
        self._again = again
        self._folder = folder
        self._options = options
        self._force = force
        self._earlier = self._last_report()
        self._given, self._done = UniqueKeys(), 0

    @cached_property
    def listed(self) -> ClipList:
        """The source's clips, the first `limit` of them. Raises SourceError where there is none."""
        found = self.kind.listed(self.archive)
        if not found.clips:
            others = ", ".join(f"{count} {kind}" for kind, count in found.ignored.items())
            but = f" (but {others})" if others else ""
            raise SourceError(
                f"{self.archive.path}: this {self.archive.kind} holds no clips{but} that `pack {self.kind.name}` takes"
                ": `faceshards pack --help` lists the kinds"
            )
        found = self._cuts.chosen(found) if self._cuts else found
        return replace(found, clips=found.clips[: self._options.limit])

    @cached_property
    def _plan(self) -> dict[str, Any]:
        clips, options = self.listed.clips, self._options
        made = sorted({self.kind.made(clip).fingerprint for clip in clips})
        source = source_identity(self.archive, clips)
        return {"kind": self.kind.record(), "source": source, "options": options.record(), "made": made}

    def _last_report(self) -> PackReport | None:
        return last_report(PackReport, pack_report_path(self._folder, self._name), self._name)

    def already_packed(self) -> PackReport | None:
        """The report of the run that did all this before, or None where there is work to do."""
        if self._force or not self._earlier or self._earlier.failed.get("pack", {}).keys() & set(self._again):
            return None
        return self._earlier if self._earlier.is_done(self._plan, self._folder) else None

    def run(self, progress: Progress = lambda done, total: None) -> PackReport:
        """Packs the source, under a lease on its report: of two runs into one folder under one name the second is told,
        or finds what the first has done. Raises SourceError, StorageError or UsageError where nothing can go on.
        """
        make_folder(self._folder)
        with lease(pack_report_path(self._folder, self._name)):
            self._earlier = self._last_report()
            return self.already_packed() or self._run(progress)

    def _run(self, progress: Progress) -> PackReport:
        containers = (clip.column for clip in self.listed.clips if clip.column)
        names = ShardNames(self._folder, self._name, containers, self._options.max_bytes is not None)
        columns = {*self.kind.columns, RENDITION, f"{RENDITION}.{PACKETS}"}
        replacing = Replacing(self.archive, self._earlier, self._force, cache(self._keys), columns)
        standing = dict(self._earlier.shards) if self._earlier else {}
        for path in [*names.standing(), *(self._folder / name for name in standing)]:
            with lease(path):  # whoever writes it is heard of now, not after the first clip
                replacing.check(path)
        source = readable(str(self.archive.path))
        report = PackReport("pack", source, kind=self.archive.kind, plan=self._plan, shards=standing)
        report.add_listed(self.listed)
        try:
            with one_line(self._folder):
                self._pack(names, replacing, report, progress)
                if report.files:
                    self._forget_stale(report)
        except (FaceshardsError, KeyboardInterrupt) as error:
            report.bug = "".join(format_exception(error)) if isinstance(error, SoftwareError) else None
            with suppress(StorageError):  # on a full disk the first error is the one to tell
                self._save(report, readable(str(error)) or "interrupted")
            raise
        self._save(report, None if report.whole else _all_rejected(report.seen))
        return report

    def _keys(self) -> Container[str]:
        """The keys that were given, and those that clips get which still wait."""
        keys = UniqueKeys(self._given)
        for clip in self.listed.clips[self._done :]:
            keys.key(clip.name)
        return CutKeys(keys) if self._cuts else keys

    def _pack(self, names: ShardNames, replacing: Replacing, report: PackReport, progress: Progress) -> None:
        def done(written: Written) -> None:
            report.add_shard(written)
            self._save(report, "not finished")  # a killed run leaves word of the shards that it made

        clips = self.listed.clips
        output = Output(
            names,
            provenance(clips, self.kind.made),
            expected={} if self._cuts else expected_bytes(clips, self.archive.nbytes),
            max_bytes=self._options.max_bytes,
            may_write=replacing.check,
            done=done,
        )
        sample = partial(_sample, self.kind, self.archive)
        with output, self._parted(clips, progress) as parts, ahead(parts, sample, self._workers) as made:
            while True:
                with report.timed("wait for samples"):
                    found = next(made, None)
                if found is None:
                    break
                clip, members = found
                self._forget_next()
                if isinstance(members, ClipError):
                    report.add_rejected(clip.name, members.code, str(members))
                    continue
                with report.timed("write"):
                    output.add(clip.column, self._given.key(clip.name), members)
                report.add_whole()
                report.add_partial(clip.name, members["json"])
            progress(len(clips), len(clips))
        if self._cuts and self._cuts.short:
            report.add_count("spans too short", self._cuts.short)

    @contextmanager
    def _parted(self, clips: list[RawClip], progress: Progress) -> Iterator[Iterator[RawClip]]:
        """The samples to make, clip by clip; where videos are cut, the next ones are looked through meanwhile."""
        if not self._cuts:
            yield _told(([clip] for clip in clips), len(clips), progress)
            return
        with self._cuts.watched(), ahead(clips, partial(_tried, self._cuts.parts), self._workers) as parted:
            yield _told((parts for _, parts in parted), len(clips), progress)

    def _forget_next(self) -> None:
        """Lets go of the first clip that is still listed: its sample is made. The names of many small files take more
        memory than the shards that are open.
        """
        if not self._cuts:  # a clip that is cut makes several samples, and such are few
            self.listed.clips[self._done] = _DONE
            self._done += 1

    def _forget_stale(self, report: PackReport) -> None:
        """Removes the shards that only an earlier run made: they hold the same clips once more."""
        for name in report.stale_shards():
            remove_shard(self._folder / name)
            del report.shards[name]

    def _save(self, report: PackReport, error: str | None) -> None:
        with one_line(self._folder):
            report.close(error).save(pack_report_path(self._folder, self._name))


def _sample(kind: Kind, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody] | ClipError:
    """The members of a clip, or why it is rejected. Raises what ends the run."""
    if clip.fault:
        return clip.fault.error()
    return _or_reason(lambda: kind.sample(archive, clip), clip)


def _told(parted: Iterable[list[RawClip]], clips: int, progress: Progress) -> Iterator[RawClip]:
    """The parts of clips, one after the other; tells how many of the clips are begun."""
    for number, parts in enumerate(parted):
        progress(number, clips)
        yield from parts


def _tried(parts: Callable[[RawClip], list[RawClip]], clip: RawClip) -> list[RawClip]:
    """The parts of a clip, or the clip with the reason why it has none. Raises what ends the run."""
    found = _or_reason(lambda: parts(clip), clip)
    return [replace(clip, fault=EntryFault(found.code, str(found)))] if isinstance(found, ClipError) else found


def _or_reason(make: Callable[[], Made], clip: RawClip) -> Made | ClipError:
    try:
        with no_bugs(f"clip {clip.name!r}"):
            return make()
    except ClipError as error:
        return error
    except FaceshardsError:
        raise
    except Exception as error:  # noqa: BLE001 - no input ends a run, whatever a codec makes of it
        return ClipError("stage-failed", f"{type(error).__name__}: {error}")


def _all_rejected(clips: int) -> str:
    return "its only clip is rejected" if clips == 1 else f"all {clips} clips are rejected"
