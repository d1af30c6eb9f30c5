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
from faceshards.packing.kinds.avspeech.refusals import KINDS
from faceshards.packing.kinds.avspeech.segment import FPS
from faceshards.packing.kinds.avspeech.site import FORMAT, YOUTUBE, Site
from faceshards.packing.kinds.avspeech.video_cache import VideoCache
from faceshards.packing.kinds.avspeech.videos import HeldVideos, Videos
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.opening import open_source
from faceshards.packing.terminal import pack_archive
from faceshards.shards.storage.url import place
from faceshards.terminal import parse_bytes

_WEB = "Videos of the web"
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
    site: Annotated[
        str,
        typer.Option(help="Address of a video, {id} for its id; a mirror's may name the file.", rich_help_panel=_WEB),
    ] = YOUTUBE,
    format: Annotated[
        str | None,
        typer.Option(
            help="Which files of a video, as yt-dlp takes it; by default mp4 of at most 720 lines.",
            rich_help_panel=_WEB,
        ),
    ] = None,
    cache: Annotated[
        Path, typer.Option(help="Folder of what is fetched; several runs may share one.", rich_help_panel=_WEB)
    ] = Path("~/.cache/faceshards/avspeech"),
    keep_source: Annotated[
        bool, typer.Option("--keep-source", help="Fetch videos to their ends, not only the rows.", rich_help_panel=_WEB)
    ] = False,
    rate_limit: Annotated[str | None, typer.Option(help="Most bytes a second: 2M.", rich_help_panel=_WEB)] = None,
    sleep: Annotated[float, typer.Option(help="Seconds between two videos.", rich_help_panel=_WEB)] = 0.0,
    cookies: Annotated[
        Path | None,
        typer.Option(help="Cookies of your browser, for a site that asks who you are.", rich_help_panel=_WEB),
    ] = None,
    retry: Annotated[
        str | None,
        typer.Option(
            help=f"Ask again for videos that were refused as {', '.join(KINDS)}; or all.", rich_help_panel=_WEB
        ),
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

    Of each video only the bytes of its rows are fetched, where the site gives parts of files.
    What was fetched stays in the cache, so a run that is ended goes on where it was, and the
    same command asks again for what it could not reach. Videos that a site refuses for good
    (removed, private, ...) are noted there, and asked for again by --retry alone.

    With --rows the shard is called after them: avspeech_train_0_20.tar.

    Examples:

      faceshards pack avspeech avspeech_train.csv --rows 0:20 --seconds 3 --rate-limit 2M --out train_set/AVSpeech

      faceshards pack avspeech avspeech_train.csv --videos my_videos --out train_set/AVSpeech
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
    asked_again = _retried(retry)
    if not sleep >= 0:
        raise UsageError(f"--sleep must be a number of seconds from 0 on, got {sleep}")
    if videos is not None and (keep_source or asked_again):
        raise UsageError("--keep-source and --retry are of videos that are fetched: leave them or --videos out")
    if videos is None:
        web = Site(
            site,
            format or FORMAT,
            rate=parse_bytes(rate_limit) if rate_limit is not None else None,
            pause=sleep,
            cookies=cookies,
        )
        found: Videos = VideoCache(cache.expanduser(), web, whole=keep_source, retry=asked_again)
    else:
        found = HeldVideos(open_source(videos, limits))
    pack_archive(
        archive,
        place(out),
        options,
        kind=AVSpeech(options, segments, found),
        workers=workers,
        force=force,
        as_json=as_json,
        name=shard_name(catalog, span),
        again=("unreachable", "gone") if asked_again else ("unreachable",),
    )


def shard_name(catalog: Path, span: RowSpan) -> str:
    """What the shard is called: `avspeech_train`, of some rows `avspeech_train_0_20`."""
    rows = "" if span.is_all else f"_{str(span).replace(':', '_')}".rstrip("_")
    return re.sub(r"[^A-Za-z0-9_-]", "_", catalog.stem) + rows


def _retried(text: str | None) -> list[str]:
    """The kinds of refusal that are asked for again. Raises UsageError."""
    words = list(KINDS) if text == "all" else [word.strip() for word in (text or "").split(",") if word.strip()]
    unknown = [word for word in words if word not in KINDS]
    if unknown:
        raise UsageError(f"--retry takes {', '.join(KINDS)} or all, got {unknown[0]!r}")
    return words


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
