"""`faceshards curate`, also `python curation/curate.py`: shards are enriched in place."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Annotated

if __name__ == "__main__" and not __package__:
    # Run as a file: the folder that Python put first is curation/, where nothing of ours is found.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import typer

from faceshards.curation.options import Where, plan_of, require_device
from faceshards.curation.outlook import show_plan
from faceshards.curation.parameters import given_by
from faceshards.curation.table import DEFAULT
from faceshards.curation.terminal import curate_shards
from faceshards.errors import UsageError
from faceshards.jobs.cluster import address_here
from faceshards.jobs.failure_limit import FailureLimit
from faceshards.jobs.scratch import Scratch
from faceshards.models.weights.registry import looking_in
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.remote.upload import check_takes_shards
from faceshards.shards.storage.url import Url, place
from faceshards.terminal import parse_bytes


def curate(
    paths: Annotated[list[str], typer.Argument(help="Shards, or folders of shards: paths, s3:// URLs and prefixes.")],
    stages: Annotated[
        str, typer.Option(help="What to make: names of `faceshards stages`, or module:Class of your own.")
    ] = ",".join(DEFAULT),
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A stage's parameter: faces.every=5. Repeatable.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A TOML file of parameters: a table a stage, [faces] every = 5.")
    ] = None,
    ray: Annotated[
        str | None, typer.Option(help="Join the Ray cluster at this address: auto, HOST:PORT, ray://HOST:10001.")
    ] = None,
    inline: Annotated[bool, typer.Option("--inline", help="One worker beside this process, no Ray.")] = False,
    workers: Annotated[
        int | None, typer.Option(help="Most actors at a time, one CPU each; by default all CPUs.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option(help="Memory of all workers of a machine together: 16G; by default 85 % of it.")
    ] = None,
    scratch: Annotated[
        Path | None,
        typer.Option(
            help="Folder for what is read of stores; by default what FACESHARDS_SCRATCH says, else a temporary one."
        ),
    ] = None,
    scratch_limit: Annotated[
        str | None, typer.Option(help="Bytes that this may take there: 50G; by default half of what is free.")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            help="Model files for all workers: a folder that all see, or s3://BUCKET/PREFIX, fetched once each."
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="Where networks run that can run on a GPU: cpu, cuda, cuda:1.")] = "cpu",
    time_limit: Annotated[
        float, typer.Option(help="Seconds that one stage may spend on one clip; 0 for no limit.")
    ] = 900.0,
    limit: Annotated[int | None, typer.Option(help="Only the first clips of each shard.")] = None,
    max_failures: Annotated[
        str | None, typer.Option(help="End the run when more clips fail: a count (20), a share (0.05, 5%).")
    ] = None,
    retry: Annotated[
        list[str] | None, typer.Option(help="Try failures with this reason code again: timeout. Repeatable.")
    ] = None,
    only_plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be done and what it would cost, and change nothing.")
    ] = False,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", help="Make other stages again, too, where what they read has changed: as they were made."
        ),
    ] = False,
    commercial: Annotated[
        bool, typer.Option("--commercial", help="Refuse stages whose models may not be used commercially.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write the reports as one JSON object on stdout.")] = False,
) -> None:
    """Enrich shards in place: a clip is decoded once for all that it lacks.

    What is made already, with the same parameters and model files, is
    skipped, unless the clip or a column that it was made of was replaced.
    Stages that are not named, and whose work a run makes stale, are listed
    at its end. A clip that fails in a stage says why in its json, and the
    rest goes on. A run that was killed goes on where it stopped.

    The report of each shard lies beside it as NAME.curate.json. The exit
    status is 1 where a shard could not be finished.

    A stage that kills its worker twice at a clip, or runs out of time or of
    memory there, is left out of that clip, and another worker goes on.

    Example: faceshards curate train_set/VFHQ --stages faces,face_crop --set faces.min_face=64
    """
    for one in map(place, paths):
        if isinstance(one, Url):
            check_takes_shards(one)
    if weights is not None and isinstance(folder := place(weights), Path) and not folder.is_dir():
        raise UsageError(f"--weights {weights}: no such folder: name one of model files, or s3://BUCKET/PREFIX")
    with looking_in(weights):
        joined = ray if ray or inline else address_here()
        where = Where(inline, joined, workers, None if memory is None else parse_bytes(memory))
        room = Scratch(scratch and scratch.absolute(), None if scratch_limit is None else parse_bytes(scratch_limit))
        most_failures = None if max_failures is None else FailureLimit.of(max_failures)
        plan = plan_of(
            stages.split(","),
            given_by(settings or (), config),
            time_limit=time_limit or None,
            retry=frozenset(retry or ()),
            limit=limit,
            commercial=commercial,
            follow=follow,
            device=device,
        )
        require_device(plan, where)
        if only_plan:
            show_plan(find_shards(*paths), plan, room, as_json=as_json)
        else:
            curate_shards(find_shards(*paths), plan, where, room, as_json=as_json, most_failures=most_failures)


if __name__ == "__main__" and not __package__:
    sys.argv[:1] = ["faceshards", "curate"]
    runpy.run_module("faceshards", run_name="__main__")
