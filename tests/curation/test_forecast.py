"""Prices by what was paid, and what a run says it will cost."""

import pytest

from faceshards.curation.forecast import Load, Price, Prices, RunForecast


def load(frames: float, width: int = 100, sound: float = 0.0) -> Load:
    return Load.of({"frames": frames, "width": width, "height": 100, "sound_duration": sound})


LOADS = [load(10), load(40, 300, 2.0), load(200, 200, 8.0), load(90, 100)]


@pytest.mark.parametrize(
    ("cost", "driver"),
    [
        (lambda one: 0.5 + 0.01 * one.frames, "frames"),
        (lambda one: 0.1 + 3 * one.pixels, "pixels"),
        (lambda one: 0.2 * one.sound, "sound"),
        (lambda one: 2.0, None),
    ],
)
def test_a_cost_is_told_by_what_it_goes_by(cost, driver):
    price = Price.of(LOADS, [cost(one) for one in LOADS])
    assert driver in (None, price.driver) and min(price.clip, price.unit) >= 0
    other = load(1000, 500, 40.0)
    assert price.cost(other) == pytest.approx(cost(other))
    assert price.cost(other + LOADS[0]) == pytest.approx(cost(other) + cost(LOADS[0]))


def test_what_a_bundle_of_clips_costs_tells_what_one_does():
    bundles = [LOADS[0] + LOADS[3], LOADS[1] + LOADS[2], LOADS[2]]
    price = Price.of(bundles, [one.clips * 0.5 + 0.01 * one.frames for one in bundles])
    assert price.cost(load(100)) == pytest.approx(1.5)


def test_no_price_is_below_zero_and_one_clip_is_enough_for_one():
    price = Price.of([load(10), load(1000)], [5.0, 4.0])
    assert price.cost(load(10_000)) >= 0 and price.cost(load(1)) >= 0
    assert Price.of([load(10)], [5.0]).cost(load(10)) == pytest.approx(5.0)
    assert Prices([(load(3), {"a": 1.0})]).cost(load(3), ["a", "never"]) == pytest.approx(1.0)
    assert Price.of([], []).cost(load(10)) == 0


@pytest.mark.parametrize("facts", [{}, {"frames": "many", "width": None, "height": -3}, {"frames": 0}])
def test_a_json_that_does_not_tell_is_a_clip_of_one_frame(facts):
    assert Load.of(facts) == Load(1.0, 1.0, 0.0, 0.0)


def test_a_run_foretells_when_a_few_clips_are_done_and_holds_it_against_the_end():
    loads = {row: load(10 * (1 + row % 7)) for row in range(100)}
    forecast = RunForecast(loads)
    for row, one in loads.items():
        assert (forecast.predicted is None) == (row < 5)
        forecast.add(row, {"faces": 0.02 * one.frames, **({"loud": 0.0} if row % 2 else {})})
    record = forecast.record()
    assert record["actual"] == pytest.approx(0.02 * sum(one.frames for one in loads.values()))
    assert record["predicted"] == pytest.approx(record["actual"])


def test_too_few_clips_foretell_nothing():
    forecast = RunForecast({row: load(10) for row in range(4)})
    for row in range(4):
        forecast.add(row, {"faces": 1.0})
    assert forecast.record() == {} == RunForecast({}).record()
