"""`faceshards export KIND SHARDS... DIR`: shards become the folder trees that they were packed from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from faceshards.errors import SourceError
from faceshards.jobs.progress import progress
from faceshards.packing.exports import fiftyone, rerun
from faceshards.packing.exports.fiftyone import FiftyOneTree
from faceshards.packing.exports.layout import Layout
from faceshards.packing.exports.rerun import RerunTree
from faceshards.packing.exports.tree import ExportReport, export_tree
from faceshards.packing.kinds.avspeech.layout import SpeechSeparation, check_one_split
from faceshards.packing.kinds.celebv import layout as celebv_layout
from faceshards.packing.kinds.clips import layout as clips_layout
from faceshards.packing.kinds.emoca import layout as emoca_layout
from faceshards.packing.kinds.megactor.command import export_megactor
from faceshards.packing.kinds.own_files import OwnFiles
from faceshards.packing.kinds.vfhq import layout as vfhq_layout
from faceshards.packing.kinds.webdataset.command import export_webdataset
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.url import Place
from faceshards.terminal import Screen

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    no_args_is_help=True,
    help="The way back: shards become the folder tree that `faceshards pack KIND` took; or what other viewers read.\n\n"
    "Example: faceshards export vfhq train_set/VFHQ vfhq_again",
)


@app.callback()
def _kinds() -> None:
    """Makes a group of the app, also while it has one kind."""


_Shards = Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")]
_Folder = Annotated[Path, typer.Argument(help="Folder for the tree.")]
_Force = Annotated[bool, typer.Option("--force", help="Replace files of other bytes that stand there.")]
_Json = Annotated[bool, typer.Option("--json", help="Write the report as one JSON object on stdout.")]


def add_kind(
    kind: str,
    layout: Callable[[], Layout],
    teaches: str,
    check: Callable[[Sequence[Place]], None] = lambda found: None,
    *,
    keeps: bool = False,
) -> None:
    """Adds `faceshards export KIND`; `teaches` is its help, `check` refuses shards that have no place in one tree.
    `keeps`: a file that stands is left, whatever its bytes, for they differ from run to run.
    """

    def export(shards: _Shards, folder: _Folder, force: _Force = False, as_json: _Json = False) -> None:
        check(find_shards(*shards))
        export_shards(kind, layout(), shards, folder, force=force, as_json=as_json, keeps=keeps)

    export.__doc__ = teaches
    app.command(kind)(export)


def export_shards(
    kind: str,
    layout: Layout,
    shards: list[str],
    folder: Path,
    *,
    force: bool = False,
    as_json: bool = False,
    keeps: bool = False,
) -> None:
    """Writes the tree of a kind and says how it went, on stderr where stdout is a machine's. Raises UsageError,
    StorageError, and SourceError where no sample has a place in the tree.
    """
    found = find_shards(*shards)
    report = ExportReport("export", ", ".join(shards), kind=kind, files=[str(folder)])
    with progress(f"exporting {escape(kind)}", len(found), "shards") as advance, storage_errors(folder):
        export_tree(found, folder, layout, report, force=force, keeps=keeps, advance=advance)
    report.close(None if report.whole or not report.seen else f"none of {report.seen} samples is of kind {kind}")
    Screen(stderr=as_json, highlight=False).print(closing_table(report))
    if as_json:
        Screen(highlight=False).print(json.dumps(report.record()), soft_wrap=True, markup=False)
    if report.error:
        raise SourceError(f"{report.source}: {report.error}")


def closing_table(report: ExportReport) -> Table:
    """Samples in, exported and not, by reason, which add up; the files."""
    table = Table(title=f"export {escape(report.source)}", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("samples in", str(report.seen))
    table.add_row("exported", str(report.whole))
    table.add_row("not exported", str(report.failures))
    for code, count in sorted(report.failed.get("export", {}).items()):
        first = next((one for one in report.rejected if one["code"] == code), None)
        table.add_row(
            f"  {code}", escape(f"{count}" + (f", such as {first['name']!r}: {first['reason']}" if first else ""))
        )
    if report.counts.get("removed"):
        table.add_row("removed on request", str(report.counts["removed"]))
    table.add_row("files written", str(report.counts.get("written", 0)))
    if report.counts.get("standing"):
        table.add_row("files that stood", str(report.counts["standing"]))
    if report.counts.get("left out"):
        table.add_row("files left out", f"{report.counts['left out']}, refused when they were packed")
    table.add_row("folder", escape(report.files[0]))
    return table


add_kind(
    "avspeech",
    SpeechSeparation,
    """Write rows of AVSpeech as the folders that speech_separation's scripts read: below DIR/data the catalogue, three
    seconds of sound of each clip, plain and normalised, 75 frames, and, where the shards have `crop.mp4`, the faces.

    Example: faceshards export avspeech train_set/AVSpeech speech_separation/
    """,
    check_one_split,
)
add_kind("celebv", clips_layout.ClipTree, celebv_layout.TEACHES)
add_kind("clips", clips_layout.ClipTree, clips_layout.TEACHES)
add_kind("emoca", emoca_layout.EmocaLayout, emoca_layout.TEACHES)
add_kind(
    "face-decoder",
    lambda: OwnFiles("face-decoder"),
    """The pictures that `faceshards pack face-decoder` took, with their embeddings and landmarks beside them, each file
    with its name and its bytes; pictures that were drawn at another size as they were drawn.

    Example: faceshards export face-decoder train_set/HQ HQ_again
    """,
)
add_kind("fiftyone", FiftyOneTree, fiftyone.TEACHES)
app.command("megactor")(export_megactor)
add_kind("rerun", RerunTree, rerun.TEACHES, keeps=True)
add_kind(
    "speech-face",
    lambda: OwnFiles("speech-face"),
    """The tree of persons that `faceshards pack speech-face` took: PERSON/audios and PERSON/images, each file with its
    name and its bytes.

    Example: faceshards export speech-face train_set/VoxCeleb VoxCeleb_again
    """,
)
add_kind("vfhq", vfhq_layout.VfhqTree, vfhq_layout.TEACHES)
app.command("webdataset")(export_webdataset)
