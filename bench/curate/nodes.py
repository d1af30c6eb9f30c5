"""Ray as people start it: `ray start` on each of some machines, which have a home and a working folder of their own.

All are processes of this machine; a node ends as a machine does: all of its processes at once.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType, TracebackType

import faceshards
from faceshards.errors import FaceshardsError

# Bytes of a node's object store, Ray's least but for some; seconds until a node must be there.
_STORE, _PATIENCE = 100_000_000, 180.0
_RAY = (sys.executable, "-m", "ray.scripts.scripts")
_HOST = "127.0.0.1"


class Nodes:
    """A cluster: a head of `cpus` CPUs at `address`, and the nodes that join it. `environment` is that of all nodes.
    With a `dashboard` jobs can be submitted to it.

    Raises FaceshardsError where Ray does not start.
    """

    def __init__(
        self,
        folder: Path,
        cpus: int = 0,
        environment: Mapping[str, str] = MappingProxyType({}),
        *,
        dashboard: bool = False,
    ) -> None:
        self._folder, self._extra = folder, dict(environment)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._sockets = tempfile.mkdtemp(prefix="fs-", dir="/tmp")  # a path of a socket is short
        ports = _free_ports(3)
        self.address, self.client, self.dashboard = (f"{_HOST}:{port}" for port in ports)
        words = (f"--port={ports[0]}", f"--ray-client-server-port={ports[1]}", f"--dashboard-port={ports[2]}")
        self._head = ("--head", *words, f"--include-dashboard={dashboard}", f"--temp-dir={self._sockets}")
        self._cpus = cpus

    def __enter__(self) -> Nodes:
        try:
            self.start_head()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def names(self) -> list[str]:
        """The nodes that are up, the head among them."""
        return list(self._processes)

    def start_head(self) -> None:
        """Starts the head, also again after its death."""
        self._start("head", self._cpus, self._head)

    def join(self, name: str, cpus: int = 1, **environment: str) -> None:
        """A node joins, and is in when this returns; two at a time might take the same names for their sockets."""
        self._start(name, cpus, (f"--address={self.address}",), environment)

    def await_cpus(self, cpus: int) -> None:
        """Returns when all that joined is known to Ray: so many CPUs."""
        code = (
            "import sys, time, ray\nray.init(sys.argv[1], log_to_driver=False)\n"
            "while ray.cluster_resources().get('CPU', 0) < int(sys.argv[2]): time.sleep(0.1)\n"
        )
        words = [sys.executable, "-c", code, self.address, str(cpus)]
        done = subprocess.run(words, env=self.environment("head"), capture_output=True, text=True, timeout=_PATIENCE)
        if done.returncode:
            raise FaceshardsError(f"Ray at {self.address} has no {cpus} CPUs: {done.stderr[-1000:]}")

    def kill(self, name: str, sent: signal.Signals = signal.SIGKILL) -> set[int]:
        """Ends a node and all that runs on it, or, by SIGSTOP, makes it silent; the processes of it."""
        process = self._processes[name]
        below = self.processes(name)
        for one in below:
            with suppress(ProcessLookupError):
                os.kill(one, sent)
        if sent == signal.SIGKILL:
            del self._processes[name]
            process.wait()
        return below

    def processes(self, name: str) -> set[int]:
        """Those of a node now."""
        root = self._processes[name].pid
        return {root, *_below(root)}

    def close(self) -> None:
        """Ends all."""
        for name in reversed(self.names):
            self.kill(name)
        shutil.rmtree(self._sockets, ignore_errors=True)

    def _start(
        self, name: str, cpus: int, words: tuple[str, ...], more: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Returns when the node is up. Raises FaceshardsError where it does not start."""
        folder = self._folder / name
        (folder / "cwd").mkdir(parents=True, exist_ok=True)
        with open(folder / "said", "wb") as said:
            process = self._processes[name] = subprocess.Popen(
                [*_RAY, "start", "--block", f"--num-cpus={cpus}", f"--object-store-memory={_STORE}", *words],
                cwd=folder / "cwd", env={**self.environment(name), **more}, stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + _PATIENCE
        while b"will now block" not in (so_far := (folder / "said").read_bytes()):
            if process.poll() is not None or time.monotonic() > end:
                raise FaceshardsError(f"Ray does not start: {so_far.decode()[-1000:]}")
            time.sleep(0.1)

    def environment(self, name: str) -> dict[str, str]:
        """That of a node, or of a command with a home of that name."""
        home = self._folder / name / "home"
        home.mkdir(parents=True, exist_ok=True)
        code = str(Path(faceshards.__file__).resolve().parent.parent)
        quiet = {"PYTHONPATH": code, "HOME": str(home), "RAY_USAGE_STATS_ENABLED": "0"}
        return {**os.environ, **quiet, **self._extra}


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind((_HOST, 0))
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def _below(pid: int) -> set[int]:
    """A process's descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, left = set[int](), [pid]
    while left:
        own = children.get(left.pop(), [])
        found.update(own)
        left += own
    return found
