"""Work is begun when it is first asked for, done once, and says how far it is; its error is told each time."""

from threading import Event

import pytest

from faceshards.errors import UsageError
from faceshards.viewer.pages.dataset.background import Background


def test_it_is_done_once_and_tells_how_far_it_is():
    begun, go, made = Event(), Event(), []

    def make(advance):
        advance(1, 2)
        begun.set()
        go.wait(10)
        made.append(1)
        return "done"

    work = Background(make)
    assert not begun.is_set()
    assert work.asked() is None and begun.wait(10)
    assert work.told() == {"working": True, "done": 1, "of": 2} and work.asked() is None
    go.set()
    assert work.wait() == work.asked() == "done" and made == [1]


def test_what_made_it_fail_is_raised_whenever_it_is_asked():
    def make(advance):
        raise UsageError("no shard")

    work = Background(make)
    for _ in range(2):
        with pytest.raises(UsageError, match="no shard"):
            work.wait()
    with pytest.raises(UsageError, match="no shard"):
        work.asked()
