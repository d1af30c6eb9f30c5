"""`faceshards pack hf hf://datasets/ORG/NAME`: a data set of the Hugging Face Hub becomes shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from faceshards.errors import SourceError, UsageError
from faceshards.jobs.progress import progress
from faceshards.packing.hub.address import HubAddress
from faceshards.packing.hub.client import Hub
from faceshards.packing.kinds import shared_options as shared
from faceshards.packing.kinds.hf.kind import METADATA, VideoFolder
from faceshards.packing.kinds.hf.snapshot import Snapshot
from faceshards.packing.kinds.webdataset.command import pack_tars
from faceshards.packing.many import One
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.suffixes import VIDEO_SUFFIXES
from faceshards.packing.terminal import pack_archive
from faceshards.shards.storage.url import Place, place
from faceshards.terminal import counted, parse_bytes


def pack_hf(
    address: Annotated[
        str,
        typer.Argument(
            help="hf://datasets/ORG/NAME, with @REVISION behind it where it is not the newest; or a folder of it."
        ),
    ],
    out: shared.OutOption = ".",
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
    """Pack a data set of the Hugging Face Hub.

    Webdataset tars: each becomes the shard of its name, as faceshards pack webdataset makes it; one is fetched after
    the other. Videos in folders, with a metadata.csv or metadata.jsonl: one shard of the data set's name, the columns
    of the metadata in each clip's json. Parquet files with embedded media: a shard each, a sample a row, as of a tar
    with the row's media and a json of the rest.

    Files are fetched by huggingface_hub into its cache (HF_HOME), which resumes; all are of the one commit that the
    revision leads to now. Collection and licence are by default the data set's own, source is its address and commit.
    It takes the extra hub; of a private data set also a token: `hf auth login`, or HF_TOKEN. HF_ENDPOINT is honoured.

    Example: faceshards pack hf hf://datasets/ORG/NAME --out train_set/NAME
    """
    hub = Hub(HubAddress.parse(address))
    revision, head = hub.pinned()
    files = [file.path for file in hub.files(revision)]
    given = shared.labels(source, collection, licence, citation)
    options = PackOptions(
        labels={**_labels(hub.address, revision, head), **given},
        max_bytes=parse_bytes(max_bytes) if max_bytes else None,
        limit=limit,
        limits=Limits(parse_bytes(max_entry_bytes), entries=max_entries),
    )
    target = place(out)
    if tars := _sources(files):
        top = hub.address.path.rpartition("/")[0] if hub.address.path in tars else hub.address.path
        many = [One(Path(path), path.removeprefix(top).strip("/").rpartition("/")[0]) for path in tars]
        fetch: Any = lambda one: hub.fetch(one.place.as_posix(), revision)  # noqa: E731
        pack_tars("pack hf", many, target, options, True, workers, force, as_json, fetch, ray)
    elif ray:
        raise UsageError(f"--ray packs tars and Parquet files; {hub.address} has none: its videos become one shard")
    else:
        _pack_videos(hub, revision, files, target, options, workers, force, as_json)


def _sources(files: Sequence[str]) -> list[str]:
    """The files that become a shard each: tars; Parquet files where there are neither tars nor videos."""
    tars = [path for path in files if path.endswith(".tar")]
    if tars or any(_suffix(path) in VIDEO_SUFFIXES for path in files):
        return tars
    return [path for path in files if path.endswith(".parquet")]


def _pack_videos(
    hub: Hub,
    revision: str,
    files: Sequence[str],
    out: Place,
    options: PackOptions,
    workers: int | None,
    force: bool,
    as_json: bool,
) -> None:
    wanted = [path for path in files if _suffix(path) in VIDEO_SUFFIXES]
    if not wanted:
        raise SourceError(f"{hub.address}: holds neither tars, nor videos, nor Parquet files{_rest(files)}")
    metadata = [path for path in files if path.rpartition("/")[2] in METADATA]
    with progress(f"fetching {escape(str(hub.address))}", unit="files") as advance:
        top = hub.fetch_all([*wanted, *metadata], revision, advance)
    kind, archive = VideoFolder(options, top, metadata), Snapshot(top, wanted, options.limits)
    name = hub.address.id.partition("/")[2]
    pack_archive(archive, out, options, kind=kind, workers=workers, force=force, as_json=as_json, name=name)


def _labels(address: HubAddress, revision: str, head: Mapping[str, Any]) -> dict[str, str]:
    """What the data set says of itself, as labels of its samples."""
    labels = {"source": f"hf://datasets/{address.id}@{revision}", "collection": address.id}
    licence = head.get("license_name") or head.get("license")
    licence = ", ".join(map(str, licence)) if isinstance(licence, list) else licence
    return {**labels, "licence": str(licence)} if licence else labels


def _suffix(path: str) -> str:
    return path.rpartition(".")[2].lower()


def _rest(files: Sequence[str]) -> str:
    """What is there in place of them, and what to do about it."""
    if not files:
        return ": it is empty"
    return f" (but {counted(dict(Counter(map(_suffix, files)).most_common(10)))})"
