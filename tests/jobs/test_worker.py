"""The actor's own work, without Ray: its child, and the news of it."""

import json
import os
import pickle
from pathlib import Path

from faceshards.jobs.job import Closing, Portion
from faceshards.jobs.journal import Journal
from faceshards.jobs.news import listeners
from faceshards.jobs.worker import FaceshardsWorker
from tests.jobs.sources import TOYS


def test_it_does_what_it_is_given_and_tells_each_line_once(tmp_path):
    source = str(tmp_path / "killer-1")
    Journal(TOYS.journal(source)).start(3)
    worker = FaceshardsWorker(pickle.dumps(TOYS), None, "curate-abc", 7)
    try:
        assert repr(worker) == "curate-abc-7"
        report, lines = worker.work(Portion(source, (0, 1, 2)))
        told = [json.loads(line) for line in lines]
        assert report is None and worker.news() == []
        assert {line["ended"] for line in told if "ended" in line} == {"a", "c"}
        assert [line["died"] for line in told if "died" in line] == ["b", "b"]
        report, lines = worker.close(Closing(source, (b"{}",)))
        assert (report.whole, report.failed, report.counts["lines"], lines) == (2, {"stage": {"quarantined": 1}}, 1, [])
        assert report.counts["driver"] == os.getpid()
        worker.forget(source)
        assert Path(source + ".work", "forgotten").read_text() == f"{os.getpid()}\n"
    finally:
        worker.child.close()
        listeners.pop()
