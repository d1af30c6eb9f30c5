"""`faceshards pack face-decoder`: pictures of faces, with what lies beside them, become shards."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from faceshards.media.picture import MAX_PIXELS
from faceshards.packing.each_archive import Packing, pack_sources
from faceshards.packing.kinds import shared_options as shared
from faceshards.packing.kinds.face_decoder.kind import FaceDecoderPictures
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Limits
from faceshards.terminal import parse_bytes


def pack_face_decoder(
    paths: Annotated[
        list[Path], typer.Argument(help="Folders, zips or tars of pictures, at any depth; each makes its own shards.")
    ],
    out: shared.OutOption = ".",
    resize: Annotated[
        int | None,
        typer.Option(help="Draw pictures to a square of so many pixels, upright by their EXIF: 224."),
    ] = None,
    complete_only: Annotated[
        bool, typer.Option("--complete-only", help="Reject pictures that lack their embedding or landmarks.")
    ] = False,
    identity: Annotated[
        str | None, typer.Option(help="Regular expression that finds the person in a picture's path: '(id[0-9]+)/'.")
    ] = None,
    source: shared.SourceOption = None,
    collection: shared.CollectionOption = None,
    licence: shared.LicenceOption = None,
    citation: shared.CitationOption = None,
    max_bytes: shared.MaxBytesOption = None,
    limit: shared.LimitOption = None,
    workers: shared.WorkersOption = None,
    force: shared.ForceOption = False,
    max_pixels: Annotated[int, typer.Option(help="Largest picture, in pixels.", rich_help_panel="Guards")] = MAX_PIXELS,
    max_entry_bytes: shared.MaxEntryBytesOption = "1G",
    max_ratio: shared.MaxRatioOption = 200,
    max_entries: shared.MaxEntriesOption = 10_000_000,
    ray: shared.RayOption = None,
    as_json: shared.JsonOption = False,
) -> None:
    """Pack pictures of faces for a face decoder, as Speech-to-face keeps them.

    Pictures (jpg, jpeg, png, also in capitals) with NAME_embedding.npy (float32 of 4096, not below 0) and
    NAME_landmarks.npy (float32 of 144: x and y of 72 points, in pixels of the picture at 224 x 224)
    beside them; NAME_landmark.npy is read, too. All files are kept byte for byte.

    A picture that lacks one or both is packed without, and counted.
    With --resize pictures are drawn anew whatever their shape, bilinear: JPEG at quality 95, PNG without loss.
    One that has that size already and stands upright stays as it is.

    Example: faceshards pack face-decoder HQ-VoxCeleb --out train_set/HQ --resize 224 --identity '([^/]+)/[^/]+$'

    Back: faceshards export face-decoder train_set/HQ HQ-VoxCeleb
    """
    options = PackOptions(
        max_pixels=max_pixels,
        identity=identity,
        labels=shared.labels(source, collection, licence, citation),
        max_bytes=parse_bytes(max_bytes) if max_bytes else None,
        limit=limit,
        limits=Limits(parse_bytes(max_entry_bytes), max_ratio, max_entries),
    )
    kind = partial(FaceDecoderPictures, options, resize, complete_only)
    pack_sources(paths, Packing(out, options, kind, workers, force), ray=ray, as_json=as_json)
