"""The peers: a process of the environment that `make peers` makes, which knows nothing of this project."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from faceshards.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".peers" / "bin" / "python"


class Peers:
    """A running process. `call("webdataset_small", ...)` runs one of the functions of `peer_process.py` there."""

    def __init__(self) -> None:
        if not PYTHON.exists():
            raise UsageError(f"{PYTHON}: the peers are not installed: run `make peers` first")
        script = Path(__file__).with_name("peer_process.py")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        words = {"stderr": subprocess.DEVNULL, "env": os.environ | {"AWS_ALLOW_HTTP": "true"}}
        self._process = subprocess.Popen([str(PYTHON), str(script)], **pipes, **words)  # type: ignore[call-overload]

    def call(self, name: str, **words: Any) -> Any:
        """What a function there returns. Raises RuntimeError with its error's last line."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"call": name, "words": words}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peers' process died at {name}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{name}: {answer['error']}")
        return answer["value"]

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def __enter__(self) -> Peers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
