"""The part for networks: each row's figures, in the order of the table."""

from faceshards.bench.curate import nets
from faceshards.bench.curate.scale import QUICK
from faceshards.bench.figure import Figure


def test_the_rows_come_in_their_order_and_know_how_large_things_are(monkeypatch, tmp_path):
    rows = {
        "two": lambda scale: iter([Figure("a", scale.runs, ""), Figure("b", scale.talking, "")]),
        "one": lambda scale: iter([Figure("c", scale.seconds, "")]),
    }
    monkeypatch.setattr(nets, "NETWORKS", rows)
    told = [(figure.work, figure.value) for figure in nets.measure(QUICK, tmp_path)]
    assert told == [("a", QUICK.runs), ("b", QUICK.talking), ("c", QUICK.seconds)]
    assert not list(tmp_path.iterdir())
