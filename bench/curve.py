"""A drawing of curves, as a page shows it: an SVG of a few lines, the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 300, 68, 150, 28, 40
# Okabe and Ito's colours, which the colour-blind tell apart.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_TICKS = 4

#: Steps and values.
Points = Sequence[tuple[float, float]]


def curve(title: str, across: str, up: str, lines: Mapping[str, Points]) -> str:
    """The SVG of some lines by name, at least one of them with points; both axes begin at 0 unless values lie below.

    `across` and `up` name the axes. A name that ends in "(mean)" is drawn dashed: what is to be beaten.
    """
    points = [point for each in lines.values() for point in each]
    most_x, least_y = max(x for x, _ in points) or 1.0, min(0.0, *(y for _, y in points))
    most_y = max(y for _, y in points)
    span = (most_y - least_y) or 1.0

    def at(x: float, y: float) -> str:
        inner = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return f"{_LEFT + inner[0] * x / most_x:.1f},{_TOP + inner[1] * (1 - (y - least_y) / span):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_LEFT, 16, title),
        _text(_LEFT + (_WIDTH - _LEFT - _RIGHT) / 2, _HEIGHT - 6, across, "middle"),
        f'<text transform="translate(13,{_HEIGHT / 2:g}) rotate(-90)" text-anchor="middle">{escape(up)}</text>',
    ]
    for tick in range(_TICKS + 1):
        x, y = most_x * tick / _TICKS, least_y + span * tick / _TICKS
        (left, height), (right, _) = (at(one, y).split(",") for one in (0, most_x))
        parts.append(f'<path d="M{left} {height}H{right}" stroke="#dddddd"/>')
        parts.append(_text(_LEFT - 6, float(height) + 4, f"{y:.3g}", "end"))
        parts.append(_text(float(at(x, least_y).split(",")[0]), _HEIGHT - _BOTTOM + 16, f"{x:g}", "middle"))
    for number, (name, each) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        dashed = ' stroke-dasharray="6 4"' if name.endswith("(mean)") else ""
        places = " ".join(at(x, y) for x, y in each)
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>')
        row = _TOP + 18 * number + 8
        parts.append(f'<path d="M{_WIDTH - _RIGHT + 10} {row}h22" stroke="{colour}" stroke-width="2"{dashed}/>')
        parts.append(_text(_WIDTH - _RIGHT + 38, row + 4, name))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'
