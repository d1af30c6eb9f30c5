"""What this project does with a file of each kind that a stranger gave it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from faceshards.errors import ClipError, ColumnError, FaceshardsError, UnsafeData
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.opening import open_source
from faceshards.shards.legacy import import_shard
from faceshards.shards.pickles.unpickle import load_arrays
from faceshards.shards.reader import Shard
from faceshards.shards.repair.salvage import salvage
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema import codecs


def read_shard(path: Path) -> object:
    """Every row and column, raw and decoded, checked deep, written anew by the importer."""
    verdict = verify(path, deep=True)
    with suppress(FaceshardsError):
        import_shard(path, path.with_name("imported.tar"))
    found = []
    with Shard(path) as shard:
        _ = shard.provenance
        for row, key in enumerate(shard.keys):
            for column, body in shard.sample(row).items():
                with suppress(ColumnError, UnsafeData):
                    codecs.decode(column, body)
                found.append((key[:40], column[:40], len(body)))
    return len(verdict.defects), len(found), found[:10]


def salvage_shard(path: Path) -> object:
    """What can be saved of it."""
    done = salvage(path)
    return done.kept, len(done.lost)


def open_beside(path: Path) -> object:
    """The shard whose index this is, opened, read whole and compared with a scan of the tar."""
    tar = path.with_suffix(".tar")
    with Shard(tar) as shard:
        bodies = [shard.sample(row) for row in range(len(shard))]
        shard.scalars(*[name for name in shard.index.column_names if name not in shard.columns])
    return [{name: len(body) for name, body in sample.items()} for sample in bodies]


def read_source(path: Path) -> object:
    """Every entry of a zip or tar as packing reads them."""
    found = []
    with closing(open_source(path, Limits())) as archive:
        for entry in archive.listing().entries:
            if entry.fault:
                found.append(entry.fault.code)
                continue
            try:
                found.append(len(archive.read(entry)))
            except ClipError as error:
                found.append(error.code)
    return len(found), found[:10]


def _decoded(column: str) -> Callable[[Path], object]:
    return lambda path: codecs.decode(column, path.read_bytes())


TRIALS: dict[str, Callable[[Path], object]] = {
    "tar": read_shard,
    "salvage": salvage_shard,
    "parquet": open_beside,
    "source": read_source,
    "pickle": lambda path: load_arrays(path.read_bytes()),
    **{
        suffix: _decoded(f"x.{suffix}" if suffix != "json" else suffix)
        for suffix in ("npy", "msg", "json", "jpg", "png")
    },
}
