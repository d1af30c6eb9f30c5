"""`faceshards pack avspeech`: rows of AVSpeech's catalogue become a shard."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from faceshards.errors import UsageError
from faceshards.media.container import MAX_PIXELS
from faceshards.media.encode import CRF
from faceshards.packing.kinds import shared_options as shared
from faceshards.packing.kinds.avspeech.catalog import RowSpan, split_of
from faceshards.packing.kinds.avspeech.catalog_file import CatalogFile
from faceshards.packing.kinds.avspeech.kind import MAX_SECONDS, AVSpeech, Segments
from faceshards.packing.kinds.avspeech.segment import FPS
from faceshards.packing.kinds.avspeech.videos import HeldVideos
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.opening import open_source
from faceshards.packing.terminal import pack_archive
from faceshards.shards.storage.url import place
from faceshards.terminal import parse_bytes

_LICENCE = "the catalogue: CC BY 4.0 (Google); the videos: their uploaders'"
_CITATION = "Ephrat et al., Looking to Listen at the Cocktail Party, ACM TOG 37(4), 2018, arXiv:1804.03619"


def pack_avspeech(
    catalog: Annotated[Path, typer.Argument(help="The CSV: avspeech_train.csv, with a header or without.")],
    out: shared.OutOption = ".",
    rows: Annotated[str | None, typer.Option(help="Data rows FIRST:LAST, from 0, LAST left out: 0:20.")] = None,
    seconds: Annotated[
        str | None,
        typer.Option(help="Take so many from each row's start on, whatever its end says; else the whole row."),
    ] = None,
    split: Annotated[str | None, typer.Option(help="train or test; by default as the CSV is named.")] = None,
    videos: Annotated[
        Path | None, typer.Option(help="A folder, zip or tar of videos that you have: ID.mp4. Nothing is fetched.")
    ] = None,
    crf: Annotated[int, typer.Option(help="x264's quality of the pictures: 0 lossless, 51 worst.")] = CRF,
    source: shared.SourceOption = None,
    collection: shared.CollectionOption = "AVSpeech",
    licence: shared.LicenceOption = _LICENCE,
    citation: shared.CitationOption = _CITATION,
    max_bytes: shared.MaxBytesOption = None,
    limit: shared.LimitOption = None,
    workers: shared.WorkersOption = None,
    force: shared.ForceOption = False,
    max_pixels: Annotated[int, typer.Option(help="Largest picture, in pixels.", rich_help_panel="Guards")] = MAX_PIXELS,
    max_entry_bytes: shared.MaxEntryBytesOption = "4G",
    as_json: shared.JsonOption = False,
) -> None:
    """Pack rows of AVSpeech's catalogue: each is a clip of 25 pictures a second, silent, and its sound, 16 kHz mono,
    from the same instant on.

    A clip is named by the number of its data row, from 0, whether the CSV has a header or not.
    Broken rows, and rows whose video is gone, are rejected with a reason and keep their number.

    With --rows the shard is called after them: avspeech_train_0_20.tar.

    Example: faceshards pack avspeech avspeech_train.csv --rows 0:20 --seconds 3 --videos clips/ --out train_set/AV
    """
    span = RowSpan.parsed(rows)
    limits = Limits(parse_bytes(max_entry_bytes))
    archive = CatalogFile(catalog, limits)
    options = PackOptions(
        fps=Fraction(FPS),
        crf=crf,
        max_pixels=max_pixels,
        labels=shared.labels(source, collection, licence, citation),
        max_bytes=parse_bytes(max_bytes) if max_bytes else None,
        limit=limit,
        limits=limits,
    )
    segments = Segments(split_of(catalog, split), span, _seconds(seconds))
    if videos is None:
        raise UsageError("say where the videos are: --videos DIR")
    kind = AVSpeech(options, segments, HeldVideos(open_source(videos, limits)))
    name = shard_name(catalog, span)
    pack_archive(archive, place(out), options, kind=kind, workers=workers, force=force, as_json=as_json, name=name)


def shard_name(catalog: Path, span: RowSpan) -> str:
    """What the shard is called: `avspeech_train`, of some rows `avspeech_train_0_20`."""
    rows = "" if span.is_all else f"_{str(span).replace(':', '_')}".rstrip("_")
    return re.sub(r"[^A-Za-z0-9_-]", "_", catalog.stem) + rows


def _seconds(text: str | None) -> Fraction | None:
    """How much of each row is taken. Raises UsageError."""
    if text is None:
        return None
    try:
        seconds = Fraction(text)
    except (ValueError, ZeroDivisionError):
        seconds = Fraction(0)
    if not 0 < seconds <= MAX_SECONDS:
        raise UsageError(f"--seconds must be a number in (0, {MAX_SECONDS}], got {text!r}")
    return seconds
