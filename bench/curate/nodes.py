"""Ray as people start it: `ray start` on each of some machines, which have a home and a working folder of their own.

All are processes of this machine; each node is a process group, which ends as a machine does: at once.
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
        self._folder, self._environment = folder, dict(environment)
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
        end = time.monotonic() + _PATIENCE
        while not _answers(self.address):
            self._must_live("head", end)
            time.sleep(0.1)

    def join(self, name: str, cpus: int = 1, **environment: str) -> None:
        """A node joins; that it is in is Ray's to say."""
        self._start(name, cpus, (f"--address={self.address}",), environment)

    def await_cpus(self, cpus: int) -> None:
        """Returns when the cluster has so many."""
        code = (
            "import sys, time, ray\nray.init(sys.argv[1], log_to_driver=False)\n"
            "while ray.cluster_resources().get('CPU', 0) < int(sys.argv[2]): time.sleep(0.1)\n"
        )
        words = [sys.executable, "-c", code, self.address, str(cpus)]
        done = subprocess.run(words, env=self._env("head"), capture_output=True, text=True, timeout=_PATIENCE)
        if done.returncode:
            raise FaceshardsError(f"Ray at {self.address} has no {cpus} CPUs: {done.stderr[-1000:]}")

    def kill(self, name: str, sent: signal.Signals = signal.SIGKILL) -> None:
        """Ends a node, and all that runs on it; or, by SIGSTOP, makes it silent."""
        process = self._processes[name]
        groups = {process.pid, *_groups_below(process.pid)}
        for group in groups:
            with suppress(ProcessLookupError):
                os.killpg(group, sent)
        if sent == signal.SIGKILL:
            del self._processes[name]
            process.wait()

    def close(self) -> None:
        """Ends all."""
        for name in reversed(self.names):
            self.kill(name)
        shutil.rmtree(self._sockets, ignore_errors=True)

    def _start(
        self, name: str, cpus: int, words: tuple[str, ...], more: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        folder = self._folder / name
        (folder / "cwd").mkdir(parents=True, exist_ok=True)
        with open(folder / "said", "ab") as said:
            self._processes[name] = subprocess.Popen(
                [*_RAY, "start", "--block", f"--num-cpus={cpus}", f"--object-store-memory={_STORE}", *words],
                cwd=folder / "cwd", env={**self._env(name), **more}, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True,
            )  # fmt: skip

    def _env(self, name: str) -> dict[str, str]:
        home = self._folder / name / "home"
        home.mkdir(parents=True, exist_ok=True)
        code = str(Path(faceshards.__file__).resolve().parent.parent)
        quiet = {"PYTHONPATH": code, "HOME": str(home), "RAY_USAGE_STATS_ENABLED": "0"}
        return {**os.environ, **quiet, **self._environment}

    def _must_live(self, name: str, end: float) -> None:
        if self._processes[name].poll() is not None or time.monotonic() > end:
            raise FaceshardsError(f"Ray does not start: {(self._folder / name / 'said').read_text()[-1000:]}")


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind((_HOST, 0))
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with suppress(OSError):
        socket.create_connection((host, int(port)), 1).close()
        return True
    return False


def _groups_below(pid: int) -> set[int]:
    """The process groups of a process's descendants: Ray gives some one of their own."""
    parents: dict[int, list[tuple[int, int]]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            words = stat.read_text().rpartition(")")[2].split()
            parents.setdefault(int(words[1]), []).append((int(stat.parent.name), int(words[2])))
    found, below = set(), [pid]
    while below:
        for child, group in parents.get(below.pop(), ()):
            found.add(group)
            below.append(child)
    return found
