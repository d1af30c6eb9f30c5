"""The Ray to run in: one that is there already, or a quiet one of our own on this machine."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faceshards.errors import StageError

#: Bytes of Ray's object store: nothing but paths and reports goes through it.
_STORE = 100 << 20
#: What `ray job submit` tells the command that it starts, on a machine of the cluster.
_SUBMITTED = "RAY_JOB_CONFIG_JSON_ENV_VAR"
#: Where Ray's users say with which token they are let in, and whether one is wanted at all.
_TOKENS = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
# Knocks without a token at the cluster, whose address may be a name that Ray knows, or at its Ray Client's server.
_KNOCK = """
import sys
address = sys.argv[1]
if address.startswith("ray://"):
    import grpc
    server = grpc.insecure_channel(address.removeprefix("ray://"))
    server.unary_unary("/ray.rpc.RayletDriver/ClusterInfo")(b"", timeout=10)
else:
    from ray._private.services import canonicalize_bootstrap_address_or_die
    from ray._raylet import GcsClient
    GcsClient(address=canonicalize_bootstrap_address_or_die(address)).internal_kv_keys(b"x", None)
"""


def address_here() -> str | None:
    """The address of the cluster that `ray job submit` has sent this command to; None where nobody has."""
    return "auto" if _SUBMITTED in os.environ else None


@contextmanager
def ray_cluster(address: str | None = None, cpus: int = 1) -> Iterator[None]:
    """A Ray to run in: the one at `address` (HOST:PORT, `auto`, or ray://HOST:PORT of a Ray Client's server), the one
    that this process is in already, or a quiet local one of `cpus` CPUs.

    Raises StageError when Ray is not installed or the address does not answer.
    """
    address = address or address_here()
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS") or address  # as Ray itself reads it
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if address is None:
        _have_token()
    else:
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
    try:
        try:
            _join(address, cpus)
        except Exception as error:
            if not _was_late(error):
                raise
            ray.shutdown()  # what there is of it
            _join(address, cpus)
    except SystemExit as ended:  # by Ray's own handler of SIGTERM, whose code is the signal's number
        sys.exit(128 + signal.SIGTERM if ended.code == signal.SIGTERM else ended.code)
    except Exception as error:
        if not _was_late(error) and not isinstance(error, (ConnectionError, RuntimeError, ValueError)):
            raise
        raise StageError(f"Ray at {address or 'this machine'} does not start: {_said(error)}") from error
    # Ray prints a paragraph on stdout for each dead worker; our report names the clip instead. There is no
    # public switch.
    ray._private.worker._worker_logs_enabled = False
    try:
        yield
    finally:
        ray.shutdown()
        ray._private.worker._worker_logs_enabled = True


def is_ours() -> bool:
    """Whether the Ray that this process is in is one that it started, which no node joins."""
    import ray

    node = ray._private.worker._global_node  # none where it is reached by Ray Client
    return node is not None and bool(node.is_head())


def _join(address: str | None, cpus: int) -> None:
    import ray

    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    local: dict[str, Any] = {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": _STORE}
    ray.init(address or "local", **quiet, **({} if address else local))


def _was_late(error: Exception) -> bool:
    """Whether Ray was not up in time, as on a machine that is busy: a second try is quicker, all its files being read.

    Of a node that is a plain Exception of Ray's. A Ray Client's server starts one of its own for us, and says it.
    """
    return type(error) is Exception or isinstance(error, ConnectionAbortedError)


def _said(error: Exception) -> str:
    """An error of Ray's in one line: of one that a server sends with its traceback, the last."""
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[-1 if isinstance(error, ConnectionAbortedError) else 0]


def _demands_token(address: str) -> bool:
    """Whether the cluster at an address lets in nobody without a token (Ray's documentation, "Token authentication").

    Where a token lies in the home folder each cluster that this user starts demands it; but who joins one sends it only
    where `RAY_AUTH_MODE` says so, and a cluster that demands none starts no actors for those who send one. So it is
    asked, by a process of its own, whose settings are not ours.
    """
    env = {**os.environ, "RAY_AUTH_MODE": "disabled"}
    try:
        asked = subprocess.run([sys.executable, "-c", _KNOCK, address], env=env, capture_output=True, timeout=30)
    except subprocess.TimeoutExpired:
        return False
    return b"AuthenticationError" in asked.stderr or b"UNAUTHENTICATED" in asked.stderr


def _have_token() -> None:
    """A local Ray gets a token of this process. Ray would leave one in the home folder, and from then on the clusters
    that this user starts would let in no node on which it is not.
    """
    kept = Path.home() / ".ray" / "auth_token"
    if not any(name in os.environ for name in _TOKENS) and not kept.exists():
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _refuse_silence(address: str) -> None:
    """Raises StageError where nothing listens at HOST:PORT; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        return  # a name that Ray knows: auto, local
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise StageError(f"Ray at {address} does not answer ({error}): start it, or leave --ray out") from error
