"""What the fuzzer's table says of a target that did not run: nothing was proven."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("options", [[], ["--plant"]])
def test_a_target_that_does_not_run_proves_nothing_not_even_a_planted_bug(tmp_path, options):
    (tmp_path / "atheris.py").write_text("raise ImportError('no fuzzer here')")
    words = [sys.executable, str(ROOT / "fuzz" / "run.py"), "json", "--json", *options]
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=120)
    (told,) = json.loads(done.stdout)["targets"]
    assert done.returncode == 1, done.stdout
    assert (told["ran"], told["found"], told["executions"]) == (False, False, 0)
    assert "no fuzzer here" in told["says"]
