"""A Ray that is up before anything is measured, in a process of its own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faceshards
from faceshards.errors import FaceshardsError

#: What the environment says to Ray, where it runs and where it is joined: nothing is told to anyone, and no token is
#: asked for, such as an earlier Ray of this user may have left.
RAY_ENV = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
#: Bytes of the object store, for the peer whose frames go through it.
STORE = 2 << 30


@contextmanager
def ray_up(cpus: int = 2) -> Iterator[str]:
    """The address, HOST:PORT, of a Ray of so many CPUs. Raises FaceshardsError where it does not start."""
    home = str(Path(faceshards.__file__).resolve().parent.parent)
    env = {**os.environ, "PYTHONPATH": home, **RAY_ENV}
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "faceshards.bench.curate.cluster", str(cpus)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=env,
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address:
                errors.seek(0)
                raise FaceshardsError(f"Ray does not start: {errors.read()[-1000:]}")
            yield address
        finally:
            process.stdin.close()
            process.wait()
            process.stdout.close()


def main() -> None:
    """Starts it, says where, and ends it when nobody holds the other end of stdin any more."""
    import ray

    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False, "include_dashboard": False}
    ray.init("local", num_cpus=int(sys.argv[1]), object_store_memory=STORE, **quiet)
    sys.stdout.write(f"{ray.get_runtime_context().gcs_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    ray.shutdown()


if __name__ == "__main__":
    main()
