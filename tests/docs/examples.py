"""What the pages and docstrings show: fenced blocks of pages, code in docstrings, commands in help texts and in lines.

A block of a page is `sh` (commands), `console` (commands behind `$`, and what they print), `python`, `sql`, `toml` or
`text` (drawings, output). What cannot run on any machine says so in the page, in a comment above the block that GitHub
does not show and an editor does: `<!-- needs: minutes -->`.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
RUN, SHOWN = ("sh", "console", "python", "sql", "toml"), ("text",)
#: Mark -> what becomes of the block. Any other mark is the name of a package: where it is not installed, the block's
#: syntax is looked at only.
NEEDS = {
    "s3": "a bucket: it runs against the object store of bench/object_store",
    "minutes": "minutes of work: it runs with the long proofs, its commands' options are looked at every day",
    "checkout": "the checkout itself: make says what it would do (make -n)",
    "cluster": "machines that are not here: its syntax and its commands' options are looked at",
    "gpu": "a GPU: its syntax and its commands' options are looked at",
}
_FENCE = re.compile(r"(?:<!-- needs: (?P<needs>[^>]*?) -->\n)?^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
_NO_SOURCE = ("tests", "demo", "build", "dist", "site")
_COMMAND = r"(?:faceshards|python packing/pack\.py)"


@dataclass(frozen=True)
class Block:
    """One example: the file and line where it stands, its kind, its text, and what it says it needs."""

    file: Path
    line: int
    kind: str
    text: str
    needs: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The command lines of an `sh` or `console` block, continued lines joined."""
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.kind == "console":
            return [line[2:] for line in lines if line.startswith("$ ")]
        return [line for line in lines if line.strip() and not line.startswith("#")] if self.kind == "sh" else []


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    found = []
    for one in _FENCE.finditer(text):
        needs = frozenset(re.split(r",\s*", one["needs"])) if one["needs"] else frozenset()
        line = text.count("\n", 0, one.start("kind")) + 1
        found.append(Block(page, line, one["kind"].strip(), one["text"], needs))
    return found


def modules() -> list[Path]:
    """Every module that is no test; links and what work leaves in a checkout are not followed."""
    tops = [top for top in sorted(ROOT.iterdir()) if top.is_dir() and top.name[0] != "." and top.name not in _NO_SOURCE]
    return [*sorted(ROOT.glob("*.py")), *(file for top in tops for file in sorted(top.rglob("*.py")))]


def docstrings(file: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of each docstring of a module."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "lineno", 1), text


def docstring_blocks() -> Iterator[Block]:
    """The examples of docstrings: indented paragraphs that are commands or Python that calls something."""
    for file in modules():
        for line, text in docstrings(file):
            for paragraph in re.findall(r"^Example: .*(?:\n\S.*)*", text, re.M):
                yield Block(file, line, "sh", " ".join(paragraph.removeprefix("Example: ").split()))
            for lines in re.findall(r"(?:^[ ]{2,}\S.*\n|^\n(?=[ ]{2,}\S))+", text + "\n", re.M):
                code = textwrap.dedent(lines.strip("\n"))
                if kind := _kind(code):
                    yield Block(file, line, kind, code)


def help_lines(text: str) -> list[str]:
    """The command lines of a help text: a paragraph `Example: faceshards ...`, or indented lines of commands."""
    found = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("Example: "):
            found.append(" ".join(paragraph.removeprefix("Example: ").split()))
        elif all(line.startswith("  faceshards ") for line in paragraph.rstrip().splitlines()):
            found += [line.strip() for line in paragraph.splitlines()]
    return found


def _kind(text: str) -> str:
    if re.match(rf"{_COMMAND} |python -m ", text):
        return "sh"
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ""
    return "python" if any(isinstance(node, ast.Call) for node in ast.walk(tree)) else ""


def inline_commands() -> Iterator[tuple[str, str]]:
    """(where, command) of each command in backticks, in pages, docstrings and messages."""
    for file in [*PAGES, *modules()]:
        text = re.sub(r"^```.*?^```$", "", file.read_text("utf-8"), flags=re.M | re.S)
        for one in re.finditer(rf"`(?P<command>(?:{_COMMAND}|pytest|make) [^`\n]+)`", text):
            yield f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, one.start()) + 1}", one["command"]
