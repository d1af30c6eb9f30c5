"""Errors of the program itself, told from those that a clip causes: nobody's clip is blamed for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb

from faceshards.errors import SoftwareError

# How Python, Cython and C extensions say that a function was called in a way that it does not have.
_CALL = re.compile(
    r"unexpected keyword argument|invalid keyword argument|takes (no|at most|at least|exactly|from|\d+) .*argument|"
    r"missing \d+ required|multiple values for|got some positional-only arguments|"
    r"(expected|required) (at (least|most) )?\d+ arguments?|is not callable|"
    r"incompatible function arguments"
)
# A library gives None where a file says nothing: what trips over it may be the file's doing.
_OF_NONE = "'NoneType' object"


def is_bug(error: BaseException) -> bool:
    """Whether an error says that code is wrong, whatever the data are: a name, module or attribute that is not there,
    or a call that the function does not take, as after a library's change.

    Of None, which a file that says too little may have brought about, an attribute is no bug; nor is the TypeError of
    an operation on values.
    """
    if isinstance(error, AttributeError):
        return not str(error).startswith(_OF_NONE)
    if isinstance(error, TypeError):
        return _CALL.search(str(error)) is not None and not str(error).startswith(_OF_NONE)
    return isinstance(error, (NameError, ImportError))


@contextmanager
def no_bugs(place: str) -> Iterator[None]:
    """Raises SoftwareError for an error of the program's own in the block, which was at work on `place`."""
    try:
        yield
    except Exception as error:
        if not is_bug(error):
            raise
        raise SoftwareError(
            f"{place}: {told(error)}: the program or a library under it is at fault, not the clip: "
            "install the versions of constraints.txt, or report this"
        ) from error


def told(error: BaseException) -> str:
    """Type, place and message of an error: `NameError at faces.py:12: name 'x' is not defined`."""
    frames = extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}: {error}"
