"""`faceshards pack`, also `python packing/pack.py`: raw clips in a zip, a tar, a folder or as files become a shard."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Annotated

if __name__ == "__main__" and not __package__:
    # Run as a file: the folder that Python put first is packing/, where nothing of ours is found.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import typer

from faceshards.errors import UsageError
from faceshards.media.container import MAX_PIXELS
from faceshards.media.encode import CRF
from faceshards.packing.options import PackOptions, parse_rate
from faceshards.packing.sources.archive import Limits
from faceshards.packing.terminal import pack_source
from faceshards.shards.storage.url import place
from faceshards.terminal import parse_bytes


def pack(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="A zip, a tar or a folder (frames, videos, or both); or video files, as many as you like."),
    ] = None,
    zip_path: Annotated[Path | None, typer.Option("--zip", help="The same, under its old name.")] = None,
    out: Annotated[
        str, typer.Option(help="Folder for the shard, its index and its report: a path, or an s3:// URL.")
    ] = ".",
    fps: Annotated[str, typer.Option(help="Frames a second that pictures are encoded at: 25, 30000/1001.")] = "30",
    crf: Annotated[int, typer.Option(help="x264's quality of encoded pictures: 0 lossless, 51 worst.")] = CRF,
    gop: Annotated[int | None, typer.Option(help="Most frames between keyframes; by default one second.")] = None,
    max_bytes: Annotated[str | None, typer.Option(help="Split into NAME-00000.tar, ... of at most: 500M, 2G.")] = None,
    identity: Annotated[
        str | None, typer.Option(help="Regular expression that finds the person in a clip's path: '(id[0-9]+)/'.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Where the clips come from; by default the file's name.")] = None,
    collection: Annotated[str | None, typer.Option(help="The data set that they belong to: VFHQ.")] = None,
    licence: Annotated[str | None, typer.Option(help="The terms under which they may be used.")] = None,
    citation: Annotated[str | None, typer.Option(help="What to cite.")] = None,
    min_frames: Annotated[int, typer.Option(help="A clip of fewer frames is rejected.")] = 2,
    limit: Annotated[int | None, typer.Option(help="Pack only the first clips.")] = None,
    max_pixels: Annotated[int, typer.Option(help="Largest picture, in pixels.")] = MAX_PIXELS,
    max_entry_bytes: Annotated[str, typer.Option(help="Largest file within the source, unpacked.")] = "1G",
    max_ratio: Annotated[int, typer.Option(help="A file that unpacks to more times its size is a bomb.")] = 200,
    max_entries: Annotated[int, typer.Option(help="Most files within the source.")] = 10_000_000,
    force: Annotated[bool, typer.Option("--force", help="Pack again, and replace what stands there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the report as one JSON object on stdout.")] = False,
) -> None:
    """Pack raw clips into a shard: NAME.tar, its index NAME.parquet and the report NAME.pack.json.

    A folder of pictures is a clip: its frames in natural order, encoded as H.264.
    A video file is a clip, kept byte for byte. A source may hold both;
    pictures in one folder with videos are taken for thumbnails and left alone.
    Video files that are named one by one make one shard, called after the
    file where it is one, else after the folder that holds them all.

    A clip that cannot be packed is rejected with a reason, and the rest goes on.
    Containers do not mix in a shard: the most frequent is NAME.tar, others NAME-mpg.tar, ...

    Example: faceshards pack group125.zip --out train_set/VFHQ --collection VFHQ
    """
    if bool(paths) == (zip_path is not None):
        raise UsageError("name one source: faceshards pack PATH (or --zip PATH), or video files")
    labels = {"source": source, "collection": collection, "licence": licence, "citation": citation}
    options = PackOptions(
        fps=parse_rate(fps),
        crf=crf,
        gop=gop,
        min_frames=min_frames,
        max_pixels=max_pixels,
        identity=identity,
        labels={name: text for name, text in labels.items() if text is not None},
        max_bytes=parse_bytes(max_bytes) if max_bytes else None,
        limit=limit,
        limits=Limits(parse_bytes(max_entry_bytes), max_ratio, max_entries),
    )
    sources = paths or [zip_path or Path()]
    pack_source(sources, place(out), options, force=force, as_json=as_json)


if __name__ == "__main__" and not __package__:
    sys.argv[:1] = ["faceshards", "pack"]
    runpy.run_module("faceshards", run_name="__main__")
