"""A loader's position, as its state says it, held against the loader that shall go there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceshards.errors import UsageError
from faceshards.loaders.arguments import of_kind, whole
from faceshards.loaders.plan.order import LAST_EPOCH


def check_state(state: Mapping[str, Any], own: Mapping[str, Any], length: int) -> tuple[int, int, tuple[int, ...]]:
    """The epoch, batches and windows of a state, for a loader of `length` batches whose own state is `own`.

    Raises UsageError for what is no state, and where it would mean other samples.
    """
    of_kind("a loader's state", state, Mapping, "what state_dict() returned")
    if absent := own.keys() - state.keys():
        raise UsageError(f"a loader's state needs {', '.join(sorted(absent))}: give what state_dict() returned")
    for name in ("seed", "batch_size", "shuffle"):
        if own[name] != state[name]:
            raise UsageError(
                f"the state was saved with {name} {state[name]}, this loader has {own[name]}: give the same"
            )
    if own["digest"] != state["digest"]:
        raise UsageError(
            f"the data now matches other rows ({own['rows']}, digest {own['digest'][:8]}) than when the state was "
            f"saved ({state['rows']}, digest {str(state['digest'])[:8]}): resume on the same shards and where, "
            "or start afresh"
        )
    windows = of_kind("a state's windows", state["windows"], (list, tuple), "a list of whole numbers")
    if len(windows) != len(own["windows"]):
        raise UsageError(f"a state's windows must be {len(own['windows'])}, got {windows}")
    return (
        whole("a state's epoch", state["epoch"], most=LAST_EPOCH),
        whole("a state's batches", state["batches"], 0, length),
        tuple(whole("each of a state's windows", window, 1) for window in windows),
    )
