"""What the reports beside shards say of how these came to be: packings and compactions, without times and paths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from faceshards.jobs.report import report_path
from faceshards.jobs.small_file import read_small
from faceshards.shards.storage.url import Place

#: Commands that make shards.
COMMANDS = ("pack", "compact", "import")
# What a run's shards are called behind the name of their source.
_ENDINGS = (r"", r"-[0-9]{5,}", r"-[a-z0-9]+", r"-[a-z0-9]+-[0-9]{5,}")


def runs_of(shards: Iterable[Place]) -> list[dict[str, Any]]:
    """The runs whose reports lie beside some of these shards and name them, each once, in a fixed order."""
    found: dict[str, dict[str, Any]] = {}
    for shard in shards:
        for place in report_places(shard, COMMANDS):
            if str(place) not in found and (report := _read(place)) and shard.name in made_by(report):
                found[str(place)] = _run(report)
    return sorted(found.values(), key=lambda one: json.dumps(one, sort_keys=True))


def report_places(shard: Place, commands: Iterable[str]) -> Iterator[Place]:
    """Where the reports of a shard may lie, its own first: one of a run that makes several shards has the name of their
    source.
    """
    names = dict.fromkeys(re.sub(rf"{ending}$", "", shard.stem) for ending in _ENDINGS)
    for name in filter(None, names):
        for command in commands:
            yield report_path(shard.with_name(f"{name}.tar"), command)


def _read(place: Place) -> dict[str, Any] | None:
    """A report; None where there is none, or what stands there is none."""
    with suppress(ValueError, RecursionError, OSError):
        body = read_small(place)
        report = json.loads(body) if body else None
        return report if isinstance(report, dict) and isinstance(report.get("command"), str) else None
    return None


def made_by(report: Mapping[str, Any]) -> set[str]:
    """File names of the shards that a run made."""
    shards, files = report.get("shards"), report.get("files")
    named = {last(str(file)) for file in files} if isinstance(files, list) else set()
    return named | (set(shards) if isinstance(shards, dict) else set())


def _run(report: Mapping[str, Any]) -> dict[str, Any]:
    """What decided a run's outcome, and its counts."""
    plan = _dict(report.get("plan"))
    source, sources = _dict(plan.get("source")), report.get("sources")
    told = {
        "command": report["command"],
        "source": last(str(report.get("source", ""))),
        "source_bytes": source.get("size"),
        "listing": source.get("listing"),
        "kind": plan.get("kind"),
        "options": plan.get("options"),
        "where": report.get("where"),
        "of": [_portable_shard(one) for one in sources] if isinstance(sources, list) else [],
        "seen": report.get("seen"),
        "whole": report.get("whole"),
        "failed": report.get("failed"),
        "ignored": report.get("ignored"),
    }
    return {name: portable(value) for name, value in told.items() if value not in (None, {}, [], "")}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _portable_shard(told: Any) -> dict[str, Any]:
    return {**_dict(told), "shard": last(str(_dict(told).get("shard", "")))}


def portable(value: Any) -> Any:
    """A JSON value without places of this machine or of a store: of a path only its last part."""
    if isinstance(value, dict):
        return {name: portable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [portable(one) for one in value]
    return last(value) if isinstance(value, str) and re.match(r"/|~/|[a-z][a-z0-9]*://", value) else value


def last(path: str) -> str:
    """The last part of a path or URL, or of the last of several."""
    return path.rstrip("/").rpartition("/")[2]
