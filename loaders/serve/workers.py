"""The processes of a loader: how many, how they are started, how far they read ahead."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from numbers import Real
from typing import Any

from faceshards.errors import UsageError
from faceshards.loaders.arguments import function, whole

#: Batches that each worker reads ahead, unless told otherwise: as many as torch's own.
AHEAD = 2

Context = str | BaseContext | None


@dataclass(frozen=True)
class Workers:
    """`count` processes, or 0: all is done in the caller's own. `start` says how they are started (None: as Python
    does), `init` is called in each with its number, `ahead` is how many batches each reads ahead; where none comes
    within `timeout` seconds (0: ever), that is an error.
    """

    count: int = 0
    start: Context = None
    ahead: int = AHEAD
    timeout: float = 0.0
    init: Callable[[int], None] | None = None

    @classmethod
    def of(
        cls, count: object, start: Context, ahead: int | None, timeout: float, init: Callable[[int], None] | None
    ) -> Workers:
        """Of a loader's arguments, in torch's words. Raises UsageError for what they cannot be."""
        count = whole("num_workers", count)
        if not isinstance(timeout, Real) or not timeout >= 0:
            raise UsageError(f"timeout must be a number of seconds >= 0 (0: wait for ever), got {timeout!r}")
        if ahead is not None:
            ahead = whole("prefetch_factor", ahead, 1)
        for name, value in (("prefetch_factor", ahead), ("multiprocessing_context", start), ("timeout", timeout)):
            if value and not count:
                raise UsageError(
                    f"{name}={value!r} speaks of workers, and num_workers is 0: give num_workers=1 or more"
                )
        methods = multiprocessing.get_all_start_methods()
        if not (start is None or isinstance(start, BaseContext) or start in methods):
            raise UsageError(f"multiprocessing_context must be one of {', '.join(methods)} or a context, got {start!r}")
        return cls(count, start, ahead or AHEAD, float(timeout), function("worker_init_fn", init))

    @property
    def method(self) -> str:
        """fork, spawn or forkserver."""
        context = self.start if isinstance(self.start, BaseContext) else multiprocessing.get_context(self.start)
        return str(context.get_start_method())

    def fit_for(self, may_fork: bool, carried: Mapping[str, Any]) -> Workers:
        """These, started afresh where they may not be forked. Raises UsageError for what was asked otherwise, and where
        something that they must take along does not pickle; `carried` names it.
        """
        if not self.count:
            return self
        fit = self if may_fork or self.start is not None else Workers(**{**self.__dict__, "start": "spawn"})
        if not may_fork and fit.method == "fork":
            raise UsageError(
                "multiprocessing_context='fork' does not go with shards in a store, whose client does not live on in a "
                "fork: give 'spawn', or nothing"
            )
        if fit.method != "fork":
            for name, value in {**carried, "worker_init_fn": self.init}.items():
                _check_pickles(name, value, fit.method)
        return fit


def _check_pickles(name: str, value: Any, method: str) -> None:
    try:
        pickle.dumps(value)
    except Exception as error:
        raise UsageError(
            f"{name} {value!r} cannot be handed to workers, which are started by {method} ({error}): give a "
            "function or class of a module, no lambda"
        ) from error
