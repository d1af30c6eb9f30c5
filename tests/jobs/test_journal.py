import os
import subprocess
import sys

import pytest

from faceshards.jobs.journal import DEATHS, Journal
from faceshards.jobs.watch import WorkStep


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal"


def test_a_key_begun_and_not_ended_is_in_flight_for_the_next_reader(path):
    journal = Journal(path)
    journal.start(2)
    journal.begin("a")
    journal.end("a")
    journal.begin("b")
    read = Journal(path)
    assert read.in_flight == {"b": ""}
    assert read.ended == {"a"}
    assert read.expected == 2


def test_the_second_death_on_a_key_quarantines_it_and_no_other(path):
    for death in (1, 2):
        worker = Journal(path)
        worker.start(1)
        worker.begin("bad")
        assert not worker.quarantined("bad")
        assert Journal(path).died() == ["bad"]
        assert Journal(path).quarantined("bad") == ({"": "quarantined"} if death == 2 else {})
    assert not Journal(path).quarantined("good")


def test_one_death_is_counted_once_however_often_it_is_looked_at(path):
    Journal(path).begin("bad")
    assert Journal(path).died() == ["bad"]
    assert Journal(path).died() == []
    assert not Journal(path).quarantined("bad")


def test_a_run_killed_as_a_whole_leaves_no_death(path):
    for _ in range(3):  # driver and worker are killed together, three times at the same key
        worker = Journal(path)
        worker.start(1)
        worker.begin("innocent")
    assert not Journal(path).quarantined("innocent")


def test_a_key_that_the_worker_leaves_is_not_in_flight(path):
    journal = Journal(path)
    journal.begin("a")
    journal.leave("a")
    assert Journal(path).died() == []


def test_a_timeout_is_no_death_and_is_remembered_by_step(path):
    journal = Journal(path)
    journal.begin("slow")
    journal.timed_out("slow", "swap")
    read = Journal(path)
    assert read.died() == []
    assert read.timeouts("slow") == ["swap"]
    assert read.timeouts("other") == []


def test_progress_grows_with_each_settled_key_and_each_step_given_up(path):
    journal = Journal(path)
    journal.begin("a")
    assert journal.progress == 0
    journal.end("a")
    assert journal.progress == 1
    journal.timed_out("b", "x")
    assert journal.progress == 2
    for expected in (2, 3):  # the first death settles nothing, the second quarantines
        journal.begin("c")
        journal.died()
        assert journal.progress == expected
    assert Journal(path).progress == 3


def test_a_line_torn_at_any_byte_loses_that_line_alone(path, tmp_path):
    journal = Journal(path)
    journal.begin("a")
    whole = path.read_bytes()
    journal.end("a")
    for cut in range(len(whole), path.stat().st_size):
        torn = tmp_path / "torn"
        torn.write_bytes(path.read_bytes()[:cut])
        read = Journal(torn)
        assert read.in_flight in ({"a": ""}, {})
        read.begin("b")
        again = Journal(torn)
        assert "b" in again.in_flight


def test_what_was_written_survives_a_kill(path):
    code = (
        "import os, signal, sys\n"
        "from faceshards.jobs.journal import Journal\n"
        "journal = Journal(sys.argv[1])\n"
        "journal.begin('клип')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == -9
    assert Journal(path).died() == ["клип"]


def test_reading_a_journal_that_is_not_there_writes_nothing(path):
    assert Journal(path).died() == []
    assert not path.exists()


def test_the_step_that_a_worker_died_in_is_counted_for_itself(path):
    for step in ("faces", "swap", "swap"):
        Journal(path).begin("bad")
        assert Journal(path).died([WorkStep(("bad",), step)]) == ["bad"]
    assert Journal(path).quarantined("bad") == {"swap": "quarantined"}


def test_of_several_in_flight_none_is_blamed_but_all_are_suspects(path):
    for key in ("a", "b", "c"):
        Journal(path).begin(key)
    assert Journal(path).died([WorkStep(("a",), "faces"), WorkStep(("b",), "faces")]) == ["a", "b", "c"]
    read = Journal(path)
    assert (read.suspects, read.in_flight) == ({"a", "b", "c"}, {})
    assert not any(map(read.quarantined, "abc"))
    read.end("b")
    assert Journal(path).suspects == {"a", "c"}


def test_of_several_in_flight_the_one_that_was_at_work_is_blamed(path):
    for key in ("a", "b"):
        Journal(path).begin(key)
    Journal(path).died([WorkStep(("b",), "faces"), WorkStep(("b",), "decode")])
    assert Journal(path).suspects == {"b"}
    Journal(path).begin("b")
    Journal(path).died([WorkStep(("b",), "decode")])
    assert Journal(path).quarantined("b") == {"decode": "quarantined"} and not Journal(path).quarantined("a")


def test_of_several_workers_a_death_is_about_the_keys_of_the_one_that_died(path):
    one, other = Journal(path, "host-1"), Journal(path, "host-2")
    one.begin("a")
    other.begin("b")
    other.begin("c")
    assert Journal(path).in_flight == {"a": "host-1", "b": "host-2", "c": "host-2"}
    assert Journal(path, "host-1").died([WorkStep(("a",), "faces")], "out-of-memory") == ["a"]
    assert Journal(path).in_flight == {"b": "host-2", "c": "host-2"}
    one.refresh()
    one.begin("a")
    Journal(path, "host-1").died([WorkStep(("a",), "faces")], "out-of-memory")
    assert Journal(path).quarantined("a") == {"faces": "out-of-memory"}
    assert Journal(path).suspects == {"a"}


def test_what_others_write_is_known_after_a_refresh_and_read_once(path):
    reader, writer = Journal(path), Journal(path, "host-1")
    writer.start(3)
    writer.begin("a")
    writer.end("a", failed=True)
    assert (reader.starts, reader.ended) == (0, set())
    for _ in range(2):
        reader.refresh()
        assert (reader.starts, reader.expected, reader.ended, reader.failed) == (1, 3, {"a"}, {"a"})
    with open(path, "ab") as file:
        file.write(b'\n{"ended": "b", "fai')  # a line that is just being written
    reader.refresh()
    assert reader.ended == {"a"}
    with open(path, "ab") as file:
        file.write(b'led": false, "seconds": {"faces": 0.5}}\n')
    reader.refresh()
    assert reader.ended == {"a", "b"} and reader.failed == {"a"} and reader.seconds == {"faces": 0.5}


def test_a_retry_forgets_deaths_and_timeouts_of_its_codes_alone(path):
    journal = Journal(path, "host-1")
    for code in ("quarantined", "out-of-memory"):
        for _ in range(DEATHS):
            journal.begin(code)
            journal.died([WorkStep((code,), "faces")], code)
    journal.timed_out("slow", "faces")
    journal.start(3, ["out-of-memory"])
    assert journal.quarantined("quarantined") and not journal.quarantined("out-of-memory")
    assert journal.timeouts("slow") == ["faces"]
    journal.start(3, ["timeout"])
    assert journal.timeouts("slow") == []


@pytest.mark.parametrize(
    "rubbish",
    [
        b"[" * 100_000,
        b'{"ended": "a", "failed": false, "seconds": {"faces": "long"}}',
        b'{"start": 3, "retry": 7}',
        b'{"start": "x"}\n7\nnull\n\xff\xfe',
    ],
)
def test_lines_that_are_none_of_ours_are_passed_over(path, rubbish):
    path.write_bytes(rubbish + b"\n")
    journal = Journal(path, "host-1")
    journal.end("b")
    assert journal.ended - {"a"} == {"b"}
