"""The Ray to run in: one that is there already, or a quiet one of our own on this machine."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from faceshards.errors import StageError

#: Bytes of Ray's object store: nothing but paths and reports goes through it.
_STORE = 100 << 20


@contextmanager
def ray_cluster(address: str | None = None, cpus: int = 1) -> Iterator[None]:
    """A Ray to run in: the one at `address`, the one that this process is in already, or a quiet local one of
    `cpus` CPUs.

    Raises StageError when Ray is not installed or the address does not answer.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise StageError(
            "Ray is not installed: pip install 'faceshards[ray]', or run with --inline, which needs none"
        ) from error
    if ray.is_initialized():
        yield
        return
    if address is not None:
        _refuse_silence(address)
    logging.getLogger("ray").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    local: dict[str, Any] = {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": _STORE}
    try:
        ray.init(address or "local", **quiet, **({} if address else local))
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise StageError(f"Ray at {address or 'this machine'} does not start: {str(error).splitlines()[0]}") from error
    # Ray prints a paragraph on stdout for each dead worker; our report names the clip instead. There is no
    # public switch.
    ray._private.worker._worker_logs_enabled = False
    try:
        yield
    finally:
        ray.shutdown()
        ray._private.worker._worker_logs_enabled = True


def _refuse_silence(address: str) -> None:
    """Raises StageError where nothing listens at HOST:PORT; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        return  # a name that Ray knows: auto, local
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise StageError(f"Ray at {address} does not answer ({error}): start it, or leave --ray out") from error
