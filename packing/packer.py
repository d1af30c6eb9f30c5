"""Packing a source, from its catalogue to its shards and its report.

    source -> catalogue -> clip -> sample -> shard
                            `-> rejected, with its reason

1. A bad clip is rejected and the work goes on; every clip of the catalogue is packed or rejected, never lost.
2. Where nothing can go on (the source is gone, the disk is full), the open shards are discarded, so that no file stands
   under its final name that is not whole.
3. The report is written in each case, last.
4. What an equal run did already is not done again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from faceshards.errors import ClipError, FaceshardsError, SourceError, StorageError
from faceshards.packing.options import PackOptions
from faceshards.packing.output import Output, ShardNames, expected_bytes, provenance
from faceshards.packing.pack_report import PackReport, earlier_report, pack_report_path, source_identity
from faceshards.packing.replacing import Replacing, remove_stale
from faceshards.packing.sample import make_sample
from faceshards.packing.sources.archive import Archive, readable
from faceshards.packing.sources.catalogue import Catalogue, RawClip, catalogue
from faceshards.shards.atomic import storage_errors
from faceshards.shards.keys import UniqueKeys

#: Told (clips done, clips in all) after each clip.
Progress = Callable[[int, int], None]


class Packer:
    """One run over one open source. `folder` exists; `force` packs again what stands already."""

    def __init__(self, archive: Archive, folder: Path, options: PackOptions, force: bool = False) -> None:
        self.archive = archive
        self.name = shard_name(archive.path)
        self._folder = folder
        self._options = options
        self._force = force
        self._catalogue: Catalogue | None = None

    @property
    def catalogue(self) -> Catalogue:
        """The source's clips, the first `limit` of them. Raises SourceError where there is none."""
        if self._catalogue is None:
            found = catalogue(self.archive)
            if not found.clips:
                raise SourceError(f"{self.archive.path}: no clips in this {self.archive.kind}: {_what_else(found)}")
            self._catalogue = Catalogue(found.clips[: self._options.limit], found.ignored)
        return self._catalogue

    def earlier(self) -> PackReport | None:
        """The report of the run that already did all this, or None."""
        report = earlier_report(self._folder, self.name)
        return report if report and not self._force and report.is_done(self._plan(), self._folder) else None

    def run(self, progress: Progress = lambda done, total: None) -> PackReport:
        """Packs the source. Raises SourceError, StorageError or UsageError where nothing can go on."""
        earlier = earlier_report(self._folder, self.name)
        replacing = Replacing(self.archive.path, earlier, self._force)
        names = ShardNames(self._folder, self.name, self.catalogue.clips, self._options.max_bytes is not None)
        for path in [names.path(column) for column in names.columns] + self._earlier_paths(earlier):
            replacing.check(path)
        report = self._new_report(earlier)
        try:
            self._pack(names, replacing, report, progress)
        except (FaceshardsError, KeyboardInterrupt) as error:
            self._save(report, str(error) or "interrupted")
            raise
        if report.files:
            self._forget_stale(report)
        self._save(report, None if report.whole else f"all {report.seen} clips are rejected")
        return report

    def _pack(self, names: ShardNames, replacing: Replacing, report: PackReport, progress: Progress) -> None:
        clips, options = self.catalogue.clips, self._options
        output = Output(
            names,
            provenance(clips, options),
            expected=expected_bytes(clips, self.archive.nbytes),
            max_bytes=options.max_bytes,
            may_write=replacing.check,
            done=report.add_shard,
        )
        keys = UniqueKeys()
        with output:
            for number, clip in enumerate(clips):
                progress(number, len(clips))
                try:
                    with report.timed("read and encode"):
                        members = self._attempt(clip)
                except ClipError as error:
                    report.add_rejected(clip.name, error.code, str(error))
                    continue
                with report.timed("write"):
                    output.add(clip.column, keys.key(clip.name), members)
                report.add_whole()
            progress(len(clips), len(clips))

    def _attempt(self, clip: RawClip) -> dict[str, bytes]:
        try:
            return make_sample(self.archive, clip, self._options)
        except (FaceshardsError, ImportError, NameError):
            raise
        except Exception as error:  # noqa: BLE001 - no bad input ends a run, whatever a codec makes of it
            raise ClipError("stage-failed", f"{type(error).__name__}: {error}") from error

    def _plan(self) -> dict[str, object]:
        options = self._options
        made = sorted({options.made(clip.frames).fingerprint for clip in self.catalogue.clips})
        return {
            "source": source_identity(self.archive, self.catalogue.clips),
            "options": options.record(),
            "made": made,
        }

    def _new_report(self, earlier: PackReport | None) -> PackReport:
        return PackReport(
            "pack",
            readable(str(self.archive.path)),
            kind=self.archive.kind,
            plan=self._plan(),
            ignored=self.catalogue.ignored,
            shards=dict(earlier.shards) if earlier else {},
        )

    def _earlier_paths(self, earlier: PackReport | None) -> list[Path]:
        return [self._folder / Path(name).name for name in earlier.shards] if earlier else []

    def _forget_stale(self, report: PackReport) -> None:
        """Removes the shards that only an earlier run made: they hold the same clips once more."""
        current = {Path(file).name for file in report.files}
        stale = [name for name in report.shards if name not in current]
        with storage_errors(self._folder):
            remove_stale(self._folder, stale)
        report.shards = {name: record for name, record in report.shards.items() if name in current}

    def _save(self, report: PackReport, error: str | None) -> None:
        report.close(readable(error) if error else None)
        with suppress(StorageError) if error else _nothing():
            report.save(pack_report_path(self._folder, self.name))
