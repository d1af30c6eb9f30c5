"""`faceshards pack speech-face`: persons with sounds and pictures become shards of both."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from faceshards.media.picture import MAX_PIXELS
from faceshards.packing.each_archive import Packing, pack_sources
from faceshards.packing.kinds import shared_options as shared
from faceshards.packing.kinds.speech_face.kind import PersonFolders, SpeechFaceOptions
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Limits
from faceshards.terminal import parse_bytes


def pack_speech_face(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Folders, zips or tars with a folder for each person; each makes its own shards."),
    ],
    out: shared.OutOption = ".",
    variant: Annotated[
        str | None,
        typer.Option(
            help="What ready spectrograms must be: parts (as Speech-to-face made them until December 2023) or "
            "polar (since); by default each is told by its values."
        ),
    ] = None,
    bins: Annotated[int, typer.Option(help="Frequencies of a ready spectrogram: n-fft / 2 + 1.")] = 257,
    frames: Annotated[int, typer.Option(help="Its frames: audio-length / hop-length + 1.")] = 601,
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
    """Pack the voices and faces of persons, as Speech-to-face keeps them: PERSON/audios and PERSON/images.

    In audios, at any depth: sounds (m4a, wav, mp3, flac), or ready spectrograms (npy, float32 of 2 x 257 x 601).
    In images: pictures (jpg, png), or ready embeddings (npy, float32 of 4096); NAME_embedding.npy or
    NAME.npy beside NAME.jpg belongs to that picture. All files are kept byte for byte.

    A sound is a row, a picture is a row: their json says whose (identity) and which (side).
    Each kind of file has shards of its own: the most frequent is NAME.tar, others NAME-embedding.tar, ...
    A person without sounds, or without pictures, is packed, counted, and makes no pairs.

    Example: faceshards pack speech-face VoxCeleb --out train_set/VoxCeleb --collection VoxCeleb --max-bytes 2G

    Back: faceshards export speech-face train_set/VoxCeleb VoxCeleb
    """
    options = PackOptions(
        max_pixels=max_pixels,
        labels=shared.labels(source, collection, licence, citation),
        max_bytes=parse_bytes(max_bytes) if max_bytes else None,
        limit=limit,
        limits=Limits(parse_bytes(max_entry_bytes), max_ratio, max_entries),
    )
    kind = partial(PersonFolders, options, SpeechFaceOptions(variant, bins, frames))
    pack_sources(paths, Packing(out, options, kind, workers, force), ray=ray, as_json=as_json)
