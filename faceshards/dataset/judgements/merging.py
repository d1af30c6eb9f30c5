"""Several people's judgements as one: how far they agree, where they do not, and what then stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from faceshards.dataset.judgements.judgement import DROP, KEEP, NONE, Judgement

#: What stands where people disagree: the latest word, drop, keep, or nothing: then it is open.
RULES = ("latest", "drop", "keep", "open")


@dataclass(frozen=True)
class Agreement:
    """Of two persons: clips that `both` judged, of which they say the `same`, and Cohen's `kappa`, None where it is not
    defined.
    """

    one: str
    other: str
    both: int
    same: int
    kappa: float | None


@dataclass(frozen=True)
class MergedJudgements:
    """One judgement a clip, by shard and key; of the clips in conflict who said what; `agreements`, of each two."""

    judgements: list[Judgement]
    conflicts: list[list[Judgement]]
    agreements: list[Agreement]

    @property
    def against(self) -> dict[tuple[str, str], str]:
        """(shard, key) -> who said otherwise than what stands."""
        stands = {(one.shard, one.key): one.verdict for one in self.judgements}
        return {
            (words[0].shard, words[0].key): ", ".join(
                f"{one.by}: {one.verdict}"
                for one in words
                if one.verdict not in (NONE, stands[words[0].shard, words[0].key])
            )
            for words in self.conflicts
        }


def merged(files: Mapping[str, Sequence[Judgement]], rule: str = "latest") -> MergedJudgements:
    """The judgements of some files, by their names. Of one person's words on a clip in one file the last one counts;
    one who has the same name in two files counts as two persons there, named with the file.
    """
    persons = _persons(files)
    clips: dict[tuple[str, str], list[Judgement]] = {}
    for words in persons.values():
        for one in words.values():
            clips.setdefault((one.shard, one.key), []).append(one)
    conflicts = [words for _, words in sorted(clips.items()) if {KEEP, DROP} <= {one.verdict for one in words}]
    pairs = (_agreement(*one, *other) for one, other in combinations(sorted(persons.items()), 2))
    return MergedJudgements(
        [_one(words, rule) for _, words in sorted(clips.items())], conflicts, [one for one in pairs if one.both]
    )


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """The agreement of two persons' verdicts beyond chance: (p_o - p_e) / (1 - p_e), where p_o is the share of clips on
    which they agree, and p_e that on which they would if each gave the same verdicts to clips by chance (Cohen 1960, "A
    coefficient of agreement for nominal scales", Educational and Psychological Measurement 20, 37-46).

    None of no clips, and where both say one and the same of all: then p_e is 1.
    """
    count = len(pairs)
    if not count:
        return None
    same = sum(one == other for one, other in pairs)
    ones, others = zip(*pairs, strict=True)
    # In whole numbers, count² times the shares: no rounding hides a 1.
    chance = sum(ones.count(verdict) * others.count(verdict) for verdict in {*ones, *others})
    if chance == count * count:
        return None
    return (same * count - chance) / (count * count - chance)


_Words = dict[tuple[str, str], Judgement]


def _persons(files: Mapping[str, Sequence[Judgement]]) -> dict[str, _Words]:
    """Person -> clip -> the last word."""
    homes: dict[str, set[str]] = {}
    for file, words in files.items():
        for one in words:
            homes.setdefault(one.by, set()).add(file)
    found: dict[str, _Words] = {}
    for file, words in files.items():
        for one in words:
            name = one.by if len(homes[one.by]) == 1 else f"{one.by} ({file})"
            held = found.setdefault(name, {})
            before = held.get((one.shard, one.key))
            if before is None or one.at >= before.at:
                held[one.shard, one.key] = Judgement(**{**vars(one), "by": name})
    return found


def _agreement(one: str, words: _Words, other: str, others: _Words) -> Agreement:
    said = (KEEP, DROP)
    both = [clip for clip in words if clip in others and words[clip].verdict in said and others[clip].verdict in said]
    pairs = [(words[clip].verdict, others[clip].verdict) for clip in both]
    return Agreement(one, other, len(pairs), sum(a == b for a, b in pairs), cohen_kappa(pairs))


def _one(words: Sequence[Judgement], rule: str) -> Judgement:
    """What stands of what several say of a clip."""
    spoken = sorted((one for one in words if one.verdict != NONE), key=lambda one: (one.at, one.by))
    verdicts = {one.verdict for one in spoken}
    if len(verdicts) < 2:
        verdict = next(iter(verdicts), NONE)
    else:
        verdict = {"latest": spoken[-1].verdict, "open": NONE}.get(rule, rule)
    by = [one.by for one in spoken if one.verdict == verdict] or [one.by for one in words]
    last = max(words, key=lambda one: (one.at, one.by))
    return Judgement(last.shard, last.key, verdict, _notes(words), ", ".join(sorted(by)), last.at, last.generation)


def _notes(words: Sequence[Judgement]) -> str:
    """All that is noted: of one person as it is, of several behind their names."""
    noted = {one.by: one.note for one in sorted(words, key=lambda one: one.by) if one.note}
    if len(set(noted.values())) <= 1:
        return next(iter(noted.values()), "")
    return "\n".join(f"{by}: {note}" for by, note in noted.items())
