"""The bench runs, measures every row of its table, and leaves nothing behind. No time is looked at."""

import json
import subprocess
import sys

import pytest

from faceshards.__main__ import main

WORKS = [
    "write", "index a foreign tar", "pack", "pack", "rewrite", "read all json", "its bytes read", "its index",
    "memory", "memory", "open", "open", "memory",
]  # fmt: skip

#: Packing, the last part, takes a process a row: `pack/test_measured.py` looks at it.
WORKS_OF = ("small", "bulk", "select", "million")


def bench(*words):
    return subprocess.run(
        [sys.executable, "-m", "faceshards", "bench", "shards", *words], capture_output=True, text=True
    )


def test_every_row_is_measured(tmp_path):
    pytest.importorskip("webdataset", reason="the peer of the bench")
    parts = [word for name in WORKS_OF for word in ("--only", name)]
    run = bench("--scale", "0.002", "--json", "--work", str(tmp_path), *parts)
    assert run.returncode == 0, run.stderr
    rows = json.loads(run.stdout.splitlines()[-1])["rows"]
    assert [row["work"].startswith(work) for row, work in zip(rows, WORKS, strict=True)] == [True] * len(WORKS)
    assert all(row["value"] > 0 and row["holds"] in (True, False, None) for row in rows)
    assert all(row["holds"] is not None for row in rows if row["target"])
    [share] = [row for row in rows if row["work"].startswith("its bytes")]
    assert share["value"] == share["peers"]["read"] / share["peers"]["pages"] and share["holds"]
    assert not list(tmp_path.iterdir())


def test_bad_words_are_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "shards", "--scale", "2"])
    assert ended.value.code == 2 and "--scale must be above 0" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["bench", "shards", "--only", "packs"])
    assert ended.value.code == 2 and "the parts are small, bulk, select, million, pack" in capsys.readouterr().err
