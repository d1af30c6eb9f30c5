"""`faceshards judgements`: what people said of clips, saved into shards, as a table, merged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from faceshards.dataset.judgements.judgement import Judgement
from faceshards.dataset.judgements.merging import RULES, MergedJudgements, merged
from faceshards.dataset.judgements.saving import save_judgements
from faceshards.dataset.judgements.sheet import read_sheet, sheet_of
from faceshards.dataset.judgements.spoken import spoken
from faceshards.errors import UsageError
from faceshards.jobs.progress import progress
from faceshards.shards.storage.atomic import write_atomic
from faceshards.terminal import Screen, counted, new_table, plain

# Conflicts that a terminal shows.
_SHOWN = 40

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="What people said of clips in faceshards view: saved into the shards, as a table, merged.\n\n"
    "Example: faceshards judgements save train_set",
)
_Paths = Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")]
_Json = Annotated[bool, typer.Option("--json", help="Write the counts as one JSON object on stdout.")]


@app.command()
def save(
    paths: _Paths,
    source: Annotated[
        Path | None, typer.Option("--from", help="A table (.csv) whose judgements count, whatever was said before.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Save judgements into the shards: the scalars judgement, judgement_note, judged_by and judged_at.

    They come from the journals in which faceshards view writes them down, or,
    with --from, from a table. Of several words on a clip the last one stands.
    Shards are written anew, each whole or not at all; one in which nothing
    changes is not written, one that cannot be is named, and the exit code is 1.

    Then judgement = 'keep' is a filter as any: of compact, of a loader.

    Example: faceshards judgements save train_set
    """
    given = None if source is None else read_sheet(source)
    with progress("saving judgements", unit="shards") as advance:
        done = save_judgements(paths, given, advance)
    screen = Screen(stderr=as_json, highlight=False)
    said = f"{done.clips} clips are judged; {len(done.written)} shards written"
    screen.print(plain(said), soft_wrap=True)
    if done.unknown:
        screen.print(plain(f"{done.unknown} judgements are on clips that no shard has", "yellow"), soft_wrap=True)
    for place, why in done.refused.items():
        screen.print(plain(f"not written: {why if place in why else f'{place}: {why}'}", "red"), soft_wrap=True)
    if as_json:
        written = [str(one) for one in done.written]
        _tell({"clips": done.clips, "written": written, "refused": done.refused, "unknown": done.unknown})
    if done.refused:
        raise typer.Exit(1)


@app.command()
def export(
    paths: _Paths,
    out: Annotated[Path, typer.Option(help="The table to write: .csv.")],
    by: Annotated[str | None, typer.Option(help="Only what this person said; by default what everybody did.")] = None,
    as_json: _Json = False,
) -> None:
    """Write judgements as a table (CSV): a line for each clip and person, saved or not.

    Its columns are shard (its path below the folder that is named), key,
    judgement, judgement_note, judged_by, judged_at, generation. A cell that a
    spreadsheet would take for a formula begins with an apostrophe.

    Example: faceshards judgements export train_set --out judgements.csv
    """
    _check_table(out)
    found = spoken(paths, by)
    write_atomic(out, sheet_of(found))
    counts = Counter(one.verdict for one in found)
    screen = Screen(stderr=as_json, highlight=False)
    screen.print(plain(f"{len(found)} judgements written to {out}: {counted(counts) or 'none'}"), soft_wrap=True)
    if as_json:
        _tell({"judgements": len(found), **counts})


@app.command()
def merge(
    tables: Annotated[list[Path], typer.Argument(help="Tables (.csv) that faceshards judgements export wrote.")],
    out: Annotated[Path, typer.Option(help="The table to write: .csv.")],
    rule: Annotated[
        str, typer.Option(help="What stands where people disagree: latest (word), drop, keep, or open (nothing).")
    ] = "latest",
    as_json: _Json = False,
) -> None:
    """Merge several people's judgements, and say how far they agree.

    Of each two persons: how many clips both judged, on how many they agree,
    and Cohen's kappa (1960), the agreement beyond chance: 1 is full, 0 is what
    chance gives. Conflicts are listed, with who said what, and decided by the
    rule; the column `against` of the table tells them. Notes of several
    people stand behind their names.

    The table can be saved: faceshards judgements save SHARDS --from c.csv.

    Examples:

      faceshards judgements export train_set --by ada --out ada.csv

      faceshards judgements export train_set --by ben --out ben.csv

      faceshards judgements merge ada.csv ben.csv --out both.csv --rule drop
    """
    _check_table(out)
    if rule not in RULES:
        raise UsageError(f"--rule {rule}: it is one of {', '.join(RULES)}")
    found = merged(_named(tables), rule)
    write_atomic(out, sheet_of(found.judgements, found.against))
    _show(found, rule, out, as_json)
    if as_json:
        conflicts = [[one.record() for one in words] for words in found.conflicts]
        agreements = [dict(vars(one)) for one in found.agreements]
        _tell({"judgements": len(found.judgements), "agreements": agreements, "conflicts": conflicts, "rule": rule})


def _named(tables: Sequence[Path]) -> dict[str, list[Judgement]]:
    """The judgements of each table, by its name; by its path where two have one name. Raises UsageError for a table
    that is named twice.
    """
    if twice := next((path for path, count in Counter(tables).items() if count > 1), None):
        raise UsageError(f"{twice} is named twice: it agrees with itself")
    names = Counter(one.name for one in tables)
    return {one.name if names[one.name] == 1 else str(one): read_sheet(one) for one in tables}


def _check_table(out: Path) -> None:
    if out.suffix != ".csv":
        raise UsageError(f"--out {out}: judgements are written as CSV: name it NAME.csv")


def _show(found: MergedJudgements, rule: str, out: Path, as_json: bool) -> None:
    screen = Screen(stderr=as_json, highlight=False)
    if found.agreements:
        table = new_table("Agreement", "one", "other", "both judged#", "agree#", "share#", "kappa#")
        for one in found.agreements:
            kappa = "-" if one.kappa is None else f"{one.kappa:.3f}"
            cells = (str(one.both), str(one.same), f"{one.same / one.both:.1%}", kappa)
            table.add_row(plain(one.one), plain(one.other), *cells)
        screen.print(table)
    else:
        screen.print("nobody judged a clip that another did: name the same folder when exporting", soft_wrap=True)
    if found.conflicts:
        table = new_table("Conflicts", "clip...", "said...", "stands")
        stands = {(one.shard, one.key): one.verdict for one in found.judgements}
        for words in found.conflicts[:_SHOWN]:
            clip, said = (words[0].shard, words[0].key), ", ".join(f"{one.by}: {one.verdict}" for one in words)
            table.add_row(plain(" ".join(clip)), plain(said), stands[clip])
        screen.print(table)
    more = max(0, len(found.conflicts) - _SHOWN)
    decided = f", decided by the rule {rule}" if found.conflicts else ""
    screen.print(
        plain(
            f"{len(found.judgements)} clips written to {out}, {len(found.conflicts)} conflicts{decided}"
            + (f"; {more} more conflicts than are shown: --json has them all" if more else "")
        ),
        soft_wrap=True,
    )


def _tell(record: dict[str, Any]) -> None:
    Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)
