import re
from collections.abc import Callable
from importlib import import_module

import av
import numpy as np
import pytest

from faceshards.errors import REASONS, ClipError, SoftwareError
from faceshards.jobs.bugs import is_bug, no_bugs, told

WRONG: dict[str, Callable[[], object]] = {
    "name": lambda: undefined,  # noqa: F821 - on purpose
    "module": lambda: import_module("faceshards.no_such_module"),
    "attribute": lambda: np.no_such_function,  # type: ignore[attr-defined]
    "keyword of PyAV": lambda: av.open("x", no_such_option=1),  # type: ignore[call-overload]
    "keyword": lambda: told(None, size=1),  # type: ignore[call-arg, arg-type]
    "too few": lambda: told(),  # type: ignore[call-arg]
    "too many": lambda: told(1, 2, 3),  # type: ignore[call-arg, arg-type]
    "of a built-in": lambda: len(1, 2),  # type: ignore[call-arg]
    "keyword of a built-in": lambda: [].sort(by=1),  # type: ignore[call-overload]
    "a module that is called": lambda: re(),  # type: ignore[operator]
}
DATA: dict[str, Callable[[], object]] = {
    "none plus one": lambda: None + 1,  # type: ignore[operator]
    "attribute of none": lambda: None.width,  # type: ignore[attr-defined]
    "value": lambda: int("x"),
    "shape": lambda: np.zeros(3) + np.zeros(4),
    "key": lambda: {}["x"],
}


def raised(what: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:
        what()
    return caught.value


@pytest.mark.parametrize("what", WRONG)
def test_what_no_data_can_bring_about_is_a_bug(what):
    assert is_bug(raised(WRONG[what]))
    with pytest.raises(SoftwareError, match=r"^clip 'a': \w+Error at ") as caught, no_bugs("clip 'a'"):
        WRONG[what]()
    assert caught.value.code in REASONS and "\n" not in str(caught.value)


@pytest.mark.parametrize("what", DATA)
def test_what_a_files_values_bring_about_is_none(what):
    error = raised(DATA[what])
    assert not is_bug(error)
    with pytest.raises(type(error)), no_bugs("clip 'a'"):
        DATA[what]()


def test_errors_of_ours_pass():
    with pytest.raises(ClipError), no_bugs("clip 'a'"):
        raise ClipError("no-face", "none")
