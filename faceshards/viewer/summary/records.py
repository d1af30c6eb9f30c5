"""Summaries as JSON objects: what `faceshards inspect --json` writes."""

from __future__ import annotations

from typing import Any

from faceshards.viewer.summary.summary import ColumnSummary, Making, ShardSummary


def shard_record(summary: ShardSummary) -> dict[str, Any]:
    """One shard, or the total of several. `whole`, `removed` and the counts of `failed` add up to `samples`."""
    return {
        "path": str(summary.path),
        "generation": summary.generation,
        "bytes": summary.bytes,
        "samples": summary.samples,
        "unfiltered": summary.samples if summary.unfiltered is None else summary.unfiltered,
        "lacking": list(summary.lacking),
        "whole": summary.whole,
        "removed": summary.removed,
        "failed": [
            {"stage": stage, "code": code, "samples": count} for (stage, code), count in summary.reasons.most_common()
        ],
        "failures": [
            {"key": one.key, "name": one.name, "stage": one.stage, "code": one.code, "reason": one.reason}
            for one in summary.failures
        ],
        "stages": list(summary.stages),
        "origins": [
            {"collection": collection, "licence": licence, "source": source, "samples": samples}
            for (collection, licence, source), samples in summary.origins.items()
        ],
        "columns": [_column_record(column, summary.bytes) for column in summary.columns],
        "overhead": summary.overhead,
        "scores": [_score_record(score) for score in summary.scores],
        "scalars": [spread.record() for spread in summary.spreads],
        "health": {
            "state": summary.health.state,
            "detail": summary.health.detail,
            "members_checked": summary.health.checked,
        },
    }


def _column_record(column: ColumnSummary, total: int) -> dict[str, Any]:
    least, median, greatest = column.range or (None, None, None)
    return {
        **_score_record(column),
        "share": column.bytes / total if total else 0.0,
        "min": least,
        "median": median,
        "max": greatest,
    }


def _score_record(column: ColumnSummary) -> dict[str, Any]:
    return {
        "name": column.name,
        "bytes": column.bytes,
        "samples": column.present,
        "empty": column.empty,
        "made": [_making_record(making) for making in column.makings],
    }


def _making_record(making: Making) -> dict[str, Any]:
    made = making.made.record() if making.made else {}
    return {"fingerprint": making.fingerprint, "samples": making.samples, **made}
