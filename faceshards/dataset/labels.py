"""Labels: scalars that a command on a whole data set sets in its clips' jsons, with the recipe that they come by.

What stands already is compared in the index; a shard in which nothing changes is not written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faceshards.dataset.clips import ShardClips
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.version import Changed

#: Scalar -> value, of one clip.
Labels = Mapping[str, Any]


def set_labels(
    shard: ShardClips,
    names: Sequence[str],
    labels: Sequence[Labels],
    made: Provenance,
    options: StoreOptions | None = None,
) -> bool:
    """Sets the scalars `names` of each clip of a shard, in row order, to its `labels`; those that a clip's labels lack
    are removed, and a tombstone gets none. `json.made` names the recipe `made` under each that is set, and under all of
    them where a clip has any. Returns whether anything was written.

    Under the shard's lease, on a disk or in s3://; all members but the jsons keep their bytes. Raises `Changed` where
    the shard is no longer the version that was listed, and as `rewrite` does.
    """
    with lease(shard.place, options=options) as held:
        with Shard(shard.place, options) as now:
            if now.generation != shard.generation:
                raise Changed(f"{shard.place}: it was rewritten since this command began: run it again")
            labels = [one if stands else {} for one, stands in zip(labels, standing(now.index), strict=True)]
            if _stands(now, names, labels, made):
                return False
            old = {mark for mark, one in now.provenance.items() if one.stage == made.stage}
        rewrite(
            shard.place,
            {},
            lambda row, facts: labelled(facts, names, labels[row], made.fingerprint),
            [made] if any(labels) else [],
            options=options,
            held=held,
            forget=old - ({made.fingerprint} if any(labels) else set()),
        )
    return True


def labelled(facts: Mapping[str, Any], names: Sequence[str], labels: Labels, fingerprint: str) -> dict[str, Any]:
    """A json with these labels in place of those that it had under these names."""
    made = facts.get("made")
    rest = {name: value for name, value in made.items() if name not in names} if isinstance(made, dict) else {}
    kept = {name: value for name, value in facts.items() if name not in (*names, "made")}
    marks = rest | (dict.fromkeys(names, fingerprint) if labels else {})
    return kept | dict(labels) | ({"made": marks} if marks else {})


def _stands(shard: Shard, names: Sequence[str], labels: Sequence[Labels], made: Provenance) -> bool:
    """Whether the shard says all this already, by this recipe and no other."""
    marks = {mark for mark, one in shard.provenance.items() if one.stage == made.stage}
    if marks != ({made.fingerprint} if any(labels) else set()):
        return False
    return all(_column(shard, name) == [one.get(name) for one in labels] for name in names)


def _column(shard: Shard, name: str) -> list[Any]:
    """A scalar of every clip, as the index has it."""
    return shard.index[name].to_pylist() if name in shard.index.column_names else [None] * len(shard)
