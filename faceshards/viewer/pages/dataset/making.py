"""How a data set was made: the funnel, which adds up, and the recipes of what stands in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.summary.funnel import Funnel, FunnelStep
from faceshards.viewer.summary.runs import pack_runs
from faceshards.viewer.summary.summary import ShardSummary, summarise
from faceshards.viewer.summary.totals import total

#: Clips whose jsons are read for it; of more the indexes must do. Shards that are opened.
MOST_JSONS, MOST_SHARDS = 5_000, 256


def making(collection: Collection, advance: Callable[[int, int], None] = lambda done, total: None) -> dict[str, Any]:
    """The `funnel`, a step a stage; the `recipes`, and what each made of how many clips; `read`: of how many shards,
    and whether from the jsons or from the indexes alone, which know no reasons and not who made what where a shard
    knows several recipes of one stage.
    """
    places = collection.places[:MOST_SHARDS]
    jsons = len(collection.rows) <= MOST_JSONS
    summaries = []
    for number, place in enumerate(places):
        summaries.append(summarise(place, checksums=False, where=collection.where, json=jsons))
        advance(number + 1, len(places))
    whole = total(summaries)
    funnel = Funnel.of(whole, pack_runs([one for one in places if isinstance(one, Path)], []))
    return {
        "funnel": [_step(one) for one in funnel.steps],
        "seen": funnel.seen,
        "whole": funnel.whole,
        "recipes": _recipes(whole),
        "read": {"shards": len(places), "of": len(collection.places), "jsons": jsons},
        "unreadable": [
            {"shard": one.path.name, "why": one.health.detail}
            for one in summaries
            if one.health.detail and one.health.state in ("unreadable", "damaged")
        ],
    }


def _step(one: FunnelStep) -> dict[str, Any]:
    losses = [{"code": loss.code, "clips": loss.clips} for loss in one.losses]
    return {"name": one.name, "entered": one.entered, "passed": one.passed, "left": one.left, "losses": losses}


def _recipes(whole: ShardSummary) -> list[dict[str, Any]]:
    """A recipe each: stage, version, parameters, models, and the columns and scores that it made."""
    made: dict[str, Any] = {}
    columns: dict[str, Counter[str]] = {}
    for column in (*whole.columns, *whole.scores):
        for making in column.makings:
            made[making.fingerprint] = making.made
            columns.setdefault(making.fingerprint, Counter())[column.name] += making.samples
    rank = {stage: place for place, stage in enumerate(whole.stages)}
    told = []
    for fingerprint, one in made.items():
        record = one.record() if one else {"stage": "", "version": 0, "params": {}, "models": {}}
        makes = [{"name": name, "clips": clips} for name, clips in columns[fingerprint].items()]
        told.append({"fingerprint": fingerprint, **record, "makes": makes})
    return sorted(told, key=lambda one: (rank.get(one["stage"], -1), one["stage"], one["fingerprint"]))
