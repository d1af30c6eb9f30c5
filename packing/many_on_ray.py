"""Many sources, each as a task of a Ray, by the loop that works on them here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceshards.errors import SourceError
from faceshards.jobs.cluster import ray_cluster
from faceshards.packing.ahead import cores
from faceshards.shards.storage.url import Place

if TYPE_CHECKING:
    from faceshards.packing.many import One, Told

# Times that Ray does a source again whose node was lost.
_RETRIES = 3


def anywhere(place: Place) -> Place:
    """A path as it is called from any other folder; of a node that sees the same files, from any machine."""
    return place.absolute() if isinstance(place, Path) else place


def on_ray(many: Sequence[One], work: Callable[[One], Told], address: str, cpus: int) -> Iterator[tuple[One, Told]]:
    """Each with what became of it, as they come to an end; `cpus` a task. Raises StageError for no such Ray, and what
    `work` raises.
    """
    with ray_cluster(address, cpus=cores()):
        import ray

        job = ray.put(ray.cloudpickle.dumps(work))
        task = ray.remote(_alone).options(num_cpus=cpus, max_retries=_RETRIES)
        running = {task.remote(job, replace(one, place=anywhere(one.place))): one for one in many}
        with _cancelled(ray, running):
            while running:
                (done,), _ = ray.wait(list(running), num_returns=1)
                one = running.pop(done)
                yield one, _got(ray, done, one)


def _alone(job: bytes, one: One) -> Told:
    """One of many in a task of Ray."""
    import pickle

    work: Callable[[One], Told] = pickle.loads(job)  # noqa: S301 - from our own driver
    return work(one)


def _got(ray: Any, ref: Any, one: One) -> Told:
    from faceshards.packing.many import tried

    def done() -> Told:
        try:
            told: Told = ray.get(ref)
            return told
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        except ray.exceptions.RayError as error:
            raise SourceError(f"{one.name}: its worker on Ray died: {' '.join(str(error).split())[:300]}") from error

    return tried(one, done)


@contextmanager
def _cancelled(ray: Any, running: dict[Any, One]) -> Iterator[None]:
    """Tasks that are not done when the block ends are ended."""
    try:
        yield
    finally:
        for ref in running:
            with suppress(Exception):
                ray.cancel(ref, force=True)
