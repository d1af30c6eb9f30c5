"""Judgements into the shards: the scalars `judgement`, `judgement_note`, `judged_by` and `judged_at`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from faceshards.dataset.clips import ShardClips, listed
from faceshards.dataset.judgements.journal import JudgementJournal, latest
from faceshards.dataset.judgements.judgement import NONE, Judgement
from faceshards.dataset.judgements.named_shards import NamedShards
from faceshards.dataset.labels import Labels, set_labels
from faceshards.errors import FaceshardsError
from faceshards.jobs.progress import Advance
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.url import Place

VERDICT, NOTE, BY, AT = "judgement", "judgement_note", "judged_by", "judged_at"
#: The scalars.
NAMES = (VERDICT, NOTE, BY, AT)
#: Their recipe: of several words on a clip, in journals and in the shard, the last one stands.
MADE = Provenance("judgements", 1, {"rule": "latest"})


@dataclass
class SavedJudgements:
    """`written` shards; `clips`: with a judgement, in all shards that were looked at; `refused`: shard -> why it is as
    it was; `unknown`: judgements on clips that no shard has.
    """

    written: list[Place] = field(default_factory=list)
    clips: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    unknown: int = 0


def save_judgements(
    paths: Sequence[str | Place],
    given: Iterable[Judgement] | None = None,
    advance: Advance = lambda done, known: None,
) -> SavedJudgements:
    """Sets the scalars of each clip to the last word on it: that of the journals or the one that is saved; of a word
    that takes all back, none. `given`: these judgements instead, whatever was said before. A shard in which nothing
    changes is not written; one that cannot be is `refused`, and the others are written.

    Raises as `listed` and `NamedShards.find` do.
    """
    shards = listed(paths, NAMES, write=True)
    words = _journals(shards) if given is None else _given(given, paths, shards)
    done = SavedJudgements()
    for number, shard in enumerate(shards):
        said = words.get(shard.place, {})
        done.unknown += len(said.keys() - set(shard.keys))
        labels = [_labels(shard, row, said.get(key), given is not None) for row, key in enumerate(shard.keys)]
        done.clips += sum(bool(labels[row]) for row in shard.standing)
        try:
            if said and set_labels(shard, NAMES, labels, MADE):
                done.written.append(shard.place)
        except FaceshardsError as error:
            done.refused[str(shard.place)] = str(error)
        advance(number + 1, len(shards))
    return done


def saved_judgement(shard: ShardClips, row: int) -> Judgement | None:
    """What a shard, listed with `NAMES`, says of a clip; None where that is nothing."""
    verdict, note, by, at = (shard.scalars[name][row] or "" for name in NAMES)
    if not verdict and not note:
        return None
    return Judgement(shard.place.name, shard.keys[row], verdict or NONE, note, by, at, shard.generation)


def labels_of(one: Judgement) -> dict[str, str]:
    """The scalars that say a judgement; none for one that says nothing."""
    if one.says_nothing:
        return {}
    told = {VERDICT: "" if one.verdict == NONE else one.verdict, NOTE: one.note, BY: one.by, AT: one.at}
    return {name: value for name, value in told.items() if value}


def _labels(shard: ShardClips, row: int, said: Judgement | None, always: bool) -> Labels:
    saved = saved_judgement(shard, row)
    if said is not None and (always or saved is None or said.at > saved.at):
        return labels_of(said)
    return labels_of(saved) if saved else {}


def _journals(shards: Sequence[ShardClips]) -> Mapping[Place, Mapping[str, Judgement]]:
    """Shard -> key -> the last word of the journals."""
    found: dict[Place, dict[str, Judgement]] = {shard.place: {} for shard in shards}
    for folder in dict.fromkeys(shard.place.parent for shard in shards):
        for (name, key), persons in JudgementJournal(folder).each.items():
            if folder / name in found:
                found[folder / name][key] = latest(persons)
    return found


def _given(
    judgements: Iterable[Judgement], paths: Sequence[str | Place], shards: Sequence[ShardClips]
) -> Mapping[Place, Mapping[str, Judgement]]:
    names, found = NamedShards(paths, [shard.place for shard in shards]), dict[Place, dict[str, Judgement]]()
    for one in judgements:
        found.setdefault(names.find(one.shard), {})[one.key] = one
    return found
