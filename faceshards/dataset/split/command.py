"""`faceshards split`: train, validation and test, with nobody on two sides."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import typer

from faceshards.dataset.clips import ShardClips, check_known, listed
from faceshards.dataset.labels import set_labels
from faceshards.dataset.named import IDENTITY, NAMES, known
from faceshards.dataset.split.shares import SIDES, Shares
from faceshards.dataset.split.sides import sides_of
from faceshards.dataset.split.strata import strata_of
from faceshards.errors import UsageError
from faceshards.jobs.progress import progress
from faceshards.shards.schema.provenance import Provenance
from faceshards.terminal import Screen, new_table, plain

#: The scalar, and the name of its recipe.
SPLIT = "split"


def split(
    paths: Annotated[list[str], typer.Argument(help="Shards, or folders of shards: paths, or s3:// URLs.")],
    by: Annotated[
        str, typer.Option(help="What stands on one side as a whole: identity, or a scalar such as source.")
    ] = IDENTITY,
    stratify: Annotated[
        str | None, typer.Option(help="A scalar of which each side gets its share: language, face_share.")
    ] = None,
    train: Annotated[float, typer.Option(help="Share of the clips.")] = 0.9,
    validation: Annotated[float, typer.Option(help="Share of the clips.")] = 0.05,
    test: Annotated[float, typer.Option(help="Share of the clips.")] = 0.05,
    seed: Annotated[int, typer.Option(help="Another number, another split.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Write the counts as one JSON object on stdout.")] = False,
) -> None:
    """Put every clip into train, validation or test, nobody into two of them: the scalar split.

    By identity a clip belongs to the person that it was packed with, else to
    the one that `faceshards identity` found. Clips of whom nothing is known go
    to train. Shares are of clips, as near as whole persons allow; of a number,
    --stratify takes the quarters in which it lies.

    The split is the same for the same clips, in whatever order they are named.
    The same command with more shards leaves all persons where they are, and
    places the new ones; with another seed, share or scalar it splits anew.
    Name all shards of a data set at once. A shard in which nothing changes is
    not written.

    A loader reads a side by where="split = 'train'".

    Example: faceshards split train_set --by identity --stratify collection --test 0.1 --train 0.85
    """
    shares = Shares(train, validation, test)
    made = Provenance(SPLIT, 1, {"by": by, "stratify": stratify, "shares": list(shares.each), "seed": seed})
    wanted = [by, *NAMES, SPLIT, *([stratify] if stratify else [])]
    shards = listed(paths, list(dict.fromkeys(wanted)), write=True)
    groups = _groups(shards, by)
    strata = _strata(shards, stratify)
    sides = sides_of(groups, strata, shares, seed, _recorded(shards, made))
    written, left = [], iter(sides)
    with progress("split", len(shards), "shards") as advance:
        for number, shard in enumerate(shards):
            labels = [{} if row in shard.removed else {SPLIT: next(left)} for row in range(len(shard))]
            if set_labels(shard, [SPLIT], labels, made):
                written.append(str(shard.place))
            advance(number + 1, len(shards))
    _show(_counts(groups, sides), shares, written, len(shards), as_json)


def _groups(shards: Sequence[ShardClips], by: str) -> list[str | None]:
    """What each clip belongs to. Raises UsageError where nothing is known of any."""
    if by == IDENTITY:
        found = [person for shard in shards for person in _standing(shard, known(shard))]
        if not any(found):
            raise UsageError(
                "--by identity: no clip has a person: pack with --identity; `faceshards identity` finds who is in "
                "several clips; --by name takes each clip for itself"
            )
        return found
    check_known(shards, by, "--by")
    values = (value for shard in shards for value in _standing(shard, shard.scalars[by]))
    return [None if value is None else str(value) for value in values]


def _standing(shard: ShardClips, values: Sequence[Any]) -> list[Any]:
    """Those of the clips that are there."""
    return [values[row] for row in shard.standing]


def _strata(shards: Sequence[ShardClips], name: str | None) -> np.ndarray:
    if name is None:
        return np.zeros(sum(len(shard.standing) for shard in shards), np.int64)
    check_known(shards, name, "--stratify")
    return strata_of([value for shard in shards for value in _standing(shard, shard.scalars[name])], name)


def _recorded(shards: Sequence[ShardClips], made: Provenance) -> list[str | None]:
    """The side that each clip has by this very recipe."""
    found: list[str | None] = []
    for shard in shards:
        ours = made.fingerprint in shard.provenance
        found += _standing(shard, shard.scalars[SPLIT] if ours else [None] * len(shard))
    return found


def _counts(groups: Sequence[str | None], sides: Sequence[str]) -> dict[str, dict[str, int]]:
    """Side -> clips, groups, and clips of none."""
    clips = Counter(sides)
    whole = Counter(side for _, side in {(one, side) for one, side in zip(groups, sides, strict=True) if one})
    unknown = Counter(side for one, side in zip(groups, sides, strict=True) if one is None)
    return {side: {"clips": clips[side], "groups": whole[side], "unknown": unknown[side]} for side in SIDES}


def _show(counts: dict[str, dict[str, int]], shares: Shares, written: list[str], shards: int, as_json: bool) -> None:
    screen, total = Screen(stderr=as_json, highlight=False), sum(one["clips"] for one in counts.values())
    table = new_table("Split", "side", "clips#", "share#", "wanted#", "groups#", "of nobody known#")
    for (side, one), wanted in zip(counts.items(), shares.each, strict=True):
        share = one["clips"] / max(1, total)
        cells = (one["clips"], f"{share:.1%}", f"{wanted:.1%}", one["groups"], one["unknown"])
        table.add_row(side, *map(str, cells))
    screen.print(table)
    screen.print(plain(f"{len(written)} of {shards} shards written"), soft_wrap=True)
    if as_json:
        record: dict[str, Any] = {"sides": counts, "written": written, "shards": shards}
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)
