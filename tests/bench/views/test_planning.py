"""Rows that are an index alone, planned as pairs in a process of its own."""

from dataclasses import replace

from faceshards.bench.views.planning import planned_figures, write_rows
from faceshards.bench.views.scale import ViewScale
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import SpeechFace


def test_each_person_has_its_sounds_and_pictures(tmp_path):
    """Three thousand sounds of 180 a person, a thousand pictures of 20: of the first person one sound is more."""
    dataset = ShardDataset(write_rows(tmp_path / "rows", 4), view=SpeechFace())
    assert len(dataset.plan) == 4001 and len(dataset) == 3001 * 20


def test_what_a_plan_takes_is_told(tmp_path):
    all_pairs, one_each = planned_figures(tmp_path, replace(ViewScale(), planned=(2,)))
    assert "2,000 rows, 20,020 pairs (all)" in all_pairs.work and " 1,001 pairs (all-to-one)" in one_each.work
    assert 0 < all_pairs.value < 200 and all_pairs.peers["CPU seconds"] > 0
