"""What lines of a journal add up to, whoever tells them."""

from faceshards.jobs.journal_state import DEATHS, JournalState


def test_what_ended_counts_once_and_what_is_no_line_of_ours_changes_nothing():
    state = JournalState("host-1")
    for line in ({"start": 3, "retry": []}, {"begun": "a", "by": "host-1"}, {"odd": 1}, 7, {"ended": "a"}):
        state.take(line)
    assert state.mine == ["a"] and state.progress == 0
    for _ in range(2):
        state.take({"ended": "a", "failed": False, "seconds": {"faces": 0.5}})
    assert (state.mine, state.ended, state.progress, state.expected) == ([], {"a"}, 1, 3)


def test_a_key_that_killed_its_worker_so_often_is_given_up_until_it_is_forgiven():
    state = JournalState()
    for _ in range(DEATHS):
        state.take({"died": "a", "step": "faces", "code": "quarantined"})
    assert state.quarantined("a") == {"faces": "quarantined"}
    state.take({"start": 1, "retry": ["quarantined"]})
    assert state.quarantined("a") == {}
