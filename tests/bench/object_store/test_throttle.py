"""A shared line lets through what it says, whoever asks."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from faceshards.bench.object_store.throttle import PIECE, Throttle

SECOND = 8 * PIECE  # bits a second that let one piece through in each


class Clock:
    """Time goes on where somebody sleeps, and where it is told to."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def line(clock):
    throttle = Throttle(clock, clock.sleep)
    throttle.bandwidth = SECOND
    return throttle


def test_behind_the_first_piece_each_waits_for_its_own(line, clock):
    for _ in range(5):
        line.wait(PIECE)
    assert clock.slept == [1.0] * 4
    line.wait(PIECE // 4)
    assert clock.now == 4.25


def test_what_is_not_used_is_not_saved_beyond_one_piece(line, clock):
    clock.now = 1000.0
    for _ in range(3):
        line.wait(PIECE)
    assert clock.now == 1002.0


def test_half_a_piece_is_saved_in_half_its_time(line, clock):
    line.wait(PIECE)
    clock.now += 0.5
    line.wait(PIECE)
    assert clock.slept == [0.5]


def test_without_a_limit_nobody_waits_and_a_new_one_begins_with_an_idle_line(line, clock):
    line.bandwidth = 0
    for _ in range(100):
        line.wait(PIECE)
    assert not clock.slept
    line.bandwidth = 2 * SECOND
    for _ in range(3):
        line.wait(PIECE)
    assert clock.slept == [0.5, 0.5]


def test_threads_share_the_line():
    """Time stands still, so that each is told when its turn is: one after the other."""
    told, lock = [], threading.Lock()

    def sleep(seconds):
        with lock:
            told.append(seconds)

    throttle = Throttle(lambda: 0.0, sleep)
    throttle.bandwidth = SECOND
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(throttle.wait, [PIECE] * 40))
    assert sorted(told) == [float(second) for second in range(1, 40)]
