"""`faceshards pack emoca`: sequences of EMOCA's codes become a shard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from faceshards.packing.kinds import shared_options as shared
from faceshards.packing.kinds.emoca.hdf5_archive import Hdf5Archive, is_hdf5
from faceshards.packing.kinds.emoca.kind import Emoca
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Archive, Limits
from faceshards.packing.sources.opening import open_source
from faceshards.packing.terminal import pack_archive
from faceshards.shards.storage.url import Place, place
from faceshards.terminal import parse_bytes


def pack_emoca(
    path: Annotated[
        Path,
        typer.Argument(help="A collection (V0-GRID), the folder of all six, a zip or a tar of them, or a V0-GRID.h5."),
    ],
    out: shared.OutOption = ".",
    any_dtype: Annotated[
        bool, typer.Option("--any-dtype", help="Take arrays of other numbers than float32, too, as they are.")
    ] = False,
    source: shared.SourceOption = None,
    collection: shared.CollectionOption = None,
    licence: shared.LicenceOption = None,
    citation: shared.CitationOption = None,
    max_bytes: shared.MaxBytesOption = None,
    limit: shared.LimitOption = None,
    workers: shared.WorkersOption = None,
    force: shared.ForceOption = False,
    max_entry_bytes: shared.MaxEntryBytesOption = "1G",
    max_ratio: shared.MaxRatioOption = 200,
    max_entries: shared.MaxEntriesOption = 10_000_000,
    as_json: shared.JsonOption = False,
) -> None:
    """Pack the sequences of 3DXTalker's data set: EMOCA's codes and their sound, eleven files a folder, a sample each.

    A sequence is V0-GRID/V0-s1-00001 with audio.wav, envelope.npy, shapecode, expcode,
    posecode, cam, lightcode, texcode, detailcode, refimg (.npy) and metadata.pkl.
    Files are kept byte for byte; metadata.pkl is read without being run, and its value kept.
    Collection, actor, emotion and speech or song come from the names.

    A sequence is rejected, by name and reason, where a file is missing, has another
    shape or type than the data set's table, holds NaN, or the sound and the frames
    differ by a second or more. `faceshards export emoca` writes the folders again.

    Example: faceshards pack emoca trainset/V1-RAVDESS --out train_set/EMOCA
    """
    options = PackOptions(
        labels=shared.labels(source, collection, licence, citation),
        max_bytes=parse_bytes(max_bytes) if max_bytes else None,
        limit=limit,
        limits=Limits(parse_bytes(max_entry_bytes), max_ratio, max_entries),
    )
    kind = Emoca(options.labels, any_dtype)
    target = place(out)
    archive = _opened(path, options.limits, target)
    pack_archive(archive, target, options, kind=kind, workers=workers, force=force, as_json=as_json)


def _opened(path: Path, limits: Limits, out: Place) -> Archive:
    return Hdf5Archive(path, limits) if is_hdf5(path) else open_source(path, limits, out)
