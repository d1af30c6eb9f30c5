"""What meets a library that takes a loader apart: a DataLoader of its own, made of a loader's parts, would read other
rows on each rank, or not all, and say nothing.
"""

from __future__ import annotations

from typing import Any

from faceshards.errors import UsageError


def refused(samples: Any) -> Any:
    """The `collate_fn` that a loader shows: whoever makes another DataLoader of its parts takes it along."""
    raise UsageError(
        "a DataLoader that was made of the parts of a faceshards loader would read other rows than it: iterate over "
        "the loader itself, which deals the rows to the ranks and goes on by load_state_dict() (docs/training.md has "
        "a section for each framework)"
    )
