"""`faceshards identity`: whose clips they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from faceshards.dataset.clips import ShardClips, listed
from faceshards.dataset.labels import set_labels
from faceshards.dataset.named import NAMES, PERSON
from faceshards.dataset.persons.clusters import clustered
from faceshards.dataset.persons.evidence import Evidence, gathered
from faceshards.dataset.persons.links import links
from faceshards.dataset.persons.naming import Persons, persons_of
from faceshards.dataset.persons.spaces import ONE_VOICE, SPACES, TWO_VOICES, backend_of
from faceshards.jobs.progress import progress
from faceshards.shards.schema.provenance import Provenance
from faceshards.terminal import Screen, new_table, plain

#: The scalars, and the name of their recipe: `identity` is the stage that looks at faces.
SCORE, RECIPE = "person_score", "persons"


def identity(
    paths: Annotated[list[str], typer.Argument(help="Shards, or folders of shards: paths, or s3:// URLs.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write the counts as one JSON object on stdout.")] = False,
) -> None:
    """Find whose clips they are, by face and voice: the scalars person and person_score.

    It clusters what the stages identity and voice of `faceshards curate` say
    of each clip's main face and of its sound. Name all shards of a data set at
    once: persons are told apart among the clips that are named.

    A clip that was packed with an identity keeps it, as COLLECTION/IDENTITY;
    two names are never one person. Clips like it get its name. Others that are
    alike are person-SHARD-KEY, after the first of them; whoever is like nobody
    else has no person, and the score 0.

    Run it again with more shards: those that were found keep their names. A
    shard in which nothing changes is not written.

    Example: faceshards identity train_set
    """
    shards = listed(paths, (*NAMES, SCORE), write=True)
    backend = backend_of(shards)
    space = SPACES[backend]
    with progress("reading faces and voices", len(shards), "shards") as advance:
        evidence = gathered(shards, advance=advance)
    with progress("comparing", len(evidence.faces)) as advance:
        pairs = links(evidence, space, advance)
    found = persons_of(evidence, clustered(pairs, len(evidence), space.sure), pairs)
    rule = {"same": round(space.same, 6), "sure": space.sure, "alone": space.alone}
    made = Provenance(RECIPE, 1, {"backend": backend, **rule, "one_voice": ONE_VOICE, "two_voices": TWO_VOICES})
    written = _write(shards, evidence, found, made)
    _show(_counts(shards, evidence, found), written, len(shards), as_json)


def _write(shards: Sequence[ShardClips], evidence: Evidence, found: Persons, made: Provenance) -> list[str]:
    """Sets the scalars; of a clip that has neither name nor face, none. Returns the shards that were written."""
    looked = {*evidence.with_face.tolist(), *(row for row, name in enumerate(evidence.names) if name)}
    written, start = [], 0
    with progress("writing persons", len(shards), "shards") as advance:
        for number, shard in enumerate(shards):
            rows = range(start, start + len(shard))
            labels = [_labels(found.names[row], found.scores[row]) if row in looked else {} for row in rows]
            if set_labels(shard, (PERSON, SCORE), labels, made):
                written.append(str(shard.place))
            start += len(shard)
            advance(number + 1, len(shards))
    return written


def _labels(name: str | None, score: float) -> dict[str, Any]:
    return {SCORE: score} if name is None else {PERSON: name, SCORE: score}


def _counts(shards: Sequence[ShardClips], evidence: Evidence, found: Persons) -> dict[str, int]:
    named = {name for name in evidence.names if name}
    persons = {name for name in found.names if name}
    clips = sum(len(shard.standing) for shard in shards)
    return {
        "clips": clips,
        "persons": len(persons),
        "named persons": len(named),
        "clips of a person": sum(name is not None for name in found.names),
        "clips with a name of their own": sum(name is not None for name in evidence.names),
        "clips like nobody else's": sum(found.names[row] is None for row in evidence.with_face.tolist()),
        "clips without a face": clips - len(evidence.with_face),
        "clips with a voice": len(evidence.with_voice),
    }


def _show(counts: dict[str, int], written: list[str], shards: int, as_json: bool) -> None:
    screen = Screen(stderr=as_json, highlight=False)
    table = new_table("Persons", "what", "how many#")
    for name, count in counts.items():
        table.add_row(name, str(count))
    screen.print(table)
    screen.print(plain(f"{len(written)} of {shards} shards written"), soft_wrap=True)
    if as_json:
        record = {**{name.replace(" ", "_").replace("'", ""): count for name, count in counts.items()}}
        Screen(highlight=False).print(
            json.dumps({**record, "written": written, "shards": shards}), soft_wrap=True, markup=False
        )
