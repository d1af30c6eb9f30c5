"""`faceshards dedupe`: clips that show the same moments, listed and never deleted."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from faceshards.dataset.clips import listed
from faceshards.dataset.duplicates.faces import faces_apart
from faceshards.dataset.duplicates.looking import looked_at
from faceshards.dataset.duplicates.looks import LookStore
from faceshards.dataset.duplicates.pairs import alike, listed_pairs, save_pairs
from faceshards.dataset.named import NAMES
from faceshards.errors import UsageError
from faceshards.jobs.progress import progress
from faceshards.terminal import Screen, counted, new_table, plain

# Pairs that a terminal shows.
_SHOWN = 40


def dedupe(
    paths: Annotated[list[str], typer.Argument(help="Shards, or folders of shards; paths or URLs.")],
    out: Annotated[Path | None, typer.Option(help="Write the pairs to this .parquet file.")] = None,
    threads: Annotated[
        int | None, typer.Option(help="Clips that are decoded side by side; by default one a CPU.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write all pairs as one JSON object on stdout.")] = False,
) -> None:
    """List clips that show the same moments: encoded anew, scaled, slightly cropped, trimmed, or overlapping.

    Candidates are found by perceptual hashes of four pictures a second; they
    are a pair where, picture by picture, what moves is nearest to the picture
    of the same moment, for 1.2 seconds or more; where that is a part of both
    only, for 2.4. Two clips of one person in one room are none, nor are the
    two halves of a clip. Of clips in which nothing moves the pictures are
    compared.

    The score is the share of pictures of which that is so (of stills, the
    correlation of the pictures).
    Where shards know faces (curate --stages faces,identity), face_apart says
    how far apart the two are, in thresholds: from 1 on they are two persons'.

    Nothing is changed and nothing deleted: what to do is yours to say, as
    faceshards compact with a filter, or faceshards split by a scalar of yours.

    Example: faceshards dedupe train_set --out pairs.parquet
    """
    if out is not None and out.suffix != ".parquet":
        raise UsageError(f"--out {out}: pairs are written as Parquet: name it NAME.parquet")
    if threads is not None and threads < 1:
        raise UsageError(f"--threads must be at least 1, got {threads}")
    shards = listed(paths, NAMES)
    with LookStore() as store:
        with progress("looking at", sum(map(len, shards))) as advance:
            looked = looked_at(shards, store, threads or os.cpu_count() or 1, advance=advance)
        with progress("comparing", unit="pairs") as advance:
            found = alike(looked, store, shards, advance=advance)
    apart = faces_apart(shards, [(one, other) for one, other, _ in found]) if found else {}
    rows = listed_pairs(found, shards, apart)
    if out is not None:
        save_pairs(rows, out)
    places = [(str(one.place), key) for one in shards for key in one.keys]
    bad = [{"shard": places[clip][0], "key": places[clip][1], "code": code} for clip, code in looked.bad.items()]
    _show(rows, bad, sum(len(one.standing) for one in shards), as_json)


def _show(rows: Sequence[Mapping[str, Any]], bad: Sequence[Mapping[str, str]], clips: int, as_json: bool) -> None:
    screen = Screen(stderr=as_json, highlight=False)
    if rows:
        table = new_table(
            "Pairs", "clip...", "other...", "score#", "seconds#", "from#", "other from#", "faces#", "reason"
        )
        for row in rows[:_SHOWN]:
            names = (
                plain(f"{Path(row[a]).name} {row[b]}") for a, b in (("shard", "key"), ("other_shard", "other_key"))
            )
            face = "" if row["face_apart"] is None else f"{row['face_apart']:.2f}"
            spans = (f"{row[name]:.2f}" for name in ("score", "seconds", "start", "other_start"))
            table.add_row(*names, *spans, face, row["reason"])
        screen.print(table)
    if len(rows) > _SHOWN:
        screen.print(f"and {len(rows) - _SHOWN} more: --out pairs.parquet or --json has them all", soft_wrap=True)
    screen.print(f"{len(rows)} pair{'s' * (len(rows) != 1)} among {clips} clips; nothing was changed", soft_wrap=True)
    if bad:
        codes = counted(Counter(one["code"] for one in bad))
        screen.print(plain(f"{len(bad)} clips could not be looked at: {codes}", "yellow"), soft_wrap=True)
    if as_json:
        record = {"clips": clips, "pairs": list(rows), "bad": list(bad)}
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)
