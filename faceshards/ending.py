"""How a command ends: its exit code, and the one line that it says on stderr. `docs/reliability.md` lists the codes."""

from __future__ import annotations

import errno
import os
import tempfile
from dataclasses import dataclass
from traceback import format_exception

import typer

from faceshards.errors import FaceshardsError
from faceshards.extras import missing
from faceshards.secrets import masked
from faceshards.wrong_words import wrong_words

FAILED, WRONG_WORDS, UNEXPECTED, INTERRUPTED, TERMINATED = 1, 2, 70, 130, 143

#: Exit code -> what it means, as `faceshards --help` says it.
CODES = {
    0: "done; clips that were rejected are a result, too",
    FAILED: "something could not be done: a line says what and why",
    WRONG_WORDS: "the command line makes no sense, or names what is not there",
    UNEXPECTED: "an error of ours: a line names it and the file with its traceback",  # EX_SOFTWARE of sysexits.h
    INTERRUPTED: "interrupted: a line says what stands",
    TERMINATED: "ended by SIGTERM: what is done is kept, as after an interruption",
}

# What a write says that finds no room.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Ending:
    """The exit code, and the line."""

    code: int
    line: str


def ending_of(error: BaseException, command: str, stands: str) -> Ending:
    """How `command` ends on an error; `stands` says what an interruption leaves behind."""
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return Ending(INTERRUPTED, f"interrupted: {stands}")
    if isinstance(error, FaceshardsError):
        return Ending(error.exit_code, str(error))
    if wrong := wrong_words(error, command):
        return Ending(WRONG_WORDS, wrong)
    if isinstance(error, ImportError) and (extra := missing(error, command)):
        return Ending(FAILED, str(extra))
    if isinstance(error, OSError) and error.errno and error.filename is not None:
        return Ending(FAILED, f"{os.fsdecode(error.filename)}: {error.strerror}: {_remedy(error)}")
    if isinstance(error, OSError) and error.errno in _NO_ROOM:  # it names no file: our own output, as a rule
        return Ending(FAILED, f"{error.strerror}: make room where the output goes, and where temporary files do")
    return Ending(UNEXPECTED, _unexpected(error))


def _remedy(error: OSError) -> str:
    return "check its owner and mode" if isinstance(error, PermissionError) else "check the path and its disk"


def _unexpected(error: BaseException) -> str:
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return masked(f"unexpected {said[:500]}: please report it{_kept(error)}")


def _kept(error: BaseException) -> str:
    """Keeps the traceback in a file; says where, or nothing where that cannot be."""
    try:
        file, path = tempfile.mkstemp(prefix="faceshards-", suffix=".traceback.txt")
        with open(file, "w", encoding="utf-8", errors="backslashreplace") as out:
            out.write(masked("".join(format_exception(error))))
    except OSError:
        return ""
    return f" with its traceback, which stands in {path}"
