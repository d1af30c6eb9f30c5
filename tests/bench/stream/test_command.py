"""The bench of the loader runs, measures every row of its table against real peers, and leaves nothing behind."""

import json
import subprocess
import sys

import pytest

from faceshards.__main__ import main
from faceshards.bench.stream.peers import PYTHON

WORKS = [
    "shuffled batches", "shuffled batches", "two columns", "`where` at 10%", "`where` at 10%", "`where` at 1%",
    "`where` at 1%", "bytes read by 1", "bytes read by 2", "bytes read by 4", "75-frame", "75-frame",
    "clips/s, 2 workers, 512 px to 256, the same", "clips/s, 2 workers, 512 px to planes of 256, the same",
    "clips/s, 2 workers, 512 px to 256, ours", "clips/s, 2 workers, 512 px to planes of 256, ours", "75-frame",
    "75-frame", "clips/s, 2 workers, 256 px to 256", "clips/s, 2 workers, 256 px to planes", "sound", "sound", "S3",
    "S3", "range planner", *["clips/s, 2 workers, MegActor's own 512 px"] * 4,
    *["clips/s, 2 workers, MegActor's own 256 px"] * 2, *["bytes a clip"] * 2, *["S3 with 20 ms a request: Meg"] * 4,
    *["S3 with 20 ms a request, 100 Mbit/s: Meg"] * 4, *["S3 with 20 ms a request, 25 Mbit/s: Meg"] * 4,
    "first batch", "shuffle", "plan", "plan",
]  # fmt: skip

#: What is counted, not timed, holds on any machine.
COUNTED = ("two columns", "`where`", "bytes read by", "sound", "shuffle:")


def bench(*words):
    return subprocess.run(
        [sys.executable, "-m", "faceshards", "bench", "stream", *words], capture_output=True, text=True
    )


@pytest.mark.peers
@pytest.mark.skipif(not PYTHON.exists(), reason="`make peers` installs webdataset, LitData and decord")
def test_every_row_is_measured(tmp_path):
    run = bench("--quick", "--json", "--work", str(tmp_path))
    assert run.returncode == 0, run.stderr
    rows = json.loads(run.stdout.splitlines()[-1])["rows"]
    assert [row["work"].startswith(work) for row, work in zip(rows, WORKS, strict=True)] == [True] * len(WORKS)
    assert all(row["value"] >= 0 and row["holds"] in (True, False) for row in rows)
    assert all(row["holds"] for row in rows if row["work"].startswith(COUNTED))
    assert all(row["peers"] for row in rows if " x " in f" {row['unit']} ")
    assert not list(tmp_path.iterdir())


def test_bad_words_are_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "stream", "--only", "nothing"])
    assert ended.value.code == 2 and "the parts are small, pushdown" in capsys.readouterr().err
