import numpy as np
import pytest

from faceshards.viewer.drawing.clip_view import PlotSpan
from faceshards.viewer.report.charts import MOST_POINTS, Axes, Bars, Lines
from faceshards.viewer.summary.histogram import Spread


def bars(values, **options):
    return Bars.of(Spread.of("x", "dB", np.array(values, float)), **options)


def test_bars_are_as_high_as_their_counts():
    chart = bars([0, 0, 0, 0, 1, 1, 3], width=40, height=64)
    assert [bar.height for bar in chart.bars] == [64, 32, 0, 16]
    assert [bar.y + bar.height for bar in chart.bars] == [64] * 4
    assert [bar.x + bar.width / 2 for bar in chart.bars] == [5, 15, 25, 35]
    assert [bar.label for bar in chart.bars] == ["0: 4", "1: 2", "2: 0", "3: 1"]


def test_a_rare_bin_is_seen():
    assert bars([0] * 10_000 + [1]).bars[1].height == 2


def test_the_median_stands_where_the_median_is():
    assert bars([0, 1, 1, 2], width=30).median_x == 15
    assert bars([0.5, 1.0, 9.5], width=90).median_x == pytest.approx(5)
    assert bars([7.5], width=90).median_x == 45


def test_the_description_says_the_numbers():
    assert bars([0.5, 1.0, 9.5]).description == "3 samples from 0.5 to 9.5, median 1 dB"


def places(line):
    return [tuple(map(float, point.split(","))) for point in line.path.split(" ")]


def test_lines_share_their_axes():
    chart = Lines.of({"a": [(0, 4.0), (10, 2.0)], "b": [(0, 1.0), (5, 0.0)]})
    (a0, a1), (b0, b1) = (places(line) for line in chart.lines)
    assert a0[0] == b0[0] and b1[0] == pytest.approx((a0[0] + a1[0]) / 2, abs=0.1)
    assert (b1[1] - a0[1]) == pytest.approx(2 * (a1[1] - a0[1]), abs=0.2)  # a falls by 2, the whole span is 4
    assert chart.top < a0[1] < a1[1] < b1[1] < chart.bottom
    assert (chart.lines[0].first, chart.lines[0].last, chart.lines[0].end) == (4.0, 2.0, a1)


def test_ticks_are_round_and_inside():
    chart = Lines.of({"a": [(0, 0.1), (30, 3.4)]})
    assert [tick.label for tick in chart.x_ticks] == ["0", "10", "20", "30"]
    assert [tick.label for tick in chart.y_ticks] == ["0", "1", "2", "3"]
    assert all(chart.top <= tick.place <= chart.bottom for tick in chart.y_ticks)


@pytest.mark.parametrize("points", [[], [(1, float("nan"))], [(3, 3.0)], [(3, 0.0), (3, 0.0)], [(0, 1e-9), (1, 2e-9)]])
def test_odd_series_draw(points):
    chart = Lines.of({"a": points})
    assert len(chart.lines) == (1 if any(np.isfinite(y) for _, y in points) else 0)
    assert len(chart.y_ticks) <= 6


def test_long_series_are_thinned_and_keep_their_ends():
    chart = Lines.of({"a": [(step, 1 / (step + 1)) for step in range(10_000)]})
    assert len(places(chart.lines[0])) == MOST_POINTS
    assert chart.lines[0].first == 1.0 and chart.lines[0].last == 1 / 10_000


def test_a_plot_s_axes_stand_where_its_seconds_and_units_are():
    axes = Axes.of(PlotSpan(5.0, 0.0, 8.0, "kHz"), 160)
    assert [(tick.label, tick.place) for tick in axes.x] == [(str(n), 20.0 * n) for n in range(6)]
    assert [(tick.label, tick.place) for tick in axes.y] == [("0", 0), ("2", 25), ("4", 50), ("6", 75), ("8", 100)]
    assert (axes.x_unit, axes.y_unit) == ("s", "kHz")
    level = Axes.of(PlotSpan(0.4, -1.0, 1.0, ""), 121)
    assert [(tick.label, tick.place) for tick in level.y] == [("-1", 0), ("0", 50), ("1", 100)]
    assert [tick.label for tick in level.x] == ["0", "0.1", "0.2", "0.3", "0.4"]
