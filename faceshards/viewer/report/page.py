"""What the report page says, and its template: the page asks for nothing from outside and runs no script.

Every text from data is escaped by the template engine and loses its control characters, and the page's content policy
forbids scripts and requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from faceshards import __version__
from faceshards.terminal import cleaned, size
from faceshards.viewer.report.cards import Card, Image
from faceshards.viewer.report.charts import Bars, Lines
from faceshards.viewer.report.faces import ShownFace
from faceshards.viewer.summary.failures import brief
from faceshards.viewer.summary.funnel import Funnel
from faceshards.viewer.summary.histogram import Spread, short
from faceshards.viewer.summary.summary import ColumnSummary, ShardSummary

#: How much the page shows of what may be long: rows of a table, charts, notes, steps of the funnel, reasons of a step,
#: makings of a column, parameters of a making. The others are counted. Of a clip's `scores` the others are folded up.
MOST = {"rows": 100, "charts": 60, "notes": 20, "steps": 60, "codes": 12, "makings": 4, "params": 40, "scores": 18}


@dataclass(frozen=True)
class Stat:
    """One of the numbers at the head of the page; `tone` is "good", "lost" or nothing."""

    label: str
    value: str
    tone: str = ""


@dataclass(frozen=True)
class LostClip:
    """A clip that did not come out whole, and the stage (or step) that it left at."""

    name: str
    stage: str
    code: str
    reason: str


@dataclass(frozen=True)
class StageTime:
    """Seconds of work of a stage over so many clips; `share` of the longest stage."""

    stage: str
    seconds: float
    clips: int
    share: float


@dataclass(frozen=True)
class Drawn:
    """A caller's figure, drawn: `chart` for a curve, `image` for a plate."""

    title: str
    caption: str
    chart: Lines | None = None
    image: Image | None = None
    x_label: str = ""
    y_label: str = ""


@dataclass(frozen=True)
class Page:
    """All that the template writes."""

    title: str
    lead: str
    stats: tuple[Stat, ...]
    notes: tuple[str, ...]
    faces: tuple[ShownFace, ...]
    funnel: Funnel
    lost: tuple[LostClip, ...]
    cards: tuple[Card, ...]
    selection: str
    turned_away: tuple[LostClip, ...]
    figures: tuple[Drawn, ...]
    spreads: tuple[Bars, ...]
    constants: tuple[Spread, ...]
    columns: tuple[ColumnSummary, ...]
    scores: tuple[ColumnSummary, ...]
    times: tuple[StageTime, ...]
    shards: tuple[ShardSummary, ...]
    total: ShardSummary
    commands: tuple[tuple[str, str], ...]
    version: str = __version__


def render(page: Page) -> str:
    """The page as HTML. Everything from data is escaped."""
    engine = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    engine.filters |= {"short": short, "size": size, "brief": brief, "count": "{:,}".format, "unit": _unit}
    return engine.get_template("report.html.j2").render(page=page, most=MOST)


def _unit(text: str) -> str:
    return text.replace("^2", "²")


def _shown(value: Any) -> Any:
    """A text as the page may hold it; what is marked as HTML stays marked."""
    return type(value)(cleaned(value)) if isinstance(value, str) else value
