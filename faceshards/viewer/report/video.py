"""The clips of the page that play: mp4s as they are, in the page itself, the small ones first, within its bytes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

from faceshards.errors import FaceshardsError
from faceshards.media.container import opened, video_stream
from faceshards.media.picture import MAX_PIXELS
from faceshards.terminal import size
from faceshards.viewer.report.cards import PageVideo, Tile
from faceshards.viewer.report.examples import Example
from faceshards.viewer.report.opened import OpenShards

#: What Chromium, Firefox and Safari all play in an mp4; HEVC, AV1 and MPEG-4 part 2 play in some of them only.
_CODECS = ("h264",)
_SOUNDS = ("aac", "mp3")
#: Ten bits and other samplings of colour play in few.
_PIXELS = ("yuv420p", "yuvj420p")
_START = "data:video/mp4;base64,"


def video_of(body: bytes) -> PageVideo | str:
    """The video of an mp4's bytes, or why not every browser plays it. Raises ClipError where it does not open."""
    with opened(body) as container:
        context = video_stream(container, MAX_PIXELS).codec_context
        sounds = [one.codec_context.codec.canonical_name for one in container.streams.audio if one.codec_context]
        codec, pixels = context.codec.canonical_name, str(context.pix_fmt)
    for name, known in ((codec, _CODECS), (pixels, _PIXELS), *((one, _SOUNDS) for one in sounds)):
        if name not in known:
            return f"not every browser plays {name}"
    return PageVideo(_START + base64.b64encode(body).decode("ascii"), bool(sounds))


def with_videos(examples: Sequence[Example], room: int) -> list[Example]:
    """The examples with videos that take at most `room` bytes of the page: clips before their twins, the small ones
    first; a tile that does not play says why. Whole clips stand before those on which a stage failed, clips that play
    themselves before those of which a twin does, and these before the others.
    """
    cards = [list(one.card.videos) for one in examples]
    tiles = [(place, tile.bytes, number) for number, one in enumerate(cards) for place, tile in enumerate(one)]
    with OpenShards() as shards:
        for place, _, number in sorted(tiles, key=lambda one: (one[0] > 0, *one[1:])):
            tile = cards[number][place]
            if tile.bytes:
                cards[number][place] = tile = _played(shards, examples[number], tile, room)
                room -= len(tile.video.uri) if tile.video else 0
    shown = [
        replace(one, card=replace(one.card, videos=tuple(made))) for one, made in zip(examples, cards, strict=True)
    ]
    return sorted(shown, key=lambda one: (one.card.failure is not None, _still(one)))


def _still(one: Example) -> int:
    """Videos of a card before the first that plays: 0 where the clip itself does."""
    videos = one.card.videos
    return next((place for place, tile in enumerate(videos) if tile.video), len(videos))


def _played(shards: OpenShards, example: Example, tile: Tile, room: int) -> Tile:
    """The tile with its video, where that takes at most `room` bytes, or with a note on why it has none."""
    container = tile.column.rpartition(".")[2]
    if container != "mp4":
        return replace(tile, note=f"Stills only: not every browser plays {container}.")
    if len(_START) + 4 * (-(-tile.bytes // 3)) > room:
        return replace(tile, note=f"Stills only: {size(tile.bytes)} of video do not fit into the page.")
    try:
        found = video_of(shards[example.shard].read(example.row, tile.column))
    except FaceshardsError as error:
        found = str(error)
    return replace(tile, note=f"Stills only: {found}.") if isinstance(found, str) else replace(tile, video=found)
