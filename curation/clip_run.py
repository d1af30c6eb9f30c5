"""The work on one clip: step after step, each journalled and limited, each result taken down in its json."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from faceshards.curation.clip import StageClip
from faceshards.curation.stage import FRAMES, SOUND, Failure, NotApplicable, Outcome, Stage
from faceshards.errors import ClipError, ShardError, SoftwareError, StageBug, StageError, StorageError, WeightsError
from faceshards.extras import missing
from faceshards.jobs.bugs import is_bug, told
from faceshards.jobs.journal import Journal
from faceshards.jobs.limits import time_limit
from faceshards.shards.schema import codecs
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.states import DONE, FAILED, NOT_APPLICABLE, state_of, stated

#: The step in which a clip's pictures are decoded, as the journal and the report name it.
DECODE = "decode"


class ClipRun:
    """Runs stages on a clip. `facts`, `columns` and `provenance` hold what came of it.

    A stage that fails, in whatever way, leaves its columns without a value and its reason in `facts["failures"]`; the
    others go on. Only a programming error in a stage ends everything: `stage` raises StageBug.
    """

    def __init__(self, clip: StageClip, journal: Journal, limit: float | None) -> None:
        self.facts: dict[str, Any] = dict(clip.facts)
        self.columns: dict[str, bytes] = {}
        self.provenance: dict[str, Provenance] = {}
        self._clip, self._journal, self._limit = clip, journal, limit
        self._seconds: dict[str, float] = {}

    def stage(self, stage: Stage, made: Provenance) -> None:
        """Runs one stage and takes its result down."""
        result = self._barred(stage) or applied(stage, self._result(stage))
        columns = result.columns if isinstance(result, Outcome) else {}
        new = {name: bytes(columns.get(name, b"")) for name in stage.makes}
        self.columns |= new
        self._clip.made |= new
        self.provenance[made.fingerprint] = made
        self.facts = self._clip.facts = recorded(self.facts, stage, result, made.fingerprint)

    def cost(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """What the work cost, together with what an earlier run spent on this clip."""
        counts = dict(self._clip.counts)
        if self._clip.decoded:
            counts["frames"] = int(self.facts.get("frames", 1))
        return {
            "seconds": _sum(before.get("seconds", {}), self._seconds),
            "counts": _sum(before.get("counts", {}), counts),
        }

    def _result(self, stage: Stage) -> Outcome | Failure:
        """What the stage makes of the clip, its columns encoded. Raises what no clip can help."""
        try:
            if FRAMES in stage.needs and not self._clip.decoded:
                with self._step(DECODE), suppress(ClipError):
                    _ = self._clip.frames  # an error comes again when the stage asks for the pictures
            with self._step(stage.name), no_bugs(stage, f"clip {self._clip.facts.get('name', self._clip.key)!r}"):
                (result,) = stage.process([self._clip])
                return encoded(stage, result) if isinstance(result, Outcome) else result
        except ClipError as error:
            return Failure(error.code, str(error))
        except (ShardError, SoftwareError, StageError, StorageError, WeightsError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a stage raises is that clip's failure, and the run goes on
            return Failure("stage-failed", f"{type(error).__name__}: {error}"[:500])

    def _barred(self, stage: Stage) -> Failure | NotApplicable | None:
        """Why a stage is not even tried."""
        key = self._clip.key
        if self._journal.quarantined(key):
            return Failure(
                "quarantined", "its worker died twice while it was at work on this clip (--retry quarantined)"
            )
        for step in self._journal.timeouts(key):
            if step == stage.name or (step == DECODE and FRAMES in stage.needs):
                return Failure("timeout", f"{step} did not end within its time limit")
        for need in stage.needs:
            if need not in (FRAMES, SOUND) and not self._clip.has(need):
                if state_of(self.facts, need, 0) == NOT_APPLICABLE:
                    return NotApplicable(f"{need} does not apply to this clip")
                return Failure("needs-failed", f"{need} has no value: the stage that makes it failed")
        return None

    @contextmanager
    def _step(self, step: str) -> Iterator[None]:
        """Journals, limits and times a step."""
        key, limit = self._clip.key, self._limit

        def expired() -> str:
            self._journal.timed_out(key, step)
            return f"faceshards: clip {key}: {step} did not end within {limit:g} s; this worker ends, the next goes on"

        self._journal.begin(key, step)
        begin = time.perf_counter()
        try:
            with time_limit(limit, expired):
                yield
        finally:
            self._seconds[step] = self._seconds.get(step, 0.0) + time.perf_counter() - begin


@contextmanager
def no_bugs(stage: Stage, place: str) -> Iterator[None]:
    """Raises StageBug for a programming error in the stage, which was at work on `place`; StageError for a package that
    it needs and that is not installed.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, ImportError) and (extra := missing(error, f"stage {stage.name}")):
            raise StageError(str(extra)) from error
        if not is_bug(error):
            raise
        raise StageBug(f"stage {stage.name}, {place}: {told(error)}: mend the stage, then run again") from error


def encoded(stage: Stage, result: Outcome) -> Outcome:
    """The outcome with its columns as bytes. Raises ColumnError or ValueError for what a shard cannot hold."""
    codecs.encode_json({"scores": dict(result.scores), "media": dict(result.media)})
    columns = {name: codecs.encode(name, result.columns.get(name)) for name in stage.makes}
    return Outcome(columns, result.scores, result.media)


def applied(stage: Stage, result: Outcome | Failure) -> Outcome | Failure | NotApplicable:
    """The result, but that a clip without sound has nothing for a stage that listens."""
    silent = isinstance(result, Failure) and result.code == "no-sound" and SOUND in stage.needs
    return NotApplicable(result.reason) if silent and isinstance(result, Failure) else result


def recorded(
    facts: Mapping[str, Any], stage: Stage, result: Outcome | Failure | NotApplicable, fingerprint: str
) -> dict[str, Any]:
    """The json with a stage's result in place of whatever it had said before; nothing else is touched."""
    new = {name: value for name, value in facts.items() if name not in stage.scores}
    failures = [one for one in facts.get("failures", ()) if one.get("stage") != stage.name]
    media = {name: value for name, value in facts.get("media", {}).items() if name not in stage.makes}
    if isinstance(result, Outcome):
        new |= {name: result.scores[name] for name in stage.scores if name in result.scores}
        media |= result.media
    elif isinstance(result, Failure):
        failures.append({"stage": stage.name, "code": result.code, "reason": result.reason})
    for name, value in (("failures", failures), ("media", media)):
        if value or name in facts:
            new[name] = value
    state = {Outcome: DONE, Failure: FAILED, NotApplicable: NOT_APPLICABLE}[type(result)]
    new = stated(new, stage.makes, state)
    return new | {"made": {**facts.get("made", {}), **dict.fromkeys(stage.marks, fingerprint)}}


def _sum(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}
