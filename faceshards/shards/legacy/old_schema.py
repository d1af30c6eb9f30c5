"""Which fields an old tar holds, what kind of shard that makes it, and which columns they become."""

from __future__ import annotations

import mmap
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from faceshards.errors import ShardError
from faceshards.shards.legacy.field_maps import FIELD_MAPS, MEDIA, SIGMA, V1, FieldMap
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.tar.members import Member
from faceshards.shards.tar.scan import TarScan

_KNOWN = (*MEDIA, *dict.fromkeys(name for part in FIELD_MAPS for name in part.fields))
#: Fields that no v1 shard has.
_SIGMAS = frozenset(_KNOWN) - MEDIA.keys() - {name for part in FIELD_MAPS if V1 in part.kinds for name in part.fields}
_MOST_DOTS = 64  # of a hostile name there could be a million
_COLUMN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class OldMember:
    """A member of an old tar: the sample's key, the field, and where its body stands."""

    key: str
    field: str
    member: Member


@dataclass(frozen=True)
class OldSchema:
    """The parts and media of a kind that some sample has; `others`: unknown fields and their columns; `left_out`: those
    that have no place here.
    """

    kind: str
    parts: tuple[FieldMap, ...]
    media: dict[str, str]
    others: dict[str, str]
    left_out: tuple[str, ...]


def schema_of(members: Iterable[OldMember], kind: str) -> OldSchema:
    """The schema of a tar of a kind; `auto` is Sigma where there is a field that v1 never had, else v1."""
    names = {member.field for member in members}
    if kind == "auto":
        kind = SIGMA if names & _SIGMAS else V1
    parts = tuple(part for part in FIELD_MAPS if kind in part.kinds and names & set(part.fields))
    media = {name: column for name, column in MEDIA.items() if name in names}
    taken = {name for part in parts for name in part.fields} | media.keys()
    others, used = {}, set(COLUMNS) | {column for part in parts for column in part.columns}
    for name in sorted(names - taken):
        column = _other_column(name)
        if _COLUMN.fullmatch(column) and column not in used:
            others[name] = column
            used.add(column)
    return OldSchema(kind, parts, media, others, tuple(sorted(names - taken - others.keys())))


def _other_column(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{'npy' if suffix == 'pyd' else 'txt'}" if stem and suffix in ("pyd", "str") else name


def old_members(data: mmap.mmap, name: str) -> tuple[list[OldMember], ShardError | None]:
    """The members of a tar up to its end, or up to damage (which is returned): an aborted run left no end."""
    read: list[Member] = []
    damage = None
    try:
        for member in TarScan(data, name):
            read.append(member)  # one by one: those before the damage stay
    except ShardError as error:
        damage = error
    keys = {key for key, field in (split_name(member.name) for member in read) if field in _KNOWN}
    found = [OldMember(*split_name(member.name, keys), member) for member in read]
    return [one for one in found if one.key and one.field], damage


def split_name(name: str, keys: Container[str] = ()) -> tuple[str, str]:
    """Key and field of a member's name; the field is empty where there is none.

    The field is found from the right: keys made of file names may hold dots, which webdataset takes for the key's end.
    A field that nobody knows begins behind one of `keys`, those that the others told; else at the first dot.
    """
    name = name.removeprefix("./")
    field = max((known for known in _KNOWN if name.endswith(f".{known}")), key=len, default="")
    if field:
        return name[: -len(field) - 1], field
    base = name.rfind("/") + 1
    dots = [base + dot.start() for dot in islice(re.finditer(r"\.", name[base:]), _MOST_DOTS)]
    at = next((at for at in dots if name[:at] in keys), dots[0] if dots else len(name))
    return name[:at], name[at + 1 :]


def old_samples(members: Iterable[OldMember]) -> Iterator[tuple[str, dict[str, Member]]]:
    """Key and field -> member of consecutive members of one key; a field that comes again begins the next sample."""
    key, fields = "", dict[str, Member]()
    for one in members:
        if one.key != key or one.field in fields:
            if fields:
                yield key, fields
            key, fields = one.key, {}
        fields[one.field] = one.member
    if fields:
        yield key, fields
