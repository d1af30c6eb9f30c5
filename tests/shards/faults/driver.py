"""A process that works on a shard and kills itself at an exact place: `python driver.py WORK FOLDER PHASE NUMBER`.

Its system calls are real, and so is the signal; only the moment is chosen, by counting calls. NUMBER moves it: the
copied piece, the side of a call, the call itself.
"""

import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.extent import FileExtent
from faceshards.shards.writer import ShardWriter

SAMPLES = 12
PHASES = (
    "temporary file",
    "mid-copy",
    "before fsync",
    "between fsync and rename",
    "between rename and index",
    "in the index",
)
#: What a number chooses among in the index: a call, and the side of it.
_IN_INDEX = [(name, side) for name in ("open", "pwrite", "fsync", "replace") for side in ("before", "after")]


def write(folder: Path) -> None:
    """A shard of clips in a folder, some copied as extents of files."""
    path = folder / "a.tar"
    with ShardWriter(path, provenance=[Provenance("pack", 1, {})], expected_bytes=20_000_000) as writer:
        for i in range(SAMPLES):
            members = {"json": {"name": f"clip {i}"}, "mp4": FileExtent.whole(folder / "clips" / f"{i}.mp4")}
            writer.add(f"clip{i}", members)


def enrich(folder: Path) -> None:
    """The shard with one column more."""
    rewrite(
        folder / "a.tar",
        {"new.npy": lambda row: encode("new.npy", np.full((row + 1, 100), row, np.float32))},
        lambda row, old: {**old, "score": row / 7},
        [Provenance("new", 1, {})],
    )


def pack(folder: Path) -> None:
    """The command that users call, on a zip."""
    from faceshards.__main__ import main

    try:
        main(["pack", "--zip", str(folder / "raw.zip"), "--out", str(folder)])
    except SystemExit as end:
        if end.code:
            raise


def die() -> None:
    """Gone, with no chance to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(phase: str, number: int) -> None:
    """Lets the process die in a phase. `number` 0, 1, 2, ... chooses among the moments of it."""
    counted = Counter()

    def armed(name, function):
        def call(*args, **more):
            side = moment(name, str(args[0]) if name in ("open", "replace") else "")
            if side == "before":
                die()
            answer = function(*args, **more)
            if side == "after":
                die()
            return answer

        return call

    def moment(name: str, path: str) -> str | None:
        """Whether this call is the moment: `before` or `after` it, or not at all."""
        is_tar, is_index = ".tar." in path and path.endswith(".tmp"), ".parquet." in path and path.endswith(".tmp")
        counted["opened"] += name == "open" and is_tar
        counted["index"] += name == "open" and is_index
        writing = counted["opened"] and not counted["renamed"]
        counted["writes"] += name == "pwrite" and bool(writing)
        counted["renamed"] += name == "replace" and is_tar
        either = ("before", "after")[number % 2]
        match phase:
            case "temporary file" if name == "open" and is_tar:
                return either
            case "mid-copy" if name == "pwrite" and writing and counted["writes"] == 1 + number // 2:
                return either
            case "before fsync" if writing and name == ("ftruncate", "fsync")[number % 2]:
                return ("after", "before")[number % 2]
            case "between fsync and rename" if writing and name == "fsync" and number % 2 == 0:
                return "after"
            case "between fsync and rename" if name == "replace" and is_tar:
                return "before"
            case "between rename and index" if name == "replace" and is_tar:
                return "after"
            case "in the index" if counted["index"] and (name, "before") in _IN_INDEX:
                wanted, side = _IN_INDEX[number % len(_IN_INDEX)]
                return side if name == wanted else None
        return None

    for name in ("open", "pwrite", "fsync", "replace", "ftruncate"):
        setattr(os, name, armed(name, getattr(os, name)))


if __name__ == "__main__":
    work, folder, phase, number = sys.argv[1:5]
    if phase != "none":
        arm(phase, int(number))
    {"write": write, "rewrite": enrich, "pack": pack}[work](Path(folder))
    with Shard(Path(folder) / ("raw.tar" if work == "pack" else "a.tar")) as done:
        print(json.dumps({"samples": len(done)}))
