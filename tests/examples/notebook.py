"""A notebook of `examples`, and how a test runs it: each cell in order, in a kernel of its own, in a fresh folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
NOTEBOOKS = sorted(EXAMPLES.rglob("*.ipynb"))
#: Seconds that a cell may take on a machine that others use, too.
PATIENCE = 900


@dataclass(frozen=True)
class Notebook:
    """`cells`: as the file has them; those that were run have outputs."""

    cells: list[dict[str, Any]]

    @classmethod
    def read(cls, file: Path) -> Notebook:
        return cls(json.loads(file.read_text("utf-8"))["cells"])

    def sources(self, kind: str) -> list[str]:
        """The text of each cell of a kind: code or markdown."""
        return ["".join(cell["source"]) for cell in self.cells if cell["cell_type"] == kind]

    @property
    def commands(self) -> list[str]:
        """The lines of ours in the cells that are shell scripts."""
        lines = [line for source in self.sources("code") if source.startswith("%%bash") for line in source.splitlines()]
        return [line for line in lines if line.startswith("faceshards ")]

    @property
    def mentioned(self) -> list[str]:
        """The commands of ours in its prose."""
        return [line for source in self.sources("markdown") for line in re.findall(r"`(faceshards [^`]+)`", source)]

    @property
    def printed(self) -> str:
        """All that its cells printed, without colours, and the text of their values."""
        outputs = [output for cell in self.cells for output in cell.get("outputs", ())]
        said = [output["text"] for output in outputs if output.get("name") == "stdout"]  # pieces of any size
        values = [output.get("data", {}).get("text/plain", "") for output in outputs]
        return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(["".join(said), *values]))

    @property
    def pictures(self) -> int:
        """How many pictures it shows."""
        outputs = [output for cell in self.cells for output in cell.get("outputs", ())]
        return sum("image/png" in output.get("data", {}) for output in outputs)


def executed(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, python: str = sys.executable) -> Notebook:
    """Runs a notebook in `folder`, by that Python with this one's packages behind its own; fails where a cell does."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    _announce(folder.parent / "jupyter", python)
    monkeypatch.setenv("JUPYTER_PATH", str(folder.parent / "jupyter"))  # before kernels of the user's own
    folder.mkdir(exist_ok=True)
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    words = {"kernel_name": "python3", "timeout": PATIENCE, "resources": {"metadata": {"path": str(folder)}}}
    nbclient.NotebookClient(notebook, **words).execute()
    return Notebook(notebook["cells"])


def _announce(jupyter: Path, python: str) -> None:
    """The kernel `python3`, in which `faceshards` is the command of this checkout."""
    (jupyter / "kernels" / "python3").mkdir(parents=True)
    (jupyter / "bin").mkdir()
    command = jupyter / "bin" / "faceshards"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(python)} -m faceshards "$@"\n')
    command.chmod(0o755)
    packages = [path for path in sys.path if Path(path).name == "site-packages"]
    environment = {
        "IPYTHONDIR": str(jupyter / "ipython"),
        "OMP_NUM_THREADS": "1",
        "PATH": os.pathsep.join([str(jupyter / "bin"), str(Path(python).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *packages]),
    }
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = {"argv": argv, "display_name": "Python 3", "language": "python", "env": environment}
    (jupyter / "kernels" / "python3" / "kernel.json").write_text(json.dumps(kernel))
