"""The bench of curation runs, measures every row of its table, and leaves nothing behind."""

import json
import math
import subprocess
import sys

import pytest

from faceshards.__main__ import main

WORKS = [
    "six stages", "the same: x264's share", "the same: decodes a frame", "five picture stages, 512 px: frames",
    "the same: CPU seconds", "the same: ms a frame", "decodes a frame where", "engine's own CPU", "batch fill",
    "unchanged re-run", "the same: time a shard", "peak RSS", "sound stages", "one shard of", "driver's CPU",
    "five picture stages, 256 px, two CPUs", "a stage of some ms",
    "faces, embedded, 512 px", "the same: MTCNN's faces", "all embedded stages together", "the same: all of it over",
    "two nodes of one CPU", "time from a node's joining", "time from a node's death",
    "the same: of a node that falls silent",
]  # fmt: skip

#: What is counted, not timed, holds on any machine.
COUNTED = ("the same: decodes", "five picture stages, 512 px: frames", "decodes a frame", "batch fill", "unchanged")


@pytest.mark.slow
def test_every_row_is_measured(tmp_path):
    pytest.importorskip("ray.data")
    words = [sys.executable, "-m", "faceshards", "bench", "curate", "--quick", "--json", "--work", str(tmp_path)]
    run = subprocess.run(words, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    rows = json.loads(run.stdout.splitlines()[-1])["rows"]
    measured = iter(row["work"] for row in rows)  # those of other programs, too, where these are installed
    assert all(any(name.startswith(work) for name in measured) for work in WORKS)
    assert all(math.isfinite(row["value"]) for row in rows)  # short times may be < 0
    assert all(row["holds"] for row in rows if row["work"].startswith(COUNTED))
    assert not list(tmp_path.iterdir())


def test_bad_words_are_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "curate", "--only", "nothing"])
    assert ended.value.code == 2 and "the parts are six, fused" in capsys.readouterr().err
