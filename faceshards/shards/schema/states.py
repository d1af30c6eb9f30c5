"""The state of a column in a sample: whether it has a value there, and if not, why. It is stated, not told by size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from faceshards.shards.schema.codecs import decode_json, encode_json, encode_npy
from faceshards.shards.schema.columns import COLUMNS, SOUND_PACKETS, codec_of
from faceshards.shards.schema.removed import is_removed

DONE, FAILED, NOT_APPLICABLE, NOT_YET = "done", "failed", "n/a", "not yet"
#: What each means, in the order of their numbers in an index.
STATES: dict[str, str] = {
    DONE: "the member holds a value, be it an empty one (no face, nobody)",
    FAILED: "its stage failed; `failures` says why",
    NOT_APPLICABLE: "there is nothing of this kind in the clip: the sound's packets of a silent clip",
    NOT_YET: "nobody has made it for this sample",
}
#: Key of the json: column -> state, of the columns that are not done.
KEY = "states"

_NUMBERS = {state: number for number, state in enumerate(STATES)}
_NIL = {"msg": b"\xc0", "json": b"null"}
_AXIS = re.compile(r"\d+")
_BYTES = (bytes, bytearray, memoryview)


def state_of(facts: Mapping[str, Any], column: str, size: int) -> str:
    """The state of a member of `size` bytes in the sample of this json.

    A member of zero bytes holds no value. Where the json does not say why (media that failed in shards from before
    states were kept, foreign tars), it follows from the rest of the json.
    """
    stated = facts.get(KEY)
    state = stated.get(column) if isinstance(stated, dict) else None
    if state is not None:
        known = state if isinstance(state, str) and state in STATES else NOT_YET
        return implied(facts, column) if known == DONE and not size else known
    return DONE if size else implied(facts, column)


def implied(facts: Mapping[str, Any], column: str) -> str:
    """Why a column without a value has none, where its state is not in the json."""
    if is_removed(facts):
        return NOT_APPLICABLE
    maker = COLUMNS[column].maker if column in COLUMNS else None
    failures = facts.get("failures")
    if any(isinstance(one, dict) and one.get("stage") == maker for one in failures or ()) and maker:
        return FAILED
    return NOT_APPLICABLE if column == SOUND_PACKETS and not facts.get("sound_codec") else NOT_YET


def stated(facts: Mapping[str, Any], columns: Iterable[str], state: str) -> dict[str, Any]:
    """The json with this state of some columns, and the others' as they were."""
    old = facts.get(KEY)
    kept = dict(old) if isinstance(old, dict) else {}
    names = list(columns)
    states = {name: each for name, each in kept.items() if name not in names}
    states |= {} if state == DONE else dict.fromkeys(names, state)
    rest = {name: value for name, value in facts.items() if name != KEY}
    return rest | ({KEY: states} if states else {})


def void_columns(members: Mapping[str, Any]) -> list[str]:
    """The columns of a sample whose bodies, None or no bytes, stand for no value."""
    return [
        name
        for name, body in members.items()
        if (body is None or (isinstance(body, _BYTES) and not len(body))) and name != "json"
    ]


def with_states(facts: bytes, void: Sequence[str]) -> bytes:
    """The body of a json that says of each of these columns why it has no value: as it is where it does already, or
    where it is no object.
    """
    found = decode_json(facts) if void else None
    if not isinstance(found, dict):
        return facts
    silent = [name for name in sorted(void) if state_of(found, name, 1) == DONE]
    for name in silent:
        found = stated(found, [name], implied(found, name))
    return encode_json(found) if silent else facts


def state_numbers(column: str, sizes: np.ndarray, facts: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """The states of a column in many samples, as an index has them: uint8 (N,), from the members' sizes and jsons."""
    numbers = np.zeros(len(sizes), np.uint8)
    speaking = [row for row, one in enumerate(facts) if KEY in one]
    for row in {*speaking, *np.flatnonzero(sizes == 0).tolist()}:
        numbers[row] = _NUMBERS[state_of(facts[row], column, int(sizes[row]))]
    return numbers


def state_named(number: int) -> str:
    """The state of a number in an index; `NOT_YET` for one that this version does not know."""
    return list(STATES)[number] if number < len(STATES) else NOT_YET


@lru_cache(maxsize=1024)
def no_value(column: str) -> bytes:
    """The member of a column that has no value: the smallest that its codec decodes, so that every reader goes on.

    npy: an array of no rows, with the type and the other axes of the format's table, those of any length at none; msg:
    nil; json: null; nothing at all for media and text.
    """
    codec = codec_of(column)
    if codec != "npy":
        return _NIL.get(codec, b"")
    known = COLUMNS.get(column)
    axes = [axis.strip() for axis in known.shape.strip("()").split(",")[1:]] if known else []
    shape = tuple(int(axis) if _AXIS.fullmatch(axis) else 0 for axis in axes if axis)
    return encode_npy(np.empty((0, *shape), known.dtype if known else np.float32))
