"""Fixtures that several packages' tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real clips, photographs, speech and weights; the test is skipped where it is absent."""
    folder = Path(os.environ.get("FACESHARDS_REAL", ROOT.parent / "shared" / "real"))
    if not folder.is_dir():
        pytest.skip(f"no real media at {folder} (set FACESHARDS_REAL)")
    return folder
