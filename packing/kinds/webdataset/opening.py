"""A foreign tar, wherever it lies."""

from __future__ import annotations

from pathlib import Path

from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.compressed_tars import refuse_compressed
from faceshards.packing.sources.our_shards import refuse_shard
from faceshards.packing.sources.parquet_archive import ParquetArchive
from faceshards.packing.sources.remote_source import RemoteSource
from faceshards.packing.sources.source_file import SourceFile
from faceshards.packing.sources.tar_archive import TarArchive
from faceshards.shards.storage.url import Place, Url


def open_tar(where: Place, limits: Limits) -> TarArchive | ParquetArchive:
    """A tar of a disk, a store or a web server, or a Parquet file of a disk whose rows are samples. Raises SourceError
    for a compressed one, ShardError for a shard of this project, and as its place does.
    """
    if isinstance(where, Path) and where.suffix == ".parquet":
        return ParquetArchive(where, limits)
    file: RemoteSource | SourceFile = RemoteSource(where) if isinstance(where, Url) else SourceFile(Path(where))
    try:
        start = file.span(0, min(512, file.size))
        refuse_compressed(start, str(where))
        refuse_shard(start, str(where))
        return TarArchive(where, limits, file)
    except BaseException:
        file.close()
        raise
