"""The samples of a tar as webdataset groups them: neighbours of one key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from faceshards.packing.kinds.webdataset.fields import column_of, is_pickle
from faceshards.packing.sources.archive import Entry, EntryFault, shown
from faceshards.packing.sources.clip_list import RawClip
from faceshards.shards.schema.columns import VIDEO
from faceshards.shards.tar.members import raw, text
from faceshards.shards.tar.samples import split_name


def field_of(entry: Entry) -> str:
    """The field of an entry: what stands behind the first dot of its base name."""
    return text(split_name(raw(entry.name))[1])


def grouped(entries: Iterable[Entry], pickles: bool) -> tuple[list[RawClip], dict[str, int]]:
    """Samples in the order of the tar, and how many entries of which kind belong to none.

    Neighbours of one key are a sample; where the key comes again later, that is another one, as webdataset reads it.
    `column` is the sample's container, empty without one. Without `pickles` a sample that holds one has a fault.
    """
    ignored: Counter[str] = Counter()
    clips = []
    for key, run in groupby(_fields(entries, ignored), key=lambda one: one[0]):
        clips.append(_sample(text(key), [(field, entry) for _, field, entry in run], pickles))
    return clips, dict(sorted(ignored.items()))


def _fields(entries: Iterable[Entry], ignored: Counter[str]) -> Iterator[tuple[bytes, str, Entry]]:
    for entry in entries:
        key, field = split_name(raw(entry.name))
        if field:
            yield key, text(field), entry
        else:
            ignored["__ name" if b"__" in raw(entry.name) else "no field"] += 1


def _sample(key: str, members: list[tuple[str, Entry]], pickles: bool) -> RawClip:
    columns = [column_of(field) for field, _ in members]
    container = next((name for name in VIDEO if name in columns), "")
    fault = _fault(key, members, columns, pickles)
    return RawClip(key, key, container, False, tuple(entry for _, entry in members), fault)


def _fault(key: str, members: list[tuple[str, Entry]], columns: list[str], pickles: bool) -> EntryFault | None:
    twice = next((column for column, count in Counter(columns).items() if count > 1), None)
    if twice is not None:
        return EntryFault("duplicate-entry", f"sample {shown(key)} has the field {shown(twice)} twice: keep one")
    pickled = [field for field, _ in members if is_pickle(field)]
    if pickled and not pickles:
        rule = "may run code in whoever reads it: --pickles keep takes its bytes unread"
        return EntryFault("unsafe-data", f"sample {shown(key)}: the pickle {shown(pickled[0])} {rule}")
    # An entry of a name that comes again is at fault only within one sample.
    return next((one.fault for _, one in members if one.fault and one.fault.code != "duplicate-entry"), None)
