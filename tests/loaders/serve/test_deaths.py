"""A worker's death is an error that names shard and sample, wherever the main thread is when it comes."""

import gc
import os
import signal
import sys
import time
from multiprocessing import active_children
from multiprocessing.util import Finalize
from pathlib import Path

import pytest

from faceshards.loaders import Mix, ShardDataset
from faceshards.loaders.serve.deaths import WorkerDied

NAMED = r"b\.tar, sample b-0043: worker \d \(process \d+\) died on it: leave it out with where=\"key != 'b-0043'\""


class Dies:
    """A view that dies as a codec's native code would."""

    def __init__(self, number, how):
        self.number, self.how = number, how

    def __call__(self, sample):
        if int(sample["x.npy"][0, 0]) == self.number:
            os.kill(os.getpid(), self.how) if self.how else os._exit(3)
        return sample


pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _what_the_dead_leave_is_collected_here():
    """The socket to the dead, and the temporary files that torch just opens when the death interrupts it: these lie in
    circles of garbage, and whichever test collects them would be blamed.
    """
    yield
    gc.collect()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, 0])
@pytest.mark.parametrize("workers", [1, 2])
def test_it_names_shard_and_sample_and_how_to_go_on(data, how, workers):
    dataset = ShardDataset(data, ["x.npy"], view=Dies(43, how))
    with pytest.raises(WorkerDied, match=NAMED) as caught:
        list(dataset.loader(10, workers))
    assert "\n" not in str(caught.value)
    rest = ShardDataset(data, ["x.npy"], view=Dies(43, how), where="key != 'b-0043'")
    assert len(list(rest.loader(9, workers))) == 11


def test_it_is_named_in_the_midst_of_a_training_step(data):
    dataset = ShardDataset(data, ["x.npy"], view=Dies(43, signal.SIGKILL))
    with pytest.raises(WorkerDied, match=NAMED):
        for _ in dataset.loader(10, 2):
            time.sleep(1)  # longer than the workers need for the next batch


def test_workers_that_ended_as_they_should_are_not_blamed(data):
    other = ShardDataset(data, ["x.npy"]).loader(10, 2)
    next(iter(other))
    other.close()
    dataset = ShardDataset(data, ["x.npy"], view=Dies(43, signal.SIGKILL))
    with pytest.raises(WorkerDied, match=NAMED):
        list(dataset.loader(10, 2))
    assert len(list(other)) == 9  # it goes on where it was


def is_killed_when_it_ends(worker):
    Finalize(None, os.kill, (os.getpid(), signal.SIGKILL), exitpriority=1)


def test_a_worker_that_fails_while_it_ends_costs_nobody_anything(data, monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    loader = ShardDataset(data, ["x.npy"]).loader(10, 2, worker_init_fn=is_killed_when_it_ends)
    assert len(list(loader)) == 10
    loader.close()
    gc.collect()
    assert not seen
    assert len(list(ShardDataset(data, ["x.npy"]).loader(10, 2))) == 10


class NoOrder(ShardDataset):
    def order(self, epoch, windows=()):
        os._exit(1)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_ends_before_it_reads_is_told_so(data, workers):
    with pytest.raises(WorkerDied, match="died before it read anything"):
        list(NoOrder(data, ["x.npy"]).loader(10, workers))


def test_a_worker_that_dies_between_two_samples_blames_none(data):
    others = set(active_children())
    loader = ShardDataset(data, ["x.npy"]).loader(10, 1)
    batches = iter(loader)
    next(batches)
    (worker,) = set(active_children()) - others
    wait_until_idle(worker.pid)
    with pytest.raises(WorkerDied, match="died between two samples"):
        os.kill(worker.pid, signal.SIGKILL)
        list(batches)


def wait_until_idle(pid: int) -> None:
    """Returns when a process has used no processor time for a second: it is two batches ahead, and waits."""
    used, quiet, deadline = None, 0, time.monotonic() + 60
    while quiet < 10:
        assert time.monotonic() < deadline, "the worker never rests"
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        state, now = fields[0], (fields[11], fields[12])
        quiet = quiet + 1 if now == used and state == "S" else 0
        used = now
        time.sleep(0.1)


def test_a_worker_that_dies_in_a_mixture_is_named_by_the_mixtures_own_sample(data):
    one, other = (ShardDataset(data, ["x.npy"], view=Dies(number, signal.SIGKILL), seed=number) for number in (999, 43))
    with pytest.raises(WorkerDied, match=NAMED):
        list(Mix([one, other]).loader(10, 1))
