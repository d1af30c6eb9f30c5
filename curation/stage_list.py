"""`faceshards stages`: what there is to make of a clip, what each stage needs, and whether it can run here."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from faceshards.curation.engine.need import Frames, SoundOf
from faceshards.curation.engine.stage import Stage
from faceshards.curation.parameters import parameters_of
from faceshards.curation.table import stage_table
from faceshards.models.weights.registry import entry, locate
from faceshards.terminal import Screen, plain


def stages(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
) -> None:
    """Show every stage of `faceshards curate`: what it needs and makes, its parameters, whether its models are here.

    Stages of installed packages are among them (entry point `faceshards.stages`). Parameters are set with
    `curate --set STAGE.PARAMETER=VALUE`.

    Example: faceshards stages
    """
    rows = [_row(kind) for kind in stage_table().values()]
    if as_json:
        typer.echo(json.dumps({"stages": rows}))
        return
    from rich.table import Table

    table = Table()
    for head in ("stage", "needs", "makes", "parameters", "models"):
        table.add_column(head, no_wrap=head == "stage", overflow="fold")
    for row in rows:
        makes = [*row["makes"], *row["scores"]]
        parameters = [f"{name}={value}" for name, value in row["parameters"].items()]
        cells = (row["name"], ", ".join(row["needs"]), ", ".join(makes), ", ".join(parameters), _models(row["models"]))
        table.add_row(*map(plain, cells))
    Screen().print(table)


def _row(kind: type[Stage[Any]]) -> dict[str, Any]:
    stage = kind()
    return {
        "name": stage.name,
        "version": stage.version,
        "doc": (kind.__doc__ or "").strip().splitlines()[0] if kind.__doc__ else "",
        "needs": [_need(need) for need in stage.needs()],
        "makes": list(stage.columns),
        "scores": sorted(stage.keys),
        "parameters": parameters_of(kind),
        "models": {name: locate(entry(name)) is not None for name in stage.weights},
        "commercial": not stage.brought and all(entry(name).commercial for name in stage.weights),
    }


def _need(need: Any) -> str:
    if isinstance(need, (Frames, SoundOf)):
        return "frames" if isinstance(need, Frames) else "sound"
    return str(need.column)


def _models(found: dict[str, bool]) -> str:
    absent = [name for name, is_here in found.items() if not is_here]
    return "none needed" if not found else f"absent: {', '.join(absent)}" if absent else "here"
