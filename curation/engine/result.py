"""What a stage returned becomes what a shard holds: encoded columns, and its word in the json."""

from __future__ import annotations

import asyncio
import math
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import SoundOf
from faceshards.curation.engine.stage import Failure, NotApplicable, Outcome, Result, Stage
from faceshards.errors import StageBug, StageError
from faceshards.extras import missing
from faceshards.jobs.bugs import is_bug, told
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import codec_of
from faceshards.shards.schema.states import DONE, FAILED, NOT_APPLICABLE, stated
from faceshards.shards.storage.extent import FileExtent

# Codecs of numbers, and what an encoded value is.
_NUMBERS, _BYTES = ("npy", "msg"), (bytes, bytearray, memoryview)


@contextmanager
def no_bugs(stage: Stage[Any], place: str) -> Iterator[None]:
    """Raises StageBug for a programming error in the stage, which was at work on `place`; StageError for a package that
    it needs and that is not installed.

    Of a stage that has finished clips an attribute that is not there and a call that does not fit
    may be this clip's doing: they are raised as they are.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, ImportError) and (extra := missing(error, f"stage {stage.name}")):
            raise StageError(str(extra)) from error
        if not is_bug(error) or (stage.proven and isinstance(error, (AttributeError, TypeError))):
            raise
        raise StageBug(f"stage {stage.name}, {place}: {told(error)}: mend the stage, then run again") from error


def is_asked_to_end(error: BaseException) -> bool:
    """Whether it is from outside: a task that was cancelled, Ctrl-C. A worker takes no Ctrl-C, its watcher does: a
    KeyboardInterrupt there is the stage's own.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def encoded(stage: Stage[Any], result: Outcome) -> Outcome:
    """The outcome with a body for every column of the stage. Raises ColumnError or ValueError for what a shard cannot
    hold: objects, NaN and infinity among the scores or in a column, a score of another type than it is declared with, a
    column without a value; StageBug for a column or a score that the stage does not declare.
    """
    _check_declared(stage, result)
    codecs.encode_json({"scores": dict(result.scores), "media": dict(result.media)})
    columns = {}
    for name in stage.columns:
        value = result.columns.get(name)
        columns[name] = value if isinstance(value, FileExtent) else _body(name, value)
    return Outcome(columns, result.scores, result.media)


def _body(name: str, value: Any) -> bytes:
    """The bytes of a column's value; numbers that came encoded are looked at, too."""
    body = codecs.encode(name, value)
    if not body:
        raise ValueError(f"{name} got no value: put out an empty one where there is nothing to say")
    check_finite(name, codecs.decode(name, body) if isinstance(value, _BYTES) and codec_of(name) in _NUMBERS else value)
    return body


def _check_declared(stage: Stage[Any], result: Outcome) -> None:
    for kind, names, declared in (("column", result.columns, stage.columns), ("score", result.scores, stage.keys)):
        if unknown := sorted(set(names) - set(declared)):
            raise StageBug(f"stage {stage.name} puts out the {kind} {unknown[0]}, which it does not declare: mend it")
    types = {score.name: score.type for score in stage.scores}
    for name, value in result.scores.items():
        check_finite(name, value)
        if name in types and value is not None:
            _check_type(name, value, types[name])


def _check_type(name: str, value: Any, kind: pa.DataType) -> None:
    """Raises ValueError for a score that the index could not hold as it is declared."""
    try:
        if isinstance(value, bool) and not pa.types.is_boolean(kind):
            raise TypeError("Arrow would take it for a number")
        pa.scalar(value, kind)
    except (pa.ArrowException, OverflowError, TypeError) as error:
        raise ValueError(f"{name} must be {kind}, got {value!r:.80}") from error


def check_finite(name: str, value: Any) -> None:
    """Raises ValueError for NaN and infinity in what is to be in column `name`: an array, or a map or list with numbers
    and arrays in it, however deep.
    """
    if not _is_finite(value):
        raise ValueError(f"{name} holds NaN or infinity")


def _is_finite(value: Any) -> bool:
    if isinstance(value, (float, np.floating)):
        return math.isfinite(value)
    if isinstance(value, np.ndarray):
        return value.dtype.kind not in "fc" or bool(np.isfinite(value).all())
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.keys())) and all(map(_is_finite, value.values()))
    return not isinstance(value, (list, tuple)) or all(map(_is_finite, value))


def applied(stage: Stage[Any], result: Result) -> Result:
    """The result, but that a clip without sound, or with nothing but silence or without speech, has nothing for a stage
    that listens.
    """
    listens = any(isinstance(need, SoundOf) for need in stage.needs())
    if isinstance(result, Failure) and result.code in ("no-sound", "silent", "no-speech") and listens:
        return NotApplicable(result.reason)
    return result


def state_after(result: Result) -> str:
    """The state of a stage's columns."""
    return {Outcome: DONE, Failure: FAILED, NotApplicable: NOT_APPLICABLE}[type(result)]


def inputs_in(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Stage -> what it read, as a json has it; nothing where the key is somebody's own."""
    inputs = facts.get("inputs")
    return inputs if isinstance(inputs, dict) else {}


def made_in(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Column or score -> the fingerprint of the recipe that made it, likewise."""
    made = facts.get("made")
    return made if isinstance(made, dict) else {}


def recorded(
    facts: Mapping[str, Any], stage: Stage[Any], result: Result, fingerprint: str, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """The json with a stage's result in place of whatever it had said before; nothing else is touched.

    `fingerprint` names the recipe, `inputs` what was read: member -> its content.
    """
    new = {name: value for name, value in facts.items() if name not in stage.keys}
    failures = [one for one in facts.get("failures", ()) if one.get("stage") != stage.name]
    media = {name: value for name, value in facts.get("media", {}).items() if name not in stage.columns}
    if isinstance(result, Outcome):
        new |= {name: value for name, value in result.scores.items() if name in stage.keys}
        media |= result.media
    elif isinstance(result, Failure):
        failures.append({"stage": stage.name, "code": result.code, "reason": result.reason})
    failures.sort(key=lambda one: str(one.get("stage")))
    for name, value in (("failures", failures), ("media", media)):
        if value or name in facts:
            new[name] = value
    new = stated(new, stage.columns, state_after(result))
    made = {**made_in(facts), **dict.fromkeys(stage.marks, fingerprint)}
    return new | {"made": made, "inputs": {**inputs_in(facts), stage.name: dict(inputs)}}
