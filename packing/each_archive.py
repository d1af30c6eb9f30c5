"""Several sources, each packed into shards of its own name: one after the other, or each as a task of a Ray."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from rich.markup import escape

from faceshards.errors import FaceshardsError, SoftwareError, SourceError, UsageError
from faceshards.jobs.cluster import ray_cluster
from faceshards.jobs.progress import progress
from faceshards.packing.ahead import cores
from faceshards.packing.annotations.joined import UNUSED
from faceshards.packing.kinds.kind import Kind
from faceshards.packing.options import PackOptions
from faceshards.packing.pack_report import PackReport
from faceshards.packing.packer import Packer
from faceshards.packing.sources.archive import readable, source_name
from faceshards.packing.sources.opening import open_source
from faceshards.packing.terminal import closing_table, pack_archive, show_archive
from faceshards.shards.storage.url import place
from faceshards.terminal import Screen

# Times that Ray does a source again whose node was lost.
_RETRIES = 3


@dataclass(frozen=True)
class Packing:
    """What is to be done with each source: the folder or URL of the shards, the options, and the `kind`, made anew for
    each source. `workers` samples of a source are made side by side; by default one a core, of Ray's tasks one.
    """

    out: str
    options: PackOptions
    kind: Callable[[], Kind]
    workers: int | None = None
    force: bool = False


@dataclass(frozen=True)
class PackedSource:
    """How it went with a source: its report, or the line that says why there is none; `unused` are the annotations
    that none of its clips has.
    """

    source: str
    report: dict[str, Any] | None
    error: str | None
    unused: frozenset[str] = frozenset()


def pack_sources(paths: Sequence[Path], packing: Packing, *, ray: str | None = None, as_json: bool = False) -> None:
    """Packs zips, tars and folders, each into shards of its name, and says how it went; what is wrong with one is told
    at the end, and the others are packed. `ray`: the address of a Ray, whose tasks do it, one a source; each node must
    see the sources and the folder under these paths.

    With `as_json` the reports are one list on stdout; of a single source one object, as `pack_archive` writes it.
    Raises SourceError where a source is not packed, UsageError for two of one name, StageError for no such Ray.
    """
    if len(paths) == 1 and ray is None:
        archive, out = open_source(paths[0], packing.options.limits), place(packing.out)
        kind, workers, force = packing.kind(), packing.workers, packing.force
        pack_archive(archive, out, packing.options, kind=kind, workers=workers, force=force, as_json=as_json)
        return
    _require_names(paths)
    console = Screen(stderr=as_json, highlight=False)
    outcomes = []
    for outcome in _here(paths, packing, console) if ray is None else _on_ray(paths, packing, ray, console):
        outcomes.append(outcome)
        if outcome.error:
            console.print(escape(_line(outcome)), soft_wrap=True)
    _close(outcomes, console, as_json)


def _require_names(paths: Sequence[Path]) -> None:
    counts = Counter(source_name(path) for path in paths)
    for path in paths:
        if counts[source_name(path)] > 1:
            raise UsageError(f"{path}: {counts[source_name(path)]} sources are called {source_name(path)}: rename one")


def _here(paths: Sequence[Path], packing: Packing, console: Screen) -> Iterator[PackedSource]:
    for path in paths:
        yield _outcome(path, partial(_shown, path, packing, console))


def _shown(path: Path, packing: Packing, console: Screen) -> PackedSource:
    with closing(open_source(path, packing.options.limits)) as archive:
        packer = _packer(archive, packing, packing.workers)
        return _told(path, packer, show_archive(packer, console))


def _on_ray(paths: Sequence[Path], packing: Packing, address: str, console: Screen) -> Iterator[PackedSource]:
    with ray_cluster(address, cpus=cores()), progress("packing", len(paths), "sources") as advance:
        import ray

        job = ray.put(ray.cloudpickle.dumps(replace(packing, out=_anywhere(packing.out))))
        task = ray.remote(_alone).options(num_cpus=packing.workers or 1, max_retries=_RETRIES)
        running = {task.remote(job, str(path.absolute())): path for path in paths}
        with _cancelled(ray, running):
            while running:
                (done,), _ = ray.wait(list(running), num_returns=1)
                outcome = _outcome(running.pop(done), partial(_got, ray, done))
                advance(len(paths) - len(running), len(paths))
                if outcome.report:
                    console.print(closing_table(cast(PackReport, PackReport.of(outcome.report))))
                yield outcome


def _anywhere(out: str) -> str:
    """A folder as it is called from any other."""
    there = place(out)
    return str(there.absolute()) if isinstance(there, Path) else out


def _got(ray: Any, ref: Any) -> PackedSource:
    try:
        packed: PackedSource = ray.get(ref)
        return packed
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        raise SourceError(f"its worker on Ray died: {' '.join(str(error).split())[:300]}") from error


@contextmanager
def _cancelled(ray: Any, running: dict[Any, Path]) -> Iterator[None]:
    """Tasks that are not done when the block ends are ended."""
    try:
        yield
    finally:
        for ref in running:
            with suppress(Exception):
                ray.cancel(ref, force=True)


def _alone(job: bytes, path: str) -> PackedSource:
    """A source packed in a task of Ray."""
    import pickle

    packing: Packing = pickle.loads(job)  # noqa: S301 - from our own driver
    with closing(open_source(Path(path), packing.options.limits)) as archive:
        packer = _packer(archive, packing, packing.workers or 1)
        return _told(Path(path), packer, packer.already_packed() or packer.run())


def _packer(archive: Any, packing: Packing, workers: int | None) -> Packer:
    return Packer(archive, place(packing.out), packing.options, packing.force, kind=packing.kind(), workers=workers)


def _told(path: Path, packer: Packer, report: PackReport) -> PackedSource:
    error = f"{report.error}, no shard was made" if report.error else None
    unused = frozenset(packer.listed.remarks.get(UNUSED, ()))
    return PackedSource(readable(str(path)), report.record(), error, unused)


def _outcome(path: Path, work: Callable[[], PackedSource]) -> PackedSource:
    """What the work tells, or the line of its error. Raises what is no source's fault."""
    try:
        return work()
    except SoftwareError:
        raise
    except (FaceshardsError, OSError) as error:
        return PackedSource(readable(str(path)), None, readable(str(error)).removeprefix(f"{path}: "))


def _close(outcomes: list[PackedSource], console: Screen, as_json: bool) -> None:
    failed = [one for one in outcomes if one.error]
    seen = [one.unused for one in outcomes if one.report]
    unused = frozenset.intersection(*seen) if seen else frozenset()
    console.print(f"{len(outcomes) - len(failed)} of {len(outcomes)} sources are packed")
    for one in failed:
        console.print(escape(f"not packed: {_line(one)}"), soft_wrap=True)
    if unused:
        console.print(escape(f"annotations of no clip in any source: {len(unused)}, such as {min(unused)!r}"))
    if as_json:
        records = [one.report or {"source": one.source, "error": one.error} for one in outcomes]
        Screen(highlight=False).print(json.dumps(records), soft_wrap=True, markup=False)
    if failed[1:]:
        raise SourceError(f"{failed[0].source} and {len(failed) - 1} more are not packed, as is said above")
    if failed:
        raise SourceError(_line(failed[0]))


def _line(outcome: PackedSource) -> str:
    return f"{outcome.source}: {outcome.error}"
