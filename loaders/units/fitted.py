"""Which clips of a plan hold a window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceshards.errors import UsageError
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.window import Window
from faceshards.shards.schema.columns import PACKETS, SOUND, SOUND_PACKETS


def fitted(plan: Plan, window: Window, videos: Sequence[str], missing: Missing) -> Plan:
    """The plan without the clips that are too short for the window or, where it wants them, have no sound, no boxes.

    Raises UsageError where there are such and missing="error", and where no clip is left.
    """
    unknown = np.full(len(plan), np.nan)
    fits = window.fits(plan.scalars.get("frames", unknown), plan.scalars.get("fps", unknown))
    remedy = f"where={window.rule!r} or missing='skip'"
    plan = without(plan, ~fits, f"are too short for {window.said}", remedy, missing)
    if window.sound and missing != "none":
        told = _filled(plan, f"{videos[0]}.{PACKETS}")
        heard = np.any([_filled(plan, name) for name in (SOUND_PACKETS, *SOUND)], axis=0)
        plan = without(plan, told & ~heard, "have no sound", "missing='skip'", missing)
    if isinstance(window.crop, str):
        plan = without(plan, ~_filled(plan, window.crop), f"have no {window.crop}", "missing='skip'", missing)
    return plan


def without(plan: Plan, bad: np.ndarray, what: str, remedy: str, missing: Missing) -> Plan:
    """The plan without the `bad` units, bool (N,). Raises UsageError as `fitted` does."""
    units = np.flatnonzero(bad)
    if len(units) and (missing == "error" or len(units) == len(plan)):
        raise UsageError(
            f"{len(units)} of {len(plan)} clips {what}, first {plan.key(int(units[0]))!r}: leave them out with {remedy}"
        )
    return plan.kept(~bad) if len(units) else plan


def _filled(plan: Plan, column: str) -> np.ndarray:
    """Which units have a column: bool (N,)."""
    return plan.extents[column].filled if column in plan.extents else np.zeros(len(plan), bool)
