"""What the page says against its own numbers."""

from dataclasses import replace
from pathlib import Path

from faceshards.viewer.report.doubts import broken, chosen, doubts
from faceshards.viewer.summary.health import Health
from faceshards.viewer.summary.summary import summarise
from faceshards.viewer.summary.totals import total


def test_what_is_broken_is_named(dataset):
    one = summarise(dataset / "clips.tar", checksums=False)
    states = [replace(one, health=Health(state, "why")) for state in ("whole", "unchecked", "damaged", "unreadable")]
    assert list(broken(states)) == ["clips.tar is damaged: why", "clips.tar is unreadable: why"]


def test_many_shards_without_a_report_are_counted(dataset):
    one = summarise(dataset / "clips.tar", checksums=False)
    (said,) = doubts([replace(one, path=Path(f"{number:03}.tar")) for number in range(500)], [])
    assert "beside 000.tar, " in said and "007.tar, and 492 more shards: what" in said and len(said) < 250


def test_a_filter_says_what_it_leaves_out(dataset):
    where = "loudness_db < 0 AND snr_db > 1"
    everything = total([summarise(dataset / name, where=where) for name in ("clips.tar", "group124.tar")])
    said = list(chosen(everything, where))
    assert said[0].startswith(f"Only clips for which {where} holds: 0 of 6. ") and "snr_db" in said[1]
