"""`faceshards push SHARDS hf://datasets/ORG/NAME`: shards to a data set of the Hugging Face Hub."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from faceshards.errors import UsageError
from faceshards.jobs.progress import progress
from faceshards.packing.hub.address import HubAddress
from faceshards.packing.hub.client import Hub
from faceshards.packing.hub.push import Push, planned, pushed
from faceshards.terminal import Screen, size


def push(
    shards: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; then the data set.")],
    private: Annotated[
        bool, typer.Option("--private", help="Where the data set is made: for its owners alone.")
    ] = False,
    licence: Annotated[
        str | None, typer.Option(help="The terms of the samples whose labels name none: CC-BY-4.0.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent, show the card, send nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Push shards and their indexes to a data set of the Hub, with a card (README.md) and Croissant metadata
    (croissant.json) that are made of the shards: samples, hours, collections with licence and citation, columns.

    What the data set has already, byte for byte, is not sent again, so the same command goes on where it was ended.
    A shard that is damaged, or whose packing or curation did not finish, is not pushed, and nothing else is then.
    Samples whose labels name no licence need --licence.
    The data set's card is replaced; other files of it stay.

    It takes the extra hub, and a token with the right to write: `hf auth login`, or HF_TOKEN. HF_ENDPOINT is honoured.

    Example: faceshards push train_set hf://datasets/ORG/NAME --licence CC-BY-4.0 --private --dry-run
    """
    *paths, target = shards
    if not paths:
        raise UsageError("name shards and the data set: faceshards push SHARDS hf://datasets/ORG/NAME")
    address = HubAddress.parse(target)
    if address.path:
        raise UsageError(f"{target}: a whole data set is pushed to: leave /{address.path} out")
    hub = Hub(address)
    with progress("hashing", unit="files") as advance:
        plan = planned(paths, hub, licence, advance)
    waiting, kept = _told(plan), len(plan.standing)
    if not dry_run:
        with progress(f"pushing to {escape(str(address))}", unit="files") as advance:
            pushed(plan, hub, private, advance)
    screen = Screen(stderr=as_json, highlight=False)
    screen.print(closing_table(address, hub, plan, waiting, kept, dry_run))
    if dry_run:
        screen.print(plan.texts["README.md"].decode(), markup=False)
    if as_json:
        record = {"target": str(address), "dry_run": dry_run, "sent": waiting, "standing": plan.standing}
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)


def _told(plan: Push) -> list[str]:
    return [*(one.told.path for one in plan.waiting), *plan.texts_waiting]


def closing_table(address: HubAddress, hub: Hub, plan: Push, sent: list[str], kept: int, dry_run: bool) -> Table:
    """Samples, files sent (or to send) and those that stood there, which add up to all; the page."""
    table = Table(title=f"push {escape(str(address))}", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    rows: dict[str, Any] = {
        "samples": plan.found.samples,
        "files": len(plan.files) + len(plan.texts),
        "to send" if dry_run else "sent": f"{len(sent)}, {size(sum(one.told.size for one in plan.waiting))} of shards",
        "there already": kept,
        "page": hub.page,
    }
    for label, value in rows.items():
        table.add_row(label, escape(str(value)))
    return table
