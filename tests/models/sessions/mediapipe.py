"""MediaPipe's networks, where their files are here. Not a test module."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from faceshards.errors import StageError, WeightsError
from faceshards.models.weights.registry import find

Network = TypeVar("Network")


def opened(kind: Callable[[Path], Network], name: str) -> Network:
    """The network of that name; the test is skipped, saying so, where it or its runtime is not here."""
    try:
        return kind(find(name))
    except (WeightsError, StageError) as error:
        pytest.skip(f"{error}")
