"""Whose sample each row of a plan is."""

from __future__ import annotations

import numpy as np

from faceshards.loaders.plan.plan import Plan

#: What of the index tells a person.
LABELS = ("person", "identity", "collection")
#: Stands for nobody.
NOBODY = -1
# Rows that are looked at a time.
_ROWS = 1 << 16


def persons_of(plan: Plan, across_collections: bool = False) -> np.ndarray:
    """The number of each row's person: int32 (N,), -1 where nobody is named; equal numbers are one person.

    Who `faceshards identity` found (`person`) counts first, then `identity` within its `collection`: two
    collections may mean different people by `s1`. `across_collections`: they mean the same ones, so `identity`
    counts first, alone. The plan must hold `LABELS`.
    """
    names: dict[str, int] = {}
    person, _ = _numbers(plan, "person", names)
    identity, texts = _numbers(plan, "identity", names if across_collections else {})
    if across_collections:
        return np.where(identity != NOBODY, identity, person)
    collection, folders = _numbers(plan, "collection", {})

    def both(start: int) -> np.ndarray:
        part = slice(start, start + _ROWS)
        return identity[part].astype(np.int64) * (len(folders) + 1) + collection[part] + 1

    starts = range(0, max(1, len(plan)), _ROWS)  # of a plan without rows, one part without any
    distinct = np.unique(np.concatenate([np.unique(both(start)) for start in starts]))
    own = np.array([_number(names, int(one), texts, folders) for one in distinct], np.int32)
    for start in starts:
        whose = person[start : start + _ROWS]
        np.copyto(whose, own[np.searchsorted(distinct, both(start))], where=whose == NOBODY)
    return person


def _number(names: dict[str, int], both: int, texts: list[str], folders: list[str]) -> int:
    """The number of the person whom an identity and a collection name, as `faceshards identity` spells such."""
    identity, collection = divmod(both, len(folders) + 1)
    if identity == NOBODY:
        return NOBODY
    name = f"{folders[collection - 1]}/{texts[identity]}" if collection else texts[identity]
    return names.setdefault(name, len(names))


def _numbers(plan: Plan, label: str, names: dict[str, int]) -> tuple[np.ndarray, list[str]]:
    """The number in `names`, which grows, of each row's label: int32 (N,), -1 where there is none; and all texts."""
    if label not in plan.labels:
        return np.full(len(plan), NOBODY, np.int32), []
    labels = plan.labels[label]
    texts = labels.dictionary.to_pylist()
    known = np.array([names.setdefault(text, len(names)) for text in texts] or [NOBODY], np.int32)
    codes = labels.indices.fill_null(0).to_numpy(zero_copy_only=False)
    there = labels.indices.is_valid().to_numpy(zero_copy_only=False)
    return np.where(there, known[codes], np.int32(NOBODY)), texts
