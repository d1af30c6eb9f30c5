"""What a curation spends in networks, decoder and encoder is counted, and is less than all of it."""

import json
import subprocess
import sys

import pytest

from faceshards.bench.curate.clips import talking, write

pytest.importorskip("torch")


def test_parts_of_the_work_are_told(tmp_path):
    shard = write(tmp_path / "a.tar", [talking(96, 0.4, 0)])
    words = [sys.executable, "-m", "faceshards.bench.curate.embedded_process", str(shard), "loudness,stylize,speech"]
    found = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert found["failed"] == {} and 0 < found["encoding"] < found["all"] and 0 < found["decoding"] < found["all"]
