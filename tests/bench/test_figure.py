import json

import pytest

from faceshards.bench.figure import Figure, ratio, show
from faceshards.bench.race import Times

TIMES = {"faceshards": Times((1.0, 2.0, 4.0)), "peer": Times((10.0, 30.0, 20.0))}


def test_a_ratio_is_of_medians_with_the_best_beside_it():
    figure = ratio("work", TIMES, "peer", 10)
    assert (figure.value, figure.best, figure.holds) == (10.0, 10.0, True)
    assert not ratio("work", TIMES, "peer", 10.1).holds


@pytest.mark.parametrize(
    ("target", "holds"), [((">=", 2.0), True), (("<=", 2.0), True), (("<=", 1.9), False), (None, None)]
)
def test_targets(target, holds):
    assert Figure("w", 2.0, "x", target).holds is holds


def test_json_is_one_object_and_the_table_names_every_figure(capsys):
    figures = [
        ratio("write", TIMES, "peer", 10, "peer: call()"),
        Figure("bytes [3]", 1.05, "", ("<=", 1.1), None, {"read": 9}),
    ]
    show(figures, as_json=True)
    first, second = json.loads(capsys.readouterr().out)["rows"]
    assert first == {
        "work": "write", "value": 10.0, "unit": "x peer", "target": ">= 10", "holds": True, "best": 10.0,
        "peers": {"faceshards s": 2.0, "peer s": 20.0},
    }  # fmt: skip
    assert second["holds"] is True and second["peers"] == {"read": 9}
    show(figures, as_json=False)
    printed = capsys.readouterr().out
    assert "write" in printed and "bytes [3]" in printed and "peer: call()" in printed
