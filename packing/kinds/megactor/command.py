"""`faceshards pack megactor` and `faceshards export megactor`: MegActor's tars become shards, and shards such tars."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from faceshards.errors import UsageError
from faceshards.packing.kinds import shared_options as shared
from faceshards.packing.legacy import export_tar, exported_before, import_tar, imported_before
from faceshards.packing.many import One, OneDone, do_each, find_many, show
from faceshards.packing.many_on_ray import anywhere
from faceshards.packing.sources.compressed_tars import refuse_compressed
from faceshards.packing.sources.our_shards import refuse_shard
from faceshards.packing.sources.source_file import SourceFile
from faceshards.shards.legacy.field_maps import SIGMA, V1
from faceshards.shards.storage.url import place

_Workers = Annotated[int | None, typer.Option(help="Tars worked on side by side; by default one a core.", min=1)]
_Force = Annotated[bool, typer.Option("--force", help="Make again, and replace what stands there.")]


def pack_megactor(
    paths: Annotated[list[Path], typer.Argument(help="MegActor's tars, or folders that hold some at any depth.")],
    out: Annotated[str, typer.Option(help="Folder for the shards and their reports: a path, or an s3:// URL.")] = ".",
    kind: Annotated[str, typer.Option(help="v1, sigma, or auto: the fields' names tell.")] = "auto",
    source: shared.SourceOption = None,
    collection: shared.CollectionOption = None,
    licence: shared.LicenceOption = None,
    citation: shared.CitationOption = None,
    workers: _Workers = None,
    force: _Force = False,
    ray: shared.RayOption = None,
    as_json: shared.JsonOption = False,
) -> None:
    """Pack tars of MegActor's own scripts, v1 and Sigma: NAME.tar becomes the shard NAME.tar.

    What became of its samples stands in NAME.import.json beside it.

    Clips keep their bytes; pickles become arrays, and nothing in them is run. Times, packet tables and facts are added.
    A sample with a bad field is kept without it, one without a clip is left out; each is counted, and its reason kept.
    A tar that cannot be read is told, and the rest goes on; what was packed before and still stands is passed over.

    Example: faceshards pack megactor old --out train_set/old --collection VFHQ
    """
    _check_kind(kind, "auto", V1, SIGMA)
    labels, target = shared.labels(source, collection, licence, citation), place(out)
    target = anywhere(target) if ray else target

    def work(one: One, check: Callable[[], None]) -> OneDone:
        tar, folder = Path(str(one.place)), one.folder(target)
        earlier = None if force else imported_before(tar, folder, kind, labels)
        if earlier is not None:
            return OneDone(earlier, stood=True)
        with closing(SourceFile(tar)) as file:
            start = file.span(0, min(512, file.size))
        refuse_compressed(start, str(tar))
        refuse_shard(start, str(tar))
        return OneDone(import_tar(tar, folder, kind, labels, force, check))

    told = do_each(find_many(paths, out=target), work, title="packing megactor", workers=workers, ray=ray)
    show("pack megactor", told, target, as_json)


def export_megactor(
    shards: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    folder: Annotated[Path, typer.Argument(help="Folder for the tars.")],
    kind: Annotated[str, typer.Option(help="Whose trainer reads them: v1 or sigma.")],
    workers: _Workers = None,
    force: _Force = False,
    as_json: shared.JsonOption = False,
) -> None:
    """Make tars that MegActor's own trainers read, one a shard and of its name.

    Clips and pictures keep their bytes, arrays become pickles of equal values. A sample that lacks what a field needs
    is left out and counted. A tar that was made of this version of its shard is passed over.

    Example: faceshards export megactor train_set/sigma again --kind sigma
    """
    _check_kind(kind, V1, SIGMA)

    def work(one: One, check: Callable[[], None]) -> OneDone:
        check()
        earlier = None if force else exported_before(one.place, Path(str(one.folder(folder))), kind)
        if earlier is not None:
            return OneDone(earlier, stood=True)
        return OneDone(export_tar(one.place, Path(str(one.folder(folder))), kind, force))

    many = find_many(shards, "shard (.tar)")
    show("export megactor", do_each(many, work, title="exporting megactor", workers=workers), folder, as_json)


def _check_kind(kind: str, *known: str) -> None:
    if kind not in known:
        raise UsageError(f"--kind must be {' or '.join(known)}, got {kind!r}")
