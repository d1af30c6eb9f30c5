"""The Ray runner: portions are done by a few actors, and whatever one does, the others go on.

1. Work is given to actors that are up and have none. An actor has a child that does it (`jobs.child`): what kills the
   child costs neither the actor nor anybody's clip but its own.
2. How many actors there may be is looked at again all the time. One that Ray has not placed yet costs nothing, and is
   withdrawn where others have nothing to do. In a cluster that others started one more is asked for than there is room
   for: nodes may join, and some clusters grow where something waits.
3. An actor that is lost (its node is gone, somebody killed it) is replaced, and its portion goes back; no clip is
   blamed. A source whose actors are lost again and again without any progress is given up: its report says so.
4. What an actor writes to journals comes to the driver as news: it reads no file, which on another machine is another.
5. A source is closed by an actor that worked on it, whose machine has its bytes, or by another where none of these is
   free: they do not all go through this process, which has the leases. Actors end with it, so that nothing is closed
   for a run that is gone.
6. Our actors are killed when the run ends, however it ends, and their children end with them.
"""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex

from faceshards.jobs.actor_pool import TICK, ActorPool, Takes
from faceshards.jobs.inline import sigterm_as_exit
from faceshards.jobs.job import Job
from faceshards.jobs.progress import Advance
from faceshards.jobs.schedule import Schedule


def run_actors(
    job: Job,
    schedule: Schedule,
    *,
    workers: int = 1,
    takes: Takes = Takes(),
    advance: Advance = lambda done, known: None,
    said: Callable[[str], None] = lambda line: None,
    run: str | None = None,
) -> None:
    """Does all that the schedule has in at most `workers` actors, inside `ray_cluster`; `advance` is called with (clips
    done, clips known), `said` with a line where no actor comes up. `run` is what the run is called in Ray's dashboard
    and metrics, by default a new name (`run_name`); its actors are this and their number. Raises StageError for an
    actor that the cluster has no room for.
    """
    import ray

    pickled = ray.cloudpickle.dumps(job)
    pool = ActorPool(pickled, workers, takes, said, run or run_name(job))
    schedule.listen()
    try:
        with sigterm_as_exit():
            while not schedule.over:
                pool.fit(schedule.more(workers))
                pool.give(schedule)
                pool.listen(schedule)
                pool.collect(schedule, TICK)
                advance(*schedule.progress())
    finally:
        pool.dismiss()


def run_name(job: Job) -> str:
    """A new name of a run: the command, and six digits of chance."""
    return f"{job.command}-{token_hex(3)}"
