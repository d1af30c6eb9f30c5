"""`faceshards report`: a data set as one page to look at and to send."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from faceshards.terminal import Screen, plain, size


def report(
    paths: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    out: Annotated[Path, typer.Option(help="The page.")] = Path("report.html"),
    title: Annotated[str, typer.Option(help="What stands at its head.")] = "Talking-face clips",
    where: Annotated[
        str | None, typer.Option(help="Only samples for which this holds: 'face_share > 0.9', or a recipe's name.")
    ] = None,
    clips: Annotated[int, typer.Option(min=0, help="So many clips are shown whole, as far as their bytes fit.")] = 10,
    deep: Annotated[bool, typer.Option("--deep", help="Check every byte of the shards, too.")] = False,
) -> None:
    """Write a page about shards: faces, clips that play, the funnel, scores, columns and what made them.

    It is one HTML file under 10 MB, whatever the shards hold: no script, nothing fetched.
    Clips are chosen to show many persons, sources and failures.
    Those of them that browsers play are in the page, the small ones first.
    Of shards in a store the bytes that are shown are read, and the samples' json.

    Examples:

      faceshards report train_set/VFHQ

      faceshards report s3://bucket/train_set --where "face_share > 0.9" --out faces.html --title "VFHQ, faces"
    """
    from faceshards.viewer.report.report import write_report  # decoders and drawing: a second that --help does not need

    funnel = write_report(paths, out, title, clips=clips, where=where, checksums=deep)
    told = f"{funnel.seen} clips in = {funnel.whole} whole + {funnel.failed} failed + {funnel.rejected} rejected"
    Screen(highlight=False).print(plain(f"{out}: {size(out.stat().st_size)}; {told}"), soft_wrap=True)
