"""`faceshards pack clips`, also without the word: raw clips in a zip, a tar, a folder or as files become a shard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from faceshards.errors import UsageError
from faceshards.media.container import MAX_PIXELS
from faceshards.media.encode import CRF
from faceshards.packing.annotations.annotation_file import read_annotations
from faceshards.packing.each_archive import Packing, pack_sources
from faceshards.packing.kinds import shared_options as shared
from faceshards.packing.kinds.clips.kind import Clips
from faceshards.packing.kinds.kind import Kind
from faceshards.packing.options import PackOptions, parse_rate
from faceshards.packing.sources.archive import Limits
from faceshards.packing.sources.opening import open_sources
from faceshards.packing.sources.suffixes import is_video
from faceshards.packing.terminal import pack_archive
from faceshards.shards.storage.url import place
from faceshards.terminal import parse_bytes

#: What makes the kind of a run, anew for each source: of the options, the annotations, and whether a rate was given.
Make = Callable[[PackOptions, Path | None, bool], Callable[[], Kind]]


def pack_clips(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Zips, tars or folders (of frames, videos, or both), a shard each; or video files."),
    ] = None,
    zip_path: Annotated[Path | None, typer.Option("--zip", help="The same, under its old name.")] = None,
    out: shared.OutOption = ".",
    fps: Annotated[
        str | None, typer.Option(help="Frames a second that pictures are encoded at: 25, 30000/1001; by default 30.")
    ] = None,
    crf: Annotated[int, typer.Option(help="x264's quality of encoded pictures: 0 lossless, 51 worst.")] = CRF,
    gop: Annotated[int | None, typer.Option(help="Most frames between keyframes; by default one second.")] = None,
    identity: Annotated[
        str | None,
        typer.Option(
            help="Regular expression that finds the person in a clip's path: '(id[0-9]+)/'. Other groups with a name "
            "become scalars: '(?P<identity>id[0-9]+)/(?P<source_id>[^/]+)/'."
        ),
    ] = None,
    annotations: Annotated[
        Path | None,
        typer.Option(help="What is said of clips: CSV, TSV, JSON or JSON lines, a row a clip; of VFHQ its meta_info."),
    ] = None,
    min_frames: Annotated[int, typer.Option(help="A clip of fewer frames is rejected.")] = 2,
    rendition: shared.RenditionOption = None,
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
    ray: shared.RayOption = None,
    as_json: shared.JsonOption = False,
) -> None:
    """Pack raw clips into a shard: NAME.tar, its index NAME.parquet and the report NAME.pack.json.

    A folder of pictures is a clip: its frames in natural order, encoded as H.264.
    A video file is a clip, kept byte for byte. A source may hold both;
    pictures in one folder with videos are taken for thumbnails and left alone.
    Video files that are named one by one make one shard, called after the
    file where it is one, else after the folder that holds them all. Of several
    zips, tars and folders each makes its own; one that fails is told at the end.

    --cut makes many samples of each long video, NAME-00000, NAME-00001, ...: by shots, every 10s, by
    a CSV of name,start,end (seconds; further columns enter the json), or by speech: where the stage
    `speech` heard it (pack the whole, faceshards curate --stages speech, then cut that shard).
    A cut holds the pictures that begin within its span, with their sound. Their packets are copied
    where a keyframe stands at its first picture or at most as many pictures before as it has (these
    nobody is shown; --exact: only at its first); all others are encoded anew. The json says which.

    --rendition 512 makes a training copy beside each clip, rendition.mp4: its shorter side has 512
    pixels (nothing is enlarged), the same frames at the same times, the same sound.

    A clip that cannot be packed is rejected with a reason, and the rest goes on.
    Containers do not mix in a shard: the most frequent is NAME.tar, others NAME-mpg.tar, ...

    Example: faceshards pack group125.zip --out train_set/VFHQ --collection VFHQ

    Example: faceshards pack talks/ --cut shots --min-seconds 2 --max-seconds 20 --out train_set/talks
    """
    _pack(_clips, locals())


def like_clips(make: Make, teaches: str, labels: Mapping[str, str] = {}) -> Callable[..., None]:
    """A command with the options of `pack clips` for a kind that is made otherwise; `labels` stand where none are
    given, `teaches` is its help.
    """

    @wraps(pack_clips)
    def command(**given: Any) -> None:
        _pack(make, {**given, **{name: given[name] or text for name, text in labels.items()}})

    command.__doc__ = teaches
    return command


def _clips(options: PackOptions, annotations: Path | None, has_rate: bool) -> Callable[[], Kind]:
    return partial(Clips, options, read_annotations(annotations) if annotations else None)


def _pack(make: Make, given: Mapping[str, Any]) -> None:
    """Packs what a command was given: several archives one by one, video files together."""
    if bool(given["paths"]) == (given["zip_path"] is not None):
        raise UsageError("name one source: faceshards pack PATH (or --zip PATH), or video files")
    options = _options(given)
    sources = given["paths"] or [given["zip_path"]]
    kind = make(options, given["annotations"], given["fps"] is not None)
    packing = Packing(given["out"], options, kind, given["workers"], given["force"])
    if any(map(is_video, sources)):
        if given["ray"]:
            raise UsageError("--ray packs zips, tars and folders: name the folder that holds the videos")
        archive, out = open_sources(sources, options.limits), place(packing.out)
        workers, force, as_json = packing.workers, packing.force, given["as_json"]
        pack_archive(archive, out, options, kind=kind(), workers=workers, force=force, as_json=as_json)
    else:
        pack_sources(sources, packing, ray=given["ray"], as_json=given["as_json"])


def _options(given: Mapping[str, Any]) -> PackOptions:
    taken = ("crf", "gop", "min_frames", "max_pixels", "identity", "limit", "rendition")
    return PackOptions(
        fps=parse_rate(given["fps"] or "30"),
        labels=shared.labels(*(given[name] for name in ("source", "collection", "licence", "citation"))),
        max_bytes=parse_bytes(given["max_bytes"]) if given["max_bytes"] else None,
        limits=Limits(
            shared.entry_bytes(given["max_entry_bytes"], given["cut"] is not None),
            given["max_ratio"],
            given["max_entries"],
        ),
        cut=shared.cut_rules(given["cut"], given["min_seconds"], given["max_seconds"], given["exact"]),
        **{name: given[name] for name in taken},
    )
