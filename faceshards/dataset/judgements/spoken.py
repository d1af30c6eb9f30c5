"""All that was said of the clips of some shards: by each person in the journals, and what is saved in the shards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from faceshards.dataset.clips import ShardClips, listed
from faceshards.dataset.judgements.journal import JudgementJournal
from faceshards.dataset.judgements.judgement import Judgement
from faceshards.dataset.judgements.named_shards import NamedShards
from faceshards.dataset.judgements.saving import NAMES, saved_judgement
from faceshards.shards.storage.url import Place


def spoken(
    paths: Sequence[str | Place], by: str | None = None, roots: Sequence[str | Place] | None = None
) -> list[Judgement]:
    """A judgement for each clip that stands and each person who says something of it, or only of `by`; by shard, row
    and name. Shards are named by their paths below `roots`, by default `paths`. Raises as `listed` does, and
    StorageError.
    """
    shards = listed(paths, NAMES)
    names = NamedShards(roots or paths, [shard.place for shard in shards])
    journals = {folder: JudgementJournal(folder) for folder in {shard.place.parent for shard in shards}}
    found = []
    for shard in shards:
        name = names.of(shard.place)
        for row in shard.standing:
            words = _words(shard, row, journals[shard.place.parent])
            found += [replace(one, shard=name) for one in words if by in (None, one.by)]
    return found


def _words(shard: ShardClips, row: int, journal: JudgementJournal) -> list[Judgement]:
    """What each person says of a clip; what is saved is a word of that person, too, and the later one counts."""
    persons = dict(journal.each.get((shard.place.name, shard.keys[row]), {}))
    saved = saved_judgement(shard, row)
    if saved is not None and (saved.by not in persons or persons[saved.by].at < saved.at):
        persons[saved.by] = saved
    return [persons[who] for who in sorted(persons) if not persons[who].says_nothing]
