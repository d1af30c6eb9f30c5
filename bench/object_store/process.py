"""The store as a process of its own, and the few words that tests and benches need with it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import Request, urlopen

from faceshards.bench.object_store.server import CONTROL


class ObjectStore:
    """A running store. `endpoint` is its URL; `environment` are the variables by which any S3 client finds it."""

    def __init__(self, folder: Path | None = None) -> None:
        self._own = tempfile.TemporaryDirectory() if folder is None else None
        self.folder = Path(self._own.name) if self._own else Path(str(folder))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "faceshards.bench.object_store", "--folder", str(self.folder)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.endpoint = (self._process.stdout.readline() if self._process.stdout else "").strip()
        if not self.endpoint.startswith("http"):
            self.close()
            raise RuntimeError("the object store did not start")

    @property
    def environment(self) -> dict[str, str]:
        """AWS_* variables."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    def put(self, key: str, body: bytes) -> None:
        """Stores an object as `bucket/key`."""
        self._request("PUT", f"/{key}", body)

    def get(self, key: str) -> bytes:
        """An object's bytes."""
        return self._request("GET", f"/{key}")

    def log(self, *, clear: bool = False) -> list[dict[str, Any]]:
        """A line a request so far: operation, key, status, bytes sent and received."""
        return self._control("log", "clear" if clear else None)

    def fail(self, does: str, **rule: Any) -> None:
        """Adds a fault (see `faults.StoreFault`)."""
        self._control("faults", {"does": does, **rule})

    def heal(self) -> None:
        """Forgets all faults."""
        self._control("faults", None)

    def slow(self, seconds: float) -> None:
        """Adds so much to every request."""
        self._control("latency", seconds)

    def narrow(self, bandwidth: float) -> None:
        """Lets all connections together send so many bits a second; 0: as many as they can."""
        self._control("bandwidth", bandwidth)

    def close(self) -> None:
        """Ends the process; a folder of its own goes with it."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        if self._own:
            self._own.cleanup()

    def _control(self, name: str, value: Any) -> Any:
        return json.loads(self._request("POST", f"{CONTROL}{name}", json.dumps(value).encode()))

    def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        with urlopen(Request(self.endpoint + path, body, method=method), timeout=60) as answer:
            return bytes(answer.read())

    def __enter__(self) -> ObjectStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
