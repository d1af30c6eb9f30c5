"""A reader who types what the pages show: command lines and Python, in a folder that has what the pages speak of."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from faceshards.__main__ import COMMANDS, main
from faceshards.parser import parser_of
from tests.docs.examples import ROOT, Block

#: Words with which a line may begin, beside those of the front door.
_PYTHON = ("python", "torchrun")


class Reader:
    """Runs examples one after the other; Python has one namespace, as in one session."""

    def __init__(self, folder: Path, names: dict[str, Any] | None = None) -> None:
        self.folder, self.names = folder, {"__name__": "__main__", **(names or {})}

    def run(self, block: Block) -> str:
        """Runs a block and returns what it printed. A console block that shows an error must end in one."""
        with contextlib.chdir(self.folder):
            if block.kind == "python":
                return self._python(block)
            if block.kind in ("sh", "console"):
                fails = block.kind == "console" and "\nfaceshards: " in block.text
                return "".join(_command(line, fails) for line in block.commands)
            if block.kind == "sql":
                return self._python(
                    Block(block.file, block.line, "python", f"import duckdb\nprint(duckdb.sql({block.text!r}))")
                )
            import tomllib

            return str(tomllib.loads(block.text))

    def _python(self, block: Block) -> str:
        first = block.text.split("\n", 1)[0]
        if first.startswith("# ") and first.endswith(".py"):  # a script of its own, which a command of the page starts
            (self.folder / first[2:]).write_text(block.text)
            return ""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(block.text, str(block), "exec"), self.names)  # noqa: S102 - our own pages
            for name in ("loader", "pipeline"):  # what is only built must give something, too
                if re.search(rf"^{name} = ", block.text, re.M):
                    assert next(iter(self.names[name])), f"{block}: {name} gives nothing"
        return said.getvalue()


def _command(line: str, fails: bool = False) -> str:
    words = shlex.split(line, comments=True)
    if words[:2] == ["python", "packing/pack.py"] and (ROOT / words[1]).is_file():
        words[:2] = ["faceshards", "pack"]
    if words[0] == "faceshards":
        return _front_door(words[1:], fails)
    if words[0] == "make":
        return subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert words[0] in _PYTHON, f"nobody here knows how to run: {line}"
    words[0] = str(Path(sys.executable).with_name(words[0]))
    return subprocess.run(words, capture_output=True, text=True, check=True, env=_environment()).stdout


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _viewed(words: list[str]) -> str:
    """What a viewer says that somebody opens and ends by Ctrl-C."""
    command = [sys.executable, "-m", "faceshards", *words, "--no-open"]
    ends = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        command, **ends, env=_environment(), preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    ) as viewer:
        said = ""
        while not (found := re.search(r"http://[^\s\"]+", said)):
            line = viewer.stdout.readline()
            assert line, viewer.stderr.read()
            said += line
        with urlopen(found[0]) as page:
            assert page.status == 200
        viewer.send_signal(signal.SIGINT)
        assert viewer.wait(60) == 130
    return said


def _front_door(words: list[str], fails: bool) -> str:
    if words[:1] == ["view"] and not fails:
        return _viewed(words)
    said, complaint = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complaint):
        try:
            main(words)
            code = 0
        except SystemExit as end:
            code = end.code or 0
    assert bool(code) == fails, f"faceshards {shlex.join(words)} ended with {code}: {complaint.getvalue()}"
    return said.getvalue() + complaint.getvalue()


def look_at(line: str, placeholders: bool = False) -> None:
    """Whether a command line is one that its command takes: names and options, nothing runs. With `placeholders` a
    value may be a word in capitals, and words that are needed may lack.
    """
    words = [word for word in shlex.split(line, comments=True) if word != "..."]
    if words[0] in ("pytest", "make"):
        _look_at_tests(words) if words[0] == "pytest" else _look_at_make(words)
        return
    words = words[1:] if words[0] == "faceshards" else ["pack", *words[2:]]
    if not words or words[0].startswith("-") or words[0].isupper():
        return
    assert words[0] in COMMANDS, f"{line}: no command {words[0]}"
    command = COMMANDS[words[0]]
    parser: Any = parser_of(getattr(importlib.import_module(command.module), command.attribute))
    rest = words[1:]
    default = getattr(parser, "default", None)  # `faceshards pack SRC` is `faceshards pack clips SRC`
    if default and rest and rest[0] not in (*parser.commands, "--help", "-h", "KIND"):
        rest = [default, *rest]
    while hasattr(parser, "commands") and rest and not rest[0].startswith("-") and not rest[0].isupper():
        names = rest[0].split("|") if placeholders else rest[:1]  # `faceshards legacy import|export`
        assert set(names) <= set(parser.commands), f"{line}: no command {rest[0]}"
        parser, rest = parser.commands[names[0]], rest[1:]
    meant = parser.commands.values() if rest[:1] == ["KIND"] else [parser]  # any kind's options will do
    known = {name for each in meant for one in each.params for name in (*one.opts, *one.secondary_opts)}
    known |= {"--help", "-h"}
    unknown = [word for word in rest if word.startswith("--") and word.split("=")[0] not in known]
    assert not unknown, f"{line}: no option {', '.join(unknown)}"
    if not placeholders and not hasattr(parser, "commands") and "--help" not in rest:
        with parser.make_context(words[0], list(rest)):
            return


def _look_at_tests(words: list[str]) -> None:
    absent = [word for word in words if word.startswith("tests/") and not (ROOT / word).exists()]
    assert not absent, f"no {', '.join(absent)}"


def _look_at_make(words: list[str]) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    assert words[1] in targets, f"the Makefile has no {words[1]}"


def look_at_python(text: str, name: str) -> None:
    """Whether it is Python at all."""
    compile(text, name, "exec")


def lines_of(block: Block) -> Iterator[str]:
    """The lines of a block that begin with our commands."""
    for line in block.commands:
        if line.split()[0] == "faceshards" or line.startswith("python packing/pack.py"):
            yield line
