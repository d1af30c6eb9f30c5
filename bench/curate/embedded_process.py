"""`python -m faceshards.bench.curate.embedded_process SHARD STAGES`: curates a shard in this process, and says which of
its processor time is spent inside of the networks, the decoder and the encoder; bench/curate/embedded.py runs it.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.options import plan_of
from faceshards.curation.run import run_shard
from faceshards.media.encode import Encoder
from faceshards.models.nets.ge2e import GE2E
from faceshards.models.sessions.dlib_identity import DlibIdentity
from faceshards.models.sessions.litert import LiteRtSession
from faceshards.models.sessions.onnx import OnnxSession

_SPENT: Counter[str] = Counter()
_PARTS: dict[str, list[tuple[type, str]]] = {
    "networks": [(LiteRtSession, "run"), (OnnxSession, "run"), (GE2E, "run"), (DlibIdentity, "embed_chips")],
    "encoding": [(Encoder, "add"), (Encoder, "close")],
}


def _timed(part: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The call, whose processor time is counted."""

    @functools.wraps(call)
    def timed(*given: Any, **named: Any) -> Any:
        start = time.thread_time()
        try:
            return call(*given, **named)
        finally:
            _SPENT[part] += time.thread_time() - start  # type: ignore[assignment]

    return timed


def _timed_chunks(self: SharedClip) -> Any:
    chunks = _CHUNKS(self)
    following = _timed("decoding", next)
    while (chunk := following(chunks, None)) is not None:
        yield chunk


_CHUNKS = SharedClip.chunks


def main(shard: str, stages: str) -> None:
    """Prints one JSON object: CPU seconds of all, and of each part; the report's failures and frames decoded."""
    for part, calls in _PARTS.items():
        for kind, name in calls:
            setattr(kind, name, _timed(part, getattr(kind, name)))
    SharedClip.chunks = _timed_chunks  # type: ignore[method-assign]
    plan = plan_of(stages.split(","), {}, time_limit=0, retry=frozenset(), limit=None)
    start = time.process_time()
    report = run_shard(shard, plan)
    taken = time.process_time() - start
    print(json.dumps({"all": taken, **_SPENT, "failed": report.failed, "seconds": report.seconds}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
