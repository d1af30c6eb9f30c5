"""What a command used is told: its processors, the peak of its memory but not that of its starter, what it says."""

import numpy as np
import pytest

from faceshards.bench.curate.child import curated, driven, used
from faceshards.bench.curate.clips import brief, write
from faceshards.bench.curate.toys import Bright, words
from faceshards.errors import FaceshardsError

GRANDCHILD = """
import subprocess, sys
busy = "import time\\nwhile time.process_time() < 0.5: pass\\nbytearray(90 << 20)"
subprocess.run([sys.executable, "-S", "-c", busy])
"""


def test_what_a_process_used_is_told_with_what_it_started():
    held = np.ones(300 << 17)  # 300 MB of ours
    usage, said = used(["-S", "-c", GRANDCHILD + "print('done')"])
    assert said == "done\n" and 0.5 <= usage.cpu < 5 and usage.seconds >= 0.4
    assert 90 << 20 < usage.peak < 250 << 20 < held.nbytes


def test_a_process_that_fails_says_so():
    with pytest.raises(FaceshardsError, match=r"exit code 3: .*why"):
        used(["-c", "import sys; sys.stderr.write('why'); sys.exit(3)"])


def test_the_command_reports(tmp_path):
    shard = write(tmp_path / "a.tar", [("nobody", brief(32, 4, 0))], 3)
    usage = curated([shard], words(Bright), "--inline")
    assert usage.count("frames_decoded") == 12 and usage.total["whole"] == 3 and usage.peak > 50 << 20


def test_of_the_one_that_drives_its_workers_are_left_out(tmp_path):
    shards = [write(tmp_path / f"{name}.tar", [("nobody", brief(64, 50, 0))], 4) for name in "ab"]
    own = driven(shards[:1], words(Bright), "--inline")
    assert 0.2 < own < curated(shards[1:], words(Bright), "--inline").cpu
