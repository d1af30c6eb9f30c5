"""One raw clip becomes one sample: its video, the tables of its packets, and its facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.cutting.rendition import rendition
from faceshards.media.encode import encode
from faceshards.media.picture import read_picture
from faceshards.media.probe import probe
from faceshards.media.sound.packets import sound_table
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.decode import damaged_frames
from faceshards.packing.annotations.joined import fact_name, told
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Archive, readable, shown
from faceshards.packing.sources.clip_list import RawClip
from faceshards.packing.sources.spelling import spelling
from faceshards.shards.schema.codecs import encode_json, encode_npy
from faceshards.shards.schema.columns import PACKETS, RENDITION, SOUND_PACKETS
from faceshards.shards.schema.states import FAILED, NOT_APPLICABLE, stated
from faceshards.shards.writer import MemberBody

#: What a kind makes beside the clip itself: of its json, which it may add to, further members.
Beside = Callable[[dict[str, Any]], Mapping[str, MemberBody]]


def make_sample(
    archive: Archive, clip: RawClip, options: PackOptions, beside: Beside = lambda json: {}
) -> dict[str, MemberBody]:
    """The sample's members: `json`, the video, its packet tables, and those `beside` it. The whole clip is held in
    memory, once.

    A video file is kept byte for byte, after every frame of it was decoded once; frames are encoded one by one.
    Raises ClipError with the reason why the clip cannot be packed, SourceError when the source itself is gone.
    """
    body = _encode_frames(archive, clip, options) if clip.frames else archive.read(clip.entries[0])
    metadata = probe(body, max_pixels=options.max_pixels)
    _require_frames(metadata.frames, options)
    # Each picture is decoded once, to see that it does; those that we encoded are whole.
    damaged = 0 if clip.frames else damaged_frames(body, options.max_pixels)
    table, media = packet_table(body)
    packets, made = f"{clip.column}.{PACKETS}", options.made(clip.frames).fingerprint
    json: dict[str, Any] = {
        **metadata.scalars(),
        "source": readable(archive.path.absolute().name),
        **options.labels,
        **clip.facts,
        **identity_in(clip, options),
        **spelling(clip),
        "name": readable(clip.name),
        "container": clip.column,
        "bytes": len(body),
        "damaged_frames": damaged,
        "failures": [],
        "made": dict.fromkeys((clip.column, packets, SOUND_PACKETS), made),
        "media": {clip.column: media},
    }
    sound = _sound_packets(body, json) if metadata.sound_codec else None
    if sound is None:
        json = stated(json, [SOUND_PACKETS], FAILED if metadata.sound_codec else NOT_APPLICABLE)
    copies = _rendition(body, json, made, options) if options.rendition else {}
    json = stated(json, [name for name, copy in copies.items() if copy is None], FAILED)
    more = beside(json)
    json["made"] |= dict.fromkeys(more, made)
    members = {clip.column: body, packets: encode_npy(narrow(table)), SOUND_PACKETS: sound, **copies, **more}
    return {"json": encode_json(json), **members}


def _rendition(body: bytes, json: dict[str, Any], made: str, options: PackOptions) -> dict[str, bytes | None]:
    """The members of the training copy. Where it cannot be made, none: the clip stays, and `json` says so."""
    packets = f"{RENDITION}.{PACKETS}"
    json["made"] |= dict.fromkeys((RENDITION, packets), made)
    try:
        copy = rendition(body, options.rendition or 0, crf=options.crf, gop=options.gop, max_pixels=options.max_pixels)
        table, json["media"][RENDITION] = packet_table(copy)
    except ClipError as error:
        json["failures"].append({"stage": "pack", "code": error.code, "reason": f"the rendition: {error}"})
        return {RENDITION: None, packets: None}
    return {RENDITION: copy, packets: encode_npy(narrow(table))}


def _sound_packets(body: bytes, json: dict[str, Any]) -> bytes | None:
    """The member of the sound's packets. Where the sound does not decode, none: the clip stays, and `json` says so."""
    try:
        table, json["media"]["sound"] = sound_table(body)
    except ClipError as error:
        json["failures"].append({"stage": "pack", "code": error.code, "reason": f"the sound: {error}"})
        return None
    return encode_npy(narrow(table))


def _encode_frames(archive: Archive, clip: RawClip, options: PackOptions) -> bytes:
    _require_frames(len(clip.entries), options)
    return encode(_pictures(archive, clip, options), options.fps, crf=options.crf, gop=options.gop)


def _pictures(archive: Archive, clip: RawClip, options: PackOptions) -> Iterator[np.ndarray]:
    """The clip's frames in order, each uint8 (H, W, 3) RGB, all of one size; one is in memory at a time."""
    size: tuple[int, int] | None = None
    for entry in clip.entries:
        try:
            picture = read_picture(archive.read(entry), max_pixels=options.max_pixels)
        except ClipError as error:
            raise ClipError(error.code, f"frame {shown(entry.name)}: {error}") from error
        height, width = picture.shape[:2]
        size = size or (width, height)
        if size != (width, height):
            rule = f"the clip's first frame is {size[0]}x{size[1]}: make them one size"
            raise ClipError("mixed-sizes", f"frame {shown(entry.name)} is {width}x{height}, {rule}")
        yield picture


def _require_frames(frames: int, options: PackOptions) -> None:
    if frames < options.min_frames:
        rule = f"at least {options.min_frames} are asked for: --min-frames"
        raise ClipError("too-few-frames", f"the clip has {frames} frame{'s' * (frames != 1)}, {rule}")


def identity_in(clip: RawClip, options: PackOptions) -> dict[str, Any]:
    """`{"identity": person}` where the pattern is found in the clip's path, and what its other named groups say."""
    match = re.search(options.identity, clip.path) if options.identity else None
    if match is None:
        return {}
    groups = match.groupdict()
    person = groups.pop("identity", None) or ("" if groups else match[1] if match.re.groups else match[0])
    named = {fact_name(name): told(name, readable(text)) for name, text in groups.items() if text}
    return {**({"identity": readable(person)} if person else {}), **named}
