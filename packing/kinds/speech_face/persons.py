"""The sounds and pictures of persons that a source's names make."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from faceshards.packing.kinds.beside import WithArrays, stem_of, suffix_of, with_arrays
from faceshards.packing.kinds.picture_file import PICTURE_COLUMNS
from faceshards.packing.sources.archive import Archive, Entry, readable
from faceshards.packing.sources.clip_list import ClipList, RawClip, is_junk, kinds_of, shared_folder
from faceshards.packing.sources.natural_order import natural_key


@dataclass(frozen=True)
class Side:
    """One of the two sides of a person. `media`: suffix of a file -> its column, first what Speech-to-face's scripts
    read. `array`: the column of what they make of it, in a file called like it and one of these `endings`; `alone`:
    what the shards of arrays without such a file are called.
    """

    name: str
    media: Mapping[str, str]
    array: str
    endings: tuple[str, ...]
    alone: str


#: Folder of a person -> the side that lies in it.
SIDES = {
    "audios": Side(
        "sound", {name: name for name in ("m4a", "wav", "mp3", "flac")}, "spectrogram.npy", ("",), "spectrogram"
    ),
    "images": Side("picture", PICTURE_COLUMNS, "face_embedding.npy", ("_embedding", ""), "embedding"),
}
_SUFFIXES = {"npy"}.union(*(side.media for side in SIDES.values()))


def list_persons(archive: Archive) -> ClipList:
    """The sounds and pictures of all persons. Raises SourceError where the archive cannot be read as a whole.

    A person is a folder with `audios` or `images`, at any depth, and is called by its path below the deepest folder
    that holds all persons; the files lie in these two, at any depth. An unsafe name is rejected. All else is counted.
    """
    listing = archive.listing()
    folders, unsafe, ignored = _sort_out(listing.entries)
    if listing.empty_folders:
        ignored["empty folder"] = listing.empty_folders
    depth = sum(len(part) + 1 for part in shared_folder(person for person, _ in folders))
    clips = [clip for (person, side), entries in folders.items() for clip in _side(person, depth, SIDES[side], entries)]
    clips += [RawClip(one.name, one.name, "", False, (), one.fault) for one in [*unsafe, *listing.lost]]
    clips.sort(key=lambda clip: (*natural_key(clip.name), clip.column, clip.entries[0].name if clip.entries else ""))
    return ClipList(clips, kinds_of(ignored), _remarks(folders, depth))


def _sort_out(entries: Iterable[Entry]) -> tuple[dict[tuple[str, str], list[Entry]], list[Entry], Counter[str]]:
    """The files by person and side, those of unsafe names, and the count of all else by kind."""
    folders: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    unsafe, ignored = [], Counter[str]()
    for entry in entries:
        suffix, place = suffix_of(entry.name), _place(entry.name)
        kind = f".{suffix}" if suffix else "no suffix"
        if is_junk(entry.name):
            ignored["junk"] += 1
        elif entry.fault and entry.fault.code == "unsafe-path" and suffix in _SUFFIXES:
            unsafe.append(entry)
        elif place is None:
            ignored[f"{kind} outside of audios and images"] += 1
        elif suffix != "npy" and suffix not in SIDES[place[1]].media:
            ignored[f"{kind} in {place[1]}"] += 1
        else:
            folders[place].append(entry)
    return folders, unsafe, ignored


def _place(name: str) -> tuple[str, str] | None:
    """The person's folder, and which of its two a file is in; None for one that is in neither. `id1/audios/images/x`
    is a sound: the first of the two counts, behind a person's name, which may be theirs.
    """
    parts = name.split("/")
    at = next((number for number, part in enumerate(parts[:-1]) if number and part in SIDES), None)
    return None if at is None else ("/".join(parts[:at]), parts[at])


def _side(person: str, depth: int, side: Side, entries: list[Entry]) -> Iterator[RawClip]:
    """The clips of one side of a person."""
    ranks = {suffix: rank for rank, suffix in enumerate(side.media)}
    files = [entry for entry in entries if suffix_of(entry.name) != "npy"]
    files.sort(key=lambda entry: (ranks[suffix_of(entry.name)], entry.name))
    arrays = (entry for entry in entries if suffix_of(entry.name) == "npy")
    found, alone = with_arrays(files, arrays, {side.array: side.endings})
    facts = {"identity": readable(person[depth:]), "side": side.name}
    for one in found:
        yield _clip(one, side.media[suffix_of(one.file.name)], depth, facts)
    for entry in alone:
        yield _clip(WithArrays(entry, {}), side.alone, depth, facts)


def _clip(one: WithArrays, column: str, depth: int, facts: Mapping[str, str]) -> RawClip:
    entries = (one.file, *one.arrays.values())
    fault = next((entry.fault for entry in entries if entry.fault), None)
    path = stem_of(one.file.name)
    return RawClip(path[depth:], path, column, False, entries, fault, facts)


def _remarks(folders: Iterable[tuple[str, str]], depth: int) -> dict[str, list[str]]:
    """The persons, and those of them that have one side only."""
    sides: dict[str, set[str]] = defaultdict(set)
    for person, side in folders:
        sides[person[depth:]].add(side)
    lacking = {
        f"persons without {side}: they make no pairs": [one for one, found in sides.items() if side not in found]
        for side in SIDES
    }
    return {what: names for what, names in {"persons": list(sides), **lacking}.items() if names}
