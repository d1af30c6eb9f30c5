"""Stages that a run does not name: listed where what they were made of has changed, or followed."""

import json

import pytest

from faceshards.curation import stale
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import run_shard
from faceshards.curation.stages.loudness import Loudness
from faceshards.curation.stages.spectrogram import Spectrogram
from faceshards.curation.stages.swap import Swap, SwapParams
from faceshards.curation.stale import followed
from faceshards.jobs.report import Report, report_path
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.provenance import Provenance
from tests.curation.conftest import clip_of, moved, voice
from tests.curation.test_contents import Copy, facts, lacking, replaced
from tests.curation.test_curate import curate
from tests.curation.toy_stages import Light, Peak


@pytest.fixture
def table(monkeypatch) -> None:
    """The toys are stages of the table."""
    monkeypatch.setattr(stale, "stage_table", lambda: {kind.name: kind for kind in (Light, Peak, Copy)})


def test_who_reads_what_a_run_makes_anew_is_listed_and_who_reads_that_is_not_yet(some_shard):
    shard = some_shard("two", "astro 1", "hopper.1")
    run_shard(shard, StagePlan((Light(), Peak(), Copy())))
    assert run_shard(shard, StagePlan((Light(),))).stale == {}
    found = run_shard(shard, StagePlan((Light(gain=2.0),)))
    assert found.stale == {"peak": 2} == Report.load(report_path(shard, "curate")).stale
    assert run_shard(shard, StagePlan((Light(gain=2.0),))).stale == {"peak": 2}, "nothing to do, and still so"
    assert run_shard(shard, StagePlan((Light(gain=2.0), Peak()))).stale == {}, "the brightest frame is the same"


def test_followed_stages_are_made_again_as_they_were_and_only_where_they_are(some_shard, tmp_path, table):
    shard = some_shard("three", "astro 1", "hopper.1", "astro 2")
    run_shard(shard, StagePlan((Light(gain=0.5, bad="astro 1"),)))
    run_shard(shard, StagePlan((Peak(),), limit=2))
    found = run_shard(shard, StagePlan((Light(gain=2.0),), follow=True))
    assert (found.worked["light"], found.worked["peak"], found.stale) == (3, 2, {})
    assert ["peak" in one["inputs"] for one in facts(shard)] == [True, True, False]
    assert not lacking(shard, StagePlan((Light(gain=2.0),), follow=True))
    with Shard(shard) as opened:
        assert {one.stage: one.params for one in opened.provenance.values()} == {
            "pack": {},
            "light": {"gain": 2.0, "bad": "-"},
            "peak": {},
        }


@pytest.mark.parametrize(
    "made",
    [
        Provenance("peak", 9),
        Provenance("peak", 1, models={"a.onnx": "00"}),
        Provenance("peak", 1, {"no": 1}),
        Provenance("elsewhere", 1),
    ],
)
def test_what_cannot_be_made_as_it_was_is_not_followed_and_stays_listed(some_shard, table, made):
    shard = some_shard("two", "astro 1", "hopper.1")
    run_shard(shard, StagePlan((Light(), Peak())))

    def elsewhere(row: int, old: dict) -> dict:
        marks = {**old["made"], "peak.npy": made.fingerprint}
        return {**old, "made": marks, "inputs": {"light": old["inputs"]["light"], made.stage: old["inputs"]["peak"]}}

    with Shard(shard) as opened:
        peaks = {name for name, one in opened.provenance.items() if one.stage == "peak"}
    rewrite(shard, {}, elsewhere, [made], forget=peaks)
    found = run_shard(shard, StagePlan((Light(gain=2.0),), follow=True))
    assert (found.stale, "peak" in found.worked) == ({made.stage: 2}, False)


def test_a_stage_by_several_recipes_is_not_followed_nor_one_whose_folder_nobody_knows(some_shard, monkeypatch):
    shard = some_shard("one", "astro 1")
    kinds = {kind.name: kind for kind in (Light, Swap)}
    monkeypatch.setattr(stale, "stage_table", lambda: kinds)
    recipes = {
        "several": [StagePlan((Light(gain=gain),)).recipes["light"] for gain in (1.0, 2.0)],
        "folder": [StagePlan((Swap(SwapParams(digests={"a.jpg": "00"})),)).recipes["swap"]],
        "clips": [StagePlan((Swap(SwapParams(min_face=50)),)).recipes["swap"]],
    }
    found = {}
    for name, made in recipes.items():
        path = shard.with_name(f"{name}.tar")
        path.write_bytes(shard.read_bytes())
        rewrite(path, {}, lambda row, old: old, made)
        with Shard(path) as opened:
            found[name] = sorted(followed(StagePlan((Peak(),), follow=True), opened).followed)
    assert found == {"several": [], "folder": [], "clips": ["swap"]}


def test_the_command_lists_what_is_stale_and_follows_it(some_shard, astronaut, capsys):
    shard = some_shard("two", "astro 1", "astro 2")
    run_shard(shard, StagePlan((Loudness(), Spectrogram())))
    replaced(shard, "mp4", clip_of(moved(astronaut, 8), voice(0.4, pitch=200)))
    run_shard(shard, StagePlan((Loudness(),)))
    assert curate(shard, "--inline", "--stages", "loudness") == 0
    out = capsys.readouterr().out
    assert "stale: spectrogram" in out and "--follow makes them again" in out
    assert curate(shard, "--inline", "--stages", "loudness", "--follow", "--json") == 0
    total = json.loads(capsys.readouterr().out)["total"]
    assert (total["stale"], total["worked"]["spectrogram"]) == ({}, 1)
