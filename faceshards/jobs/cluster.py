"""The Ray to run in: one that is there already, or a quiet one of our own on this machine."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
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
    if address is not None:
        _refuse_silence(address)
        if "RAY_AUTH_MODE" not in os.environ and _demands_token(address):
            os.environ["RAY_AUTH_MODE"] = "token"  # before Ray is imported: it looks once
    try:
        import ray
    except ImportError as error:
        raise StageError(
            "Ray is not installed: pip install 'faceshards[ray]', or run with --inline, which needs none"
        ) from error
    if ray.is_initialized():
        yield
        return
    logging.getLogger("ray").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    local: dict[str, Any] = {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": _STORE}
    try:
        ray.init(address or "local", **quiet, **({} if address else local))
    except SystemExit as ended:  # by Ray's own handler of SIGTERM, whose code is the signal's number
        sys.exit(128 + signal.SIGTERM if ended.code == signal.SIGTERM else ended.code)
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


def _demands_token(address: str) -> bool:
    """Whether the cluster at HOST:PORT lets in nobody without a token (Ray's documentation, "Token authentication").

    Any local Ray leaves a token in the home folder, and from then on each cluster that this user starts demands it; but
    who joins one sends it only where `RAY_AUTH_MODE` says so, and a cluster that demands none starts no actors for
    those who send one. So it is asked, by a process of its own, whose settings are not ours.
    """
    ask = "import sys; from ray._raylet import GcsClient; GcsClient(address=sys.argv[1]).internal_kv_keys(b'x', None)"
    env = {**os.environ, "RAY_AUTH_MODE": "disabled"}
    try:
        asked = subprocess.run([sys.executable, "-c", ask, address], env=env, capture_output=True, timeout=30)
    except subprocess.TimeoutExpired:
        return False
    return b"AuthenticationError" in asked.stderr


def _refuse_silence(address: str) -> None:
    """Raises StageError where nothing listens at HOST:PORT; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        return  # a name that Ray knows: auto, local
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise StageError(f"Ray at {address} does not answer ({error}): start it, or leave --ray out") from error
