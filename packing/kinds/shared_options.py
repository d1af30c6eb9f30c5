"""The options that `faceshards pack` has for every kind of source, and what they mean."""

from __future__ import annotations

from typing import Annotated

import typer

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
JsonOption = Annotated[bool, typer.Option("--json", help="Write the report as one JSON object on stdout.")]

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

MaxEntryBytesOption = Annotated[
    str, typer.Option(help="Largest file within the source, unpacked.", rich_help_panel="Guards")
]
MaxRatioOption = Annotated[
    int, typer.Option(help="A file that unpacks to more times its size is a bomb.", rich_help_panel="Guards")
]
MaxEntriesOption = Annotated[int, typer.Option(help="Most files within the source.", rich_help_panel="Guards")]


def labels(source: str | None, collection: str | None, licence: str | None, citation: str | None) -> dict[str, str]:
    """What stands in every sample's json of what was given."""
    given = {"source": source, "collection": collection, "licence": licence, "citation": citation}
    return {name: text for name, text in given.items() if text is not None}
