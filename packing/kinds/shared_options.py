"""The options that `faceshards pack` has for every kind of source, and what they mean."""

from __future__ import annotations

from typing import Annotated

import typer

from faceshards.errors import UsageError
from faceshards.packing.cutting.cut_rules import CutRules
from faceshards.terminal import parse_bytes

OutOption = Annotated[
    str, typer.Option(help="Folder for the shard, its index and its report: a path, or an s3:// URL.")
]
MaxBytesOption = Annotated[
    str | None, typer.Option(help="Split into NAME-00000.tar, ... of at most: 500M, 2G.", rich_help_panel="Shards")
]
LimitOption = Annotated[int | None, typer.Option(help="Pack only the first samples.", rich_help_panel="Shards")]
WorkersOption = Annotated[
    int | None, typer.Option(help="Samples made side by side; by default one a core.", rich_help_panel="Shards")
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Pack again, and replace what stands there.", rich_help_panel="Shards")
]
RayOption = Annotated[
    str | None, typer.Option(help="Pack each of several sources as a task of this Ray: HOST:PORT, or auto.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Write the report as one JSON object on stdout; several as a list.")
]

SourceOption = Annotated[
    str | None, typer.Option(help="Where the samples come from; by default the file's name.", rich_help_panel="Labels")
]
CollectionOption = Annotated[
    str | None, typer.Option(help="The data set that they belong to: VFHQ.", rich_help_panel="Labels")
]
LicenceOption = Annotated[
    str | None, typer.Option(help="The terms under which they may be used.", rich_help_panel="Labels")
]
CitationOption = Annotated[str | None, typer.Option(help="What to cite.", rich_help_panel="Labels")]

RenditionOption = Annotated[
    int | None, typer.Option(help="Make a training copy beside each clip, of so many pixels on its shorter side: 512.")
]
CutOption = Annotated[
    str | None,
    typer.Option(help="Cut videos: shots, speech, every 10s, or a CSV of name,start,end.", rich_help_panel="Cuts"),
]
MinSecondsOption = Annotated[
    float, typer.Option(help="Spans that are shorter are left out, and counted.", rich_help_panel="Cuts")
]
MaxSecondsOption = Annotated[
    float | None, typer.Option(help="Spans that are longer are divided into equal parts.", rich_help_panel="Cuts")
]
ExactOption = Annotated[
    bool,
    typer.Option(
        "--exact", help="Encode what begins at no keyframe: no picture is kept unseen.", rich_help_panel="Cuts"
    ),
]

MaxEntryBytesOption = Annotated[
    str, typer.Option(help="Largest file within the source, unpacked.", rich_help_panel="Guards")
]
MaxEntryBytesOrCutOption = Annotated[
    str | None,
    typer.Option(help="Largest file within the source, unpacked: 1G, with --cut 1T.", rich_help_panel="Guards"),
]
MaxRatioOption = Annotated[
    int, typer.Option(help="A file that unpacks to more times its size is a bomb.", rich_help_panel="Guards")
]
MaxEntriesOption = Annotated[int, typer.Option(help="Most files within the source.", rich_help_panel="Guards")]


def labels(source: str | None, collection: str | None, licence: str | None, citation: str | None) -> dict[str, str]:
    """What stands in every sample's json of what was given."""
    given = {"source": source, "collection": collection, "licence": licence, "citation": citation}
    return {name: text for name, text in given.items() if text is not None}


def entry_bytes(given: str | None, cut: bool) -> int:
    """The largest file within a source: what is cut is read by ranges, all else as a whole."""
    return parse_bytes(given or ("1T" if cut else "1G"))


def cut_rules(cut: str | None, least: float, most: float | None, exact: bool) -> CutRules | None:
    """How videos are cut; None where they are not. Raises UsageError for options that say how without `--cut`."""
    if cut is not None:
        return CutRules.of(cut, least, most, exact)
    if least or most is not None or exact:
        raise UsageError("--min-seconds, --max-seconds and --exact say how to cut: say where with --cut")
    return None
