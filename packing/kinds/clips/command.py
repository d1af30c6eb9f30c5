"""`faceshards pack clips`, also without the word: raw clips in a zip, a tar, a folder or as files become a shard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from faceshards.errors import UsageError
from faceshards.media.container import MAX_PIXELS
from faceshards.media.encode import CRF
from faceshards.packing.annotations.annotation_file import read_annotations
from faceshards.packing.kinds import shared_options as shared
from faceshards.packing.kinds.clips.kind import Clips
from faceshards.packing.options import PackOptions, parse_rate
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.opening import open_sources
from faceshards.packing.terminal import pack_archive
from faceshards.shards.storage.url import place
from faceshards.terminal import parse_bytes


def pack_clips(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="A zip, a tar or a folder (frames, videos, or both); or video files, as many as you like."),
    ] = None,
    zip_path: Annotated[Path | None, typer.Option("--zip", help="The same, under its old name.")] = None,
    out: shared.OutOption = ".",
    fps: Annotated[str, typer.Option(help="Frames a second that pictures are encoded at: 25, 30000/1001.")] = "30",
    crf: Annotated[int, typer.Option(help="x264's quality of encoded pictures: 0 lossless, 51 worst.")] = CRF,
    gop: Annotated[int | None, typer.Option(help="Most frames between keyframes; by default one second.")] = None,
    identity: Annotated[
        str | None, typer.Option(help="Regular expression that finds the person in a clip's path: '(id[0-9]+)/'.")
    ] = None,
    annotations: Annotated[
        Path | None,
        typer.Option(help="CSV, TSV, JSON or JSON lines: a row a clip, named by it; columns go into its json."),
    ] = None,
    min_frames: Annotated[int, typer.Option(help="A clip of fewer frames is rejected.")] = 2,
    cut: shared.CutOption = None,
    min_seconds: shared.MinSecondsOption = 0.0,
    max_seconds: shared.MaxSecondsOption = None,
    exact: shared.ExactOption = False,
    source: shared.SourceOption = None,
    collection: shared.CollectionOption = None,
    licence: shared.LicenceOption = None,
    citation: shared.CitationOption = None,
    max_bytes: shared.MaxBytesOption = None,
    limit: shared.LimitOption = None,
    workers: shared.WorkersOption = None,
    force: shared.ForceOption = False,
    max_pixels: Annotated[int, typer.Option(help="Largest picture, in pixels.", rich_help_panel="Guards")] = MAX_PIXELS,
    max_entry_bytes: shared.MaxEntryBytesOrCutOption = None,
    max_ratio: shared.MaxRatioOption = 200,
    max_entries: shared.MaxEntriesOption = 10_000_000,
    as_json: shared.JsonOption = False,
) -> None:
    """Pack raw clips into a shard: NAME.tar, its index NAME.parquet and the report NAME.pack.json.

    A folder of pictures is a clip: its frames in natural order, encoded as H.264.
    A video file is a clip, kept byte for byte. A source may hold both;
    pictures in one folder with videos are taken for thumbnails and left alone.
    Video files that are named one by one make one shard, called after the
    file where it is one, else after the folder that holds them all.

    --cut makes many samples of each long video, NAME-00000, NAME-00001, ...: by shots, every 10s, by
    a CSV of name,start,end (seconds; further columns enter the json), or by speech: where the stage
    `speech` heard it (pack the whole, faceshards curate --stages speech, then cut that shard).
    A cut holds the pictures that begin within its span, with their sound. Their packets are copied
    where a keyframe stands at its first picture or at most as many pictures before as it has (these
    nobody is shown; --exact: only at its first); all others are encoded anew. The json says which.

    A clip that cannot be packed is rejected with a reason, and the rest goes on.
    Containers do not mix in a shard: the most frequent is NAME.tar, others NAME-mpg.tar, ...

    Example: faceshards pack group125.zip --out train_set/VFHQ --collection VFHQ

    Example: faceshards pack talks/ --cut shots --min-seconds 2 --max-seconds 20 --out train_set/talks
    """
    if bool(paths) == (zip_path is not None):
        raise UsageError("name one source: faceshards pack PATH (or --zip PATH), or video files")
    options = PackOptions(
        fps=parse_rate(fps),
        crf=crf,
        gop=gop,
        min_frames=min_frames,
        max_pixels=max_pixels,
        identity=identity,
        labels=shared.labels(source, collection, licence, citation),
        max_bytes=parse_bytes(max_bytes) if max_bytes else None,
        limit=limit,
        limits=Limits(shared.entry_bytes(max_entry_bytes, cut is not None), max_ratio, max_entries),
        cut=shared.cut_rules(cut, min_seconds, max_seconds, exact),
    )
    sources = paths or [zip_path or Path()]
    archive = open_sources(sources, options.limits)
    kind = Clips(options, read_annotations(annotations) if annotations else None)
    pack_archive(archive, place(out), options, kind=kind, workers=workers, force=force, as_json=as_json)
