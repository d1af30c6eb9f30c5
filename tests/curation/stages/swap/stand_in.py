"""A stand-in for FaceFusion 3, which cannot be installed here: a script that takes the same words, writes down which
it was given, and does what the file `mode` beside it says. It swaps nothing: pictures become their negatives. Not a
test module.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

SCRIPT = """
import json, os, shutil, sys, time
from pathlib import Path
home = Path(__file__).parent
mode = (home / "mode").read_text()
if sys.argv[1:] == ["--version"]:
    print("FaceFusion 3.5.0" if mode != "old" else "FaceFusion 2.6.1")
    sys.exit(0)
words = dict(zip(sys.argv[2::2], sys.argv[3::2]))
(home / "called.json").write_text(json.dumps([os.getcwd(), sys.argv[1:]]))
shutil.copy(words["--source-paths"], home / "source.png")
(home / "pid").write_text(str(os.getpid()))
if mode.startswith("exit"):
    print("[FACEFUSION.CORE] something is wrong")
    sys.exit(int(mode.split()[1]))
if mode == "hang":
    time.sleep(600)
if mode in ("ok", "short", "slow"):
    from fractions import Fraction
    import numpy as np
    from faceshards.media.encode import encode
    from faceshards.media.probe import probe
    from faceshards.media.video.decode import frames
    body = Path(words["--target-path"]).read_bytes()
    made = [255 - one for one in frames(body)]
    rate = probe(body).fps
    made, rate = (made[:-1], rate) if mode == "short" else (made, rate * Fraction(4, 5) if mode == "slow" else rate)
    Path(words["--output-path"]).write_bytes(encode(np.stack(made), rate))
"""


def stand_in(folder: Path, mode: str = "ok") -> str:
    """The command of a stand-in in a folder, which it makes."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "facefusion.py"
    script.write_text(SCRIPT)
    (folder / "mode").write_text(mode)
    return f"'{sys.executable}' '{script}'"


def called(folder: Path) -> tuple[str, list[str]]:
    """The folder that it was run in, and its words."""
    home, words = json.loads((folder / "called.json").read_text())
    return home, words
