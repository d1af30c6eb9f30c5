"""`faceshards pack webdataset` and `faceshards export webdataset`: other people's tars become shards, and such tars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from faceshards.errors import UsageError
from faceshards.packing.kinds import shared_options as shared
from faceshards.packing.kinds.webdataset.kind import WebDataset
from faceshards.packing.kinds.webdataset.opening import open_tar
from faceshards.packing.kinds.webdataset.way_back import export_tar, exported_before
from faceshards.packing.many import One, OneDone, do_each, find_many, show
from faceshards.packing.many_on_ray import anywhere
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.sources.archive import Limits, readable
from faceshards.packing.sources.brace_patterns import expanded
from faceshards.shards.storage.url import Place, place
from faceshards.terminal import parse_bytes

_Pickles = Annotated[
    str, typer.Option(help="Samples with pickles (pyd, pkl, pth, ...): keep their bytes, never read; or refuse them.")
]


def pack_webdataset(
    paths: Annotated[
        list[str],
        typer.Argument(help="Tars, folders that hold some, x-{000..009}.tar; paths or URLs (s3://, https://, ...)."),
    ],
    out: shared.OutOption = ".",
    pickles: _Pickles = "keep",
    source: shared.SourceOption = None,
    collection: shared.CollectionOption = None,
    licence: shared.LicenceOption = None,
    citation: shared.CitationOption = None,
    max_bytes: shared.MaxBytesOption = None,
    limit: shared.LimitOption = None,
    workers: shared.WorkersOption = None,
    force: shared.ForceOption = False,
    max_entry_bytes: shared.MaxEntryBytesOption = "1G",
    max_entries: shared.MaxEntriesOption = 10_000_000,
    ray: shared.RayOption = None,
    as_json: shared.JsonOption = False,
) -> None:
    """Pack any webdataset tars: NAME.tar becomes the shard NAME.tar, its samples and fields as they are.

    Checksums, the index, and of each video its packet table and facts are added. The field json keeps its bytes as
    original.json, and its facts stand in the shard's json under their names. A sample that lacks a field of the others
    has no value there. One whose clip does not decode is rejected, and its reason kept in NAME.pack.json.
    A tar that cannot be read is told, and the rest goes on; what was packed before and still stands is passed over.

    faceshards index is for tars that shall stay as they are: it makes an index of them and nothing else.

    Example: faceshards pack webdataset 'old/archive_{0..0}.tar' --out train_set/web --licence CC-BY-4.0
    """
    options = PackOptions(
        labels=shared.labels(source, collection, licence, citation),
        max_bytes=parse_bytes(max_bytes) if max_bytes else None,
        limit=limit,
        limits=Limits(parse_bytes(max_entry_bytes), entries=max_entries),
    )
    if pickles not in ("keep", "refuse"):
        raise UsageError(f"--pickles must be keep or refuse, got {pickles!r}")
    target = place(out)
    many = find_many([name for path in paths for name in _named(path)], out=target)
    pack_tars("pack webdataset", many, target, options, pickles == "keep", workers, force, as_json, ray=ray)


def pack_tars(
    title: str,
    many: Sequence[One],
    out: Place,
    options: PackOptions,
    pickles: bool = True,
    workers: int | None = None,
    force: bool = False,
    as_json: bool = False,
    fetch: Callable[[One], Place] = lambda one: one.place,
    ray: str | None = None,
) -> None:
    """Packs webdataset tars one after the other, the samples of each side by side, or each as a task of a `ray`, and
    says how it went; `fetch` gives the place where a tar is read. Raises SourceError where one failed, after the rest
    is done.
    """
    out = anywhere(out) if ray else out
    aside = workers or (1 if ray else None)

    def work(one: One, check: Callable[[], None]) -> OneDone:
        check()
        with closing(open_tar(fetch(one), options.limits)) as archive:
            kind = WebDataset(options, pickles)
            name = readable(one.place.stem)
            packer = Packer(archive, one.folder(out), options, force, kind=kind, workers=aside, name=name)
            earlier = packer.already_packed()
            return OneDone(earlier, stood=True) if earlier else OneDone(packer.run(lambda done, total: check()))

    show(title, do_each(many, work, title=title, workers=aside if ray else 1, ray=ray), out, as_json)


def _named(path: str) -> list[str]:
    """What a path names: itself where it is there, else what its braces stand for."""
    if path.startswith("hf://"):
        raise UsageError(f"{path}: a data set of the Hub is packed by faceshards pack hf {path}")
    return [path] if Path(path).exists() else expanded(path)


def export_webdataset(
    shards: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    folder: Annotated[Path, typer.Argument(help="Folder for the tars.")],
    workers: Annotated[
        int | None, typer.Option(help="Tars written side by side; by default one a core.", min=1)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Make again, and replace what stands there.")] = False,
    as_json: shared.JsonOption = False,
) -> None:
    """The way back of faceshards pack webdataset: a tar a shard, with the samples, fields and bytes that came in.

    What packing and stages added stays behind: a shard is a webdataset tar itself, for whoever wants all of it.
    A tar that was made of this version of its shard is passed over.

    Example: faceshards export webdataset web again
    """

    def work(one: One, check: Callable[[], None]) -> OneDone:
        target = Path(str(one.folder(folder)))
        earlier = None if force else exported_before(one.place, target)
        return OneDone(earlier, stood=True) if earlier else OneDone(export_tar(one.place, target, force, check))

    many = find_many(shards, "shard (.tar)")
    show("export webdataset", do_each(many, work, title="exporting webdataset", workers=workers), folder, as_json)
