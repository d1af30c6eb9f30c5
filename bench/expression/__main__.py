"""`python -m faceshards.bench.expression OUT.svg`: trains on made-up talkers, for a few minutes, and draws how far the
network is from the truth of persons whom it never heard.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from faceshards.bench.curve import curve
from faceshards.bench.expression.learn import LearningScale, learn
from faceshards.terminal import Screen
from faceshards.train.tasks.expression import MOVING


def draw(out: Path) -> None:
    """Trains, tells each look as a row, and writes the drawing."""
    console = Screen(highlight=False)
    looks = []
    with tempfile.TemporaryDirectory() as folder:
        for one in learn(Path(folder), LearningScale()):
            looks.append(one)
            told = " ".join(f"{name} {value:.3f}" for name, value in one.distances.items())
            console.print(f"step {one.step}: jaw correlation {one.jaw_correlation:.3f}, {told}", soft_wrap=True)
    lines = {
        name + end: [(one.step, one.distances[name + suffix]) for one in looks]
        for name in MOVING
        for end, suffix in (("", ""), (" (mean)", "_of_mean"))
    }
    out.write_text(curve("Distance from the true codes, persons never heard", "steps", "deviations", lines), "utf-8")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
