"""A drawing is an SVG with a line for each curve, within its frame, the same for the same numbers."""

import re
from xml.etree import ElementTree

from faceshards.bench.curve import curve

LINES = {"jaw <b>": [(0, 2.0), (50, 1.0), (100, 0.5)], "jaw (mean)": [(0, 1.8), (100, 1.8)], "loss": [(100, -1.0)]}


def test_each_curve_is_a_line_within_the_frame():
    drawn = curve("How it learns & what", "steps", "distance", LINES)
    assert drawn == curve("How it learns & what", "steps", "distance", LINES)
    root = ElementTree.fromstring(drawn)
    lines = root.findall("{*}polyline")
    assert [len(one.get("points").split()) for one in lines] == [3, 2, 1]
    assert [bool(one.get("stroke-dasharray")) for one in lines] == [False, True, False]
    places = [tuple(map(float, place.split(","))) for one in lines for place in one.get("points").split()]
    assert all(68 <= x <= 490 and 28 <= y <= 260 for x, y in places)
    assert places[0][1] == 28 and places[-1][1] == 260  # the largest value is at the top, the least at the bottom
    words = {one.text for one in root.findall("{*}text")}
    assert {"How it learns & what", "steps", "distance", *LINES} <= words and re.search(">100<", drawn)


def test_a_curve_of_zeros_is_drawn():
    assert "polyline" in curve("", "", "", {"loss": [(0, 0.0)]})
