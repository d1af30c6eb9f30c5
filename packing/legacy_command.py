"""`faceshards legacy import|export`: MegActor's old tars in, and out again for its own trainers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from faceshards.packing.legacy import LegacyReport, export_tar, import_tar
from faceshards.terminal import Screen

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    no_args_is_help=True,
    help="Old MegActor shards (v1 and Sigma): `.pyd` pickles, `mp4_styled`, `fps.str`.\n\n"
    "Example: faceshards legacy import old/archive_0.tar --out train_set/old",
)

_Out = Annotated[Path, typer.Option(help="Folder for what is written and its report.")]
_Force = Annotated[bool, typer.Option("--force", help="Replace what stands there under the name.")]
_Json = Annotated[bool, typer.Option("--json", help="Write the reports as one JSON list on stdout.")]


@app.command("import")
def import_command(
    tars: Annotated[list[Path], typer.Argument(help="Old tars.")],
    out: _Out,
    kind: Annotated[str, typer.Option(help="v1, sigma, or auto: the fields' names tell.")] = "auto",
    source: Annotated[str | None, typer.Option(help="Where the clips come from; by default the tar's name.")] = None,
    collection: Annotated[str | None, typer.Option(help="The data set that they belong to: VFHQ.")] = None,
    licence: Annotated[str | None, typer.Option(help="The terms under which they may be used.")] = None,
    citation: Annotated[str | None, typer.Option(help="What to cite.")] = None,
    force: _Force = False,
    as_json: _Json = False,
) -> None:
    """Make shards from old MegActor tars. Clips keep their bytes; pickles become arrays, and nothing in them is run.

    A sample with a bad field is kept without it, one without a clip is left out; each is counted and its reason kept
    in NAME.import.json.

    Example: faceshards legacy import old/archive_0.tar --out train_set/old
    """
    labels = {"source": source, "collection": collection, "licence": licence, "citation": citation}
    named = {name: text for name, text in labels.items() if text is not None}
    _show([import_tar(tar, out, kind, named, force) for tar in tars], as_json)


@app.command("export")
def export_command(
    shards: Annotated[list[Path], typer.Argument(help="Shards of ours.")],
    out: _Out,
    kind: Annotated[str, typer.Option(help="Whose trainer reads them: v1 or sigma.")],
    force: _Force = False,
    as_json: _Json = False,
) -> None:
    """Make tars that MegActor's own trainers read, of shards with the columns that they need.

    Example: faceshards legacy export train_set/sigma/archive_0.tar --kind sigma --out again
    """
    _show([export_tar(shard, out, kind, force) for shard in shards], as_json)


def _show(reports: list[LegacyReport], as_json: bool) -> None:
    console = Screen(stderr=as_json, highlight=False)
    for report in reports:
        console.print(closing_table(report))
    if as_json:
        records = json.dumps([report.record() for report in reports])
        Screen(highlight=False).print(records, soft_wrap=True, markup=False)


def closing_table(report: LegacyReport) -> Table:
    """Samples in, whole and not, by reason, which add up; what has no place on the other side; the files."""
    table = Table(title=f"{report.command} {escape(report.source)}", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("kind", report.kind)
    table.add_row("samples in", str(report.seen))
    table.add_row("whole", str(report.whole))
    table.add_row("not whole", str(report.failures))
    for code, count in sorted(report.failed.get(report.command, {}).items()):
        first = next(one for one in report.rejected if one["code"] == code)
        table.add_row(f"  {code}", escape(f"{count}, such as {first['name']!r}: {first['reason']}"))
    for label, names in (("left out", report.left_out), ("the trainer asks for", report.absent)):
        if names:
            table.add_row(label, escape(", ".join(names)))
    for file in report.files:
        table.add_row("file", escape(file))
    return table
