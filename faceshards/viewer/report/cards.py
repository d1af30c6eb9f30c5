"""The clips of the report page: pictures as data URIs, facts and scores as text."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from faceshards.media.picture import encode_jpg, encode_png
from faceshards.shards.schema.columns import PICTURE
from faceshards.shards.schema.scalars import NESTED, SCALARS
from faceshards.viewer.drawing.clip_view import NOT_MADE, Panel, Still, view_clip
from faceshards.viewer.drawing.drawing import Picture, fit
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.report.charts import Axes
from faceshards.viewer.summary.failures import RecordedFailure, brief, first_failure
from faceshards.viewer.summary.histogram import number, short

#: Frames are shown at half their pixels or less, where this quality is not told from the original.
QUALITY = 82
#: Longer side of the small frames under a large one, in pixels.
SMALL_SIDE = 128
#: A card shows at most this many scores.
MOST_SCORES = 60


@dataclass(frozen=True)
class Image:
    """A picture in the page itself; `uri` is a data URI, `alt` says what it shows."""

    uri: str
    width: int
    height: int
    alt: str

    @classmethod
    def jpg(cls, picture: Picture, alt: str) -> Image:
        """A photograph."""
        return cls(_uri("jpeg", encode_jpg(picture, QUALITY)), picture.shape[1], picture.shape[0], alt)

    @classmethod
    def png(cls, picture: Picture, alt: str) -> Image:
        """A drawing: few colours, hard edges."""
        return cls(_uri("png", encode_png(picture)), picture.shape[1], picture.shape[0], alt)


def _uri(kind: str, body: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(body).decode('ascii')}"


@dataclass(frozen=True)
class PageVideo:
    """A video in the page itself; `uri` is a data URI."""

    uri: str
    has_sound: bool


@dataclass(frozen=True)
class Tile:
    """One panel of a card: a large image and small ones of other moments, or why there are none.

    `axes` of a plot; of a video its `column` and the `bytes` of the member, the `video` where it plays in the page, and
    a `note` on why it does not.
    """

    label: str
    image: Image | None
    reel: tuple[Image, ...] = ()
    failure: RecordedFailure | None = None
    absent: str = ""
    axes: Axes | None = None
    column: str = ""
    bytes: int = 0
    video: PageVideo | None = None
    note: str = ""


@dataclass(frozen=True)
class Score:
    """One measured number of a clip."""

    name: str
    value: str
    unit: str


@dataclass(frozen=True)
class Card:
    """One clip of the page; `failure` is None for a whole one."""

    name: str
    facts: tuple[str, ...]
    failure: RecordedFailure | None
    videos: tuple[Tile, ...]
    points: tuple[Tile, ...]
    numbers: tuple[Tile, ...]
    sounds: tuple[Tile, ...]
    face: Tile
    scores: tuple[Score, ...]

    @property
    def weight(self) -> int:
        """Bytes that the card's images take in the page, its videos not counted."""
        tiles = (*self.videos, *self.points, *self.numbers, *self.sounds, self.face)
        images = [image for tile in tiles for image in (tile.image, *tile.reel)]
        return sum(len(image.uri) for image in images if image)


def make_card(sample: ShownSample) -> Card:
    """The card of one sample."""
    view = view_clip(sample)
    sounds = (view.waveform, view.spectrogram)
    return Card(
        sample.name,
        tuple(facts_of(sample.facts)),
        first_failure(sample.key, sample.facts),
        tuple(_playing(sample, panel.column, _moments(panel, view.best)) for panel in _made(view.videos)),
        tuple(replace(_moments(panel, view.best), reel=()) for panel in _once(view.points)),
        tuple(_still(panel, Image.png) for panel in _once(view.numbers)),
        tuple(_still(panel, Image.png if panel is view.waveform else Image.jpg) for panel in _made(sounds)),
        _still(view.face, Image.jpg),
        tuple(_scores(sample.facts)),
    )


def _made(panels: Iterable[Panel]) -> list[Panel]:
    """Those of which there may be something: a column that the shard does not have takes no room."""
    return [panel for panel in panels if panel.stills or panel.failure or panel.absent != NOT_MADE]


def _once(panels: Iterable[Panel]) -> Iterator[Panel]:
    """Those that show something, and each failure once: several columns of a stage fail together."""
    failures = set()
    for panel in panels:
        if panel.stills or (panel.failure and panel.failure not in failures):
            yield panel
        failures.add(panel.failure)


def _playing(sample: ShownSample, column: str, tile: Tile) -> Tile:
    """The tile with what its video weighs; that of a picture stays as it is."""
    if not tile.image or column in PICTURE:
        return tile
    return replace(tile, column=column, bytes=sample.shard.extent(sample.row, column).size)


def _moments(panel: Panel, best: int) -> Tile:
    if not panel.stills:
        return Tile(panel.label, None, (), panel.failure, panel.absent)
    large = panel.stills[min(best, len(panel.stills) - 1)]
    reel = [Image.jpg(fit(still.picture, SMALL_SIDE), _alt(panel, still)) for still in panel.stills]
    image = Image.jpg(large.picture, _alt(panel, large))
    return Tile(panel.label, image, tuple(reel) if len(reel) > 1 else ())


def _alt(panel: Panel, still: Still) -> str:
    faces = f", {still.faces} face{'s' if still.faces > 1 else ''} marked" if still.faces else ""
    return f"{panel.label} frame at {still.time:.2f} s{faces}"


def _still(panel: Panel, encode: Callable[[Picture, str], Image]) -> Tile:
    if not panel.stills:
        return Tile(panel.label, None, (), panel.failure, panel.absent)
    still = panel.stills[0]
    axes = Axes.of(still.span, len(still.picture)) if still.span and still.span.seconds > 0 else None
    return Tile(panel.label, encode(still.picture, panel.label), axes=axes)


def facts_of(facts: dict[str, Any]) -> list[str]:
    """What the clip is, in a few words; claims of another type than the table's are left out."""
    text = [brief(facts[name]) for name in ("identity", "collection", "source") if isinstance(facts.get(name), str)]
    width, height, duration = (number(facts.get(name)) for name in ("width", "height", "duration"))
    if width and height:
        text.append(f"{short(width)}×{short(height)}")
    match facts.get("fps"):
        case [int(num), int(den)] if 0 < num < 1e9 and 0 < den < 1e9:
            text.append(f"{short(num / den)} fps")
    if duration:
        text.append(f"{short(duration)} s")
    codecs = [brief(facts[name]) for name in ("video_codec", "sound_codec") if isinstance(facts.get(name), str)]
    return [*dict.fromkeys(text), *([" + ".join(codecs)] if codecs else [])]


def _unit(name: str) -> str:
    """A share's unit is its range, which says nothing beside the number."""
    unit = SCALARS[name].unit if name in SCALARS else ""
    return "" if unit == "0..1" else unit


def _scores(facts: dict[str, Any]) -> list[Score]:
    """The numbers that stages measured, in the order of the table, a user's own after them."""
    names = [name for name, scalar in SCALARS.items() if scalar.maker != "pack"]
    names += sorted(facts.keys() - SCALARS.keys() - NESTED)
    values = ((name, number(facts.get(name))) for name in names)
    scores = [Score(brief(name), short(value), _unit(name)) for name, value in values if value is not None]
    return scores[:MOST_SCORES]
