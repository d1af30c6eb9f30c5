"""What is given out next, to how many, and when it all ends; no worker is needed for that."""

from contextlib import closing
from pathlib import Path

import pytest

from faceshards.errors import StorageError
from faceshards.jobs.failure_limit import FailureLimit
from faceshards.jobs.job import Closing, Portion, unfinished
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from faceshards.jobs.schedule import Schedule
from faceshards.shards.storage.lease import lease
from tests.jobs.sources import TOYS, name


@pytest.fixture
def schedule(tmp_path):
    made = []

    def make(*names: str, **rest) -> Schedule:
        made.append(Schedule(TOYS, [str(tmp_path / one) for one in names], **rest))
        return made[-1]

    yield make
    for one in made:
        one.close()


def taken(schedule: Schedule, sharers: int) -> list[Portion]:
    found = []
    while (portion := schedule.portion(sharers)) is not None:
        found.append(portion)
    return found


def test_one_worker_gets_a_source_as_a_whole(schedule):
    assert [len(one.items) for one in taken(schedule("many-x40", "many-1x7"), 1)] == [40, 7]


def test_many_workers_share_a_source_in_portions_that_shrink(schedule):
    portions = taken(schedule("many-x100"), 3)
    sizes = [len(one.items) for one in portions]
    assert sizes[0] == 17 and sizes == sorted(sizes, reverse=True) and set(sizes[-3:-1]) == {2}
    assert [item for one in portions for item in one.items] == list(range(100))


def test_each_worker_has_a_source_of_its_own_while_there_are_enough(schedule):
    sizes = [len(one.items) for one in taken(schedule(*(f"many-{i}x20" for i in range(4))), 2)]
    assert sizes[:2] == [20, 20] and sum(sizes) == 80 and len(sizes) > 4


def test_a_portion_is_never_too_large_to_be_shared_later(schedule):
    assert max(len(one.items) for one in taken(schedule("many-x1000"), 1)) == 256


def test_a_source_is_whole_when_all_its_portions_are_back(schedule):
    one = schedule("many-x20")
    first, *rest = taken(one, 2)
    for portion in rest:
        one.back(portion, None)
        assert one.whole() is None
    one.back(first, None)
    assert one.whole() == Closing(first.source) and one.whole() is None and not one.over


def test_a_source_is_closed_with_what_lasts_of_its_journal_and_by_another_where_its_closer_is_lost(schedule):
    one = schedule("good-1")
    one.listen()
    portion = one.portion(1)
    lasting = b'{"lost": "host-1", "at": 1}'
    one.hear(portion.source, [lasting, b'{"ended": "a", "failed": false, "codes": {}, "seconds": {}}'])
    one.back(portion, None)
    assert one.more(9) == 1
    closing = one.whole()
    assert closing == Closing(portion.source, (lasting,)) and one.whole() is None
    for _ in range(2):
        one.unclosed(closing, "its node is gone")
        assert one.whole() == closing
    one.unclosed(closing, "its node is gone")
    assert one.whole() is None and "given up: its node is gone" in one.reports[0].error
    lease(Path(portion.source)).release()


def test_what_is_closed_is_forgotten_here_unless_it_failed(schedule, tmp_path):
    one = schedule("good-1", "good-2")
    for error in (None, "its disk is gone"):
        portion = one.portion(1)
        one.back(portion, None)
        one.closed(one.whole().source, Report("test", portion.source).close(error))
    assert [(tmp_path / f"good-{i}.work" / "forgotten").exists() for i in (1, 2)] == [True, False]


def test_what_cannot_be_finished_is_reported_when_nobody_is_at_it_any_more(schedule):
    one = schedule("many-x20", "good-1")
    first, second = one.portion(3), one.portion(3)
    one.back(first, unfinished(TOYS, first.source, "bytes are gone"))
    assert one.reports == [] and one.portion(3).source.endswith("good-1")
    with pytest.raises(StorageError):
        lease(Path(first.source))
    one.back(second, None)
    assert [report.error for report in one.reports] == ["bytes are gone"]
    lease(Path(first.source)).release()


def test_what_a_lost_worker_had_is_given_out_again_but_not_for_ever(schedule):
    one = schedule("many-x20")
    for _ in range(2):
        portion = one.portion(1)
        assert portion.items == tuple(range(20))
        one.lost(portion, "its node is gone")
    one.lost(one.portion(1), "its node is gone")
    assert one.over and "died 3 times in a row without progress, given up: its node is gone" in one.reports[0].error


def test_progress_of_a_lost_worker_counts(schedule, tmp_path):
    one = schedule("many-x20")
    for done in range(4):
        portion = one.portion(1)
        Journal(TOYS.journal(portion.source), "host-1").end(name(done))
        one.lost(portion, "its node is gone")
    assert not one.over and one.progress() == (4, 20)


def test_sources_are_opened_as_they_are_needed(schedule, tmp_path):
    one = schedule("done-1", "good-1", "good-2")
    assert one.begun()
    assert [path.name for path in tmp_path.glob(".*.lock")] == [".good-1.lock"]
    assert [report.whole for report in one.reports] == [3]
    assert not schedule("done-3", "done-4").begun()


def test_a_source_that_somebody_else_works_on_is_reported_and_the_others_are_done(schedule, tmp_path):
    with closing(Schedule(TOYS, [str(tmp_path / "good-1")])) as other:
        other.begun()
        one = schedule("good-1", "good-2")
        assert one.portion().source.endswith("good-2")
        assert "good-1: another process is writing it" in one.reports[0].error


def test_more_failures_than_may_be_end_it(schedule, tmp_path):
    one = schedule("many-x20", "good-1", most_failures=FailureLimit.of("2"))
    portion = one.portion(1)
    for item in portion.items[:3]:
        Journal(TOYS.journal(portion.source)).end(name(item), failed=True)
    one.progress()
    assert one.stopped and one.over and one.portion(1) is None
    assert "3 of 3 clips failed, --max-failures allows 2" in one.reports[0].error
    lease(Path(portion.source)).release()


def test_failures_of_an_earlier_run_do_not_end_the_next_one(schedule):
    first = schedule("many-x20", most_failures=FailureLimit.of("2"))
    portion = first.portion(1)
    journal = Journal(TOYS.journal(portion.source))
    for item in portion.items[:3]:
        journal.end(name(item), failed=True)
    first.progress()
    assert first.stopped
    again = schedule("many-x20", "good-1", most_failures=FailureLimit.of("2"))
    portion = again.portion(1)
    assert again.progress()[0] == 3 and not again.stopped
    for item in portion.items[:2]:
        journal.end(name(item), failed=True)
    again.back(portion, None)
    again.closed(again.whole().source, unfinished(TOYS, portion.source, "its disk is gone"))
    assert again.progress() and not again.stopped
    Journal(TOYS.journal(again.portion(1).source)).end("a", failed=True)
    again.progress()
    assert again.stopped and "3 of 3 clips failed" in again.reports[1].error


def test_a_source_whose_lease_is_gone_is_not_closed_and_the_others_are(schedule, tmp_path):
    one = schedule("good-1", "good-2")
    first, second = (one.portion(1) for _ in range(2))
    for portion in (first, second):
        one.back(portion, None)
    next(tmp_path.glob(".good-1*.lock")).unlink()
    assert one.whole() == Closing(second.source) and one.whole() is None
    (report,) = one.reports
    assert report.source == first.source and "its lock .good-1.lock was removed" in report.error
