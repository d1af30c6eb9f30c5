"""Pictures, opened for people who would rather look."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

#: What opens a file with the program that its owner has for it, by platform.
_OPENERS = {"darwin": "open", "linux": "xdg-open"}
_WINDOWS = """
import sys
from matplotlib import pyplot as plot
for path in sys.argv[1:]:
    plot.figure(path)
    plot.imshow(plot.imread(path))
    plot.axis("off")
plot.show()
"""


def show(pictures: Sequence[Path]) -> list[str]:
    """Opens pictures with the system's viewer, else in matplotlib's windows, and does not wait; returns what is to be
    said where neither can be.
    """
    if not pictures:
        return []
    there = ", ".join(map(str, pictures))
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return [f"--show: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): look at {there}"]
    opener = shutil.which(_OPENERS.get(sys.platform, "xdg-open"))
    if opener is not None:
        for picture in pictures:
            _start([opener, str(picture)])
    elif find_spec("matplotlib") is not None:
        _start([sys.executable, "-c", _WINDOWS, *map(str, pictures)])
    else:
        return [f"--show: neither {_OPENERS.get(sys.platform, 'xdg-open')} nor matplotlib is here: look at {there}"]
    return []


def _start(words: list[str]) -> None:
    """Starts a program that goes on when this one has ended."""
    subprocess.run(["sh", "-c", '"$0" "$@" >/dev/null 2>&1 </dev/null &', *words], start_new_session=True, check=False)
