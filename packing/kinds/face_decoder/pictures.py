"""The pictures of faces that a source's names make, with what lies beside them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from faceshards.packing.kinds.beside import WithArrays, stem_of, suffix_of, with_arrays
from faceshards.packing.kinds.picture_file import PICTURE_COLUMNS
from faceshards.packing.sources.archive import Archive, Entry, EntryFault, shown
from faceshards.packing.sources.clip_list import ClipList, RawClip, is_junk, kinds_of, shared_folder
from faceshards.packing.sources.natural_order import natural_key

#: Column -> what its file is called behind the picture's name. Older documents of Speech-to-face say `_landmark`.
BESIDE = {"face_embedding.npy": ("_embedding",), "face_landmarks.npy": ("_landmarks", "_landmark")}

#: What is said of pictures that lack nothing.
COMPLETE = "complete pictures"


def list_pictures(archive: Archive, complete_only: bool) -> ClipList:
    """The pictures at any depth, in natural order of their names, and how many lack what. Raises SourceError where the
    archive cannot be read as a whole. An array without a picture is counted; with `complete_only` a picture that lacks
    one has a fault.
    """
    listing = archive.listing()
    pictures, arrays, unsafe, ignored = _sort_out(listing.entries)
    ranks = {suffix: rank for rank, suffix in enumerate(PICTURE_COLUMNS)}
    pictures.sort(key=lambda entry: (ranks[suffix_of(entry.name)], entry.name))
    found, alone = with_arrays(pictures, arrays, BESIDE)
    ignored["array without a picture"] += len(alone)
    ignored["empty folder"] += listing.empty_folders
    depth = sum(len(part) + 1 for part in shared_folder(one.file.name for one in found))
    clips = [_clip(one, depth, complete_only) for one in found]
    clips += [RawClip(one.name, one.name, "", False, (), one.fault) for one in [*unsafe, *listing.lost]]
    clips.sort(key=lambda clip: (*natural_key(clip.name), clip.column, clip.entries[0].name if clip.entries else ""))
    return ClipList(clips, kinds_of(+ignored), _remarks(found, depth))


def _sort_out(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry], list[Entry], Counter[str]]:
    """The pictures, the arrays, those of unsafe names, and the count of all else by kind."""
    pictures, arrays, unsafe, ignored = list[Entry](), list[Entry](), list[Entry](), Counter[str]()
    for entry in entries:
        suffix = suffix_of(entry.name)
        if is_junk(entry.name):
            ignored["junk"] += 1
        elif suffix != "npy" and suffix not in PICTURE_COLUMNS:
            ignored[f".{suffix}" if suffix else "no suffix"] += 1
        elif entry.fault and entry.fault.code == "unsafe-path":
            unsafe.append(entry)
        else:
            (arrays if suffix == "npy" else pictures).append(entry)
    return pictures, arrays, unsafe, ignored


def _clip(one: WithArrays, depth: int, complete_only: bool) -> RawClip:
    entries = (one.file, *one.arrays.values())
    fault = next((entry.fault for entry in entries if entry.fault), None)
    lacking = [f"{endings[0]}.npy" for column, endings in BESIDE.items() if column not in one.arrays]
    if complete_only and lacking:
        rule = f"has no {' and no '.join(lacking)} beside it: make it, or pack without --complete-only"
        fault = fault or EntryFault("bad-column", f"{shown(one.file.name)} {rule}")
    path = stem_of(one.file.name)
    return RawClip(path[depth:], path, PICTURE_COLUMNS[suffix_of(one.file.name)], False, entries, fault)


def _remarks(pictures: Iterable[WithArrays], depth: int) -> dict[str, list[str]]:
    """What pictures lack -> those that do."""
    told: dict[str, list[str]] = defaultdict(list)
    for one in pictures:
        lacking = [endings[0][1:] for column, endings in BESIDE.items() if column not in one.arrays]
        told[f"pictures without {' and '.join(lacking)}" if lacking else COMPLETE].append(one.file.name[depth:])
    return dict(sorted(told.items()))
