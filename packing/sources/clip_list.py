"""The clips that a source's names make.

A video file is a clip. So are the pictures of one folder, in natural order, a frame each; where a folder directly
holds videos, its pictures are taken for their thumbnails and left alone. A source may hold both kinds. Nothing else is
a clip: it is counted by kind, and the run says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import takewhile
from typing import Any

from faceshards.packing.sources.archive import Archive, ArchiveListing, Entry, EntryFault, source_name
from faceshards.packing.sources.natural_order import natural_key
from faceshards.packing.sources.suffixes import PICTURE_SUFFIXES, VIDEO_SUFFIXES

#: What frames are encoded to.
FRAMES_COLUMN = "mp4"

# Kinds of entries that are told apart: anything may stand behind the last dot of a name.
_MOST_KINDS = 100
#: Parts of a path that file managers and their like leave behind.
_JUNK = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", "@eaDir", ".Trashes", ".Spotlight-V100"})


@dataclass(frozen=True, slots=True)
class RawClip:
    """One clip of a source, not read yet.

    `path` is its path in the source without suffix, `name` the part below the deepest folder that all clips share.
    `column` is to keep its video. `frames` tells a folder of pictures, in order, from one video file. A clip with a
    `fault` is rejected unread. `facts` are what its name and the files about it say: they enter its json.
    """

    name: str
    path: str
    column: str
    frames: bool
    entries: tuple[Entry, ...]
    fault: EntryFault | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ClipList:
    """The clips in natural order of their names, and how many entries of which kind are no clip.

    `remarks`: what else a reader of the report should hear of -> the names that it is about. `beside`: entries that are
    no clips, and were asked for.
    """

    clips: list[RawClip]
    ignored: dict[str, int]
    remarks: Mapping[str, list[str]] = field(default_factory=dict)
    beside: Sequence[Entry] = ()


def list_clips(archive: Archive, wanted: Callable[[Entry], bool] = lambda entry: False) -> ClipList:
    """Lists an archive and tells its clips; entries that are `wanted` are none, and stand beside them. Raises
    SourceError where the archive cannot be read as a whole.
    """
    listing = archive.listing()
    beside = [entry for entry in listing.entries if wanted(entry)]
    if beside:
        listing = replace(listing, entries=[entry for entry in listing.entries if not wanted(entry)])
    videos, folders, ignored = _sort_out(listing)
    clips = [_video(entry) for entry in videos]
    clips += [_frames(folder or source_name(archive.path), entries) for folder, entries in folders.items()]
    clips = named_below_shared_folder(clips)
    clips += [RawClip(entry.name, entry.name, "", False, (), entry.fault) for entry in listing.lost]
    clips.sort(key=lambda clip: (*natural_key(clip.name), clip.column, clip.entries[0].name if clip.entries else ""))
    return ClipList(clips, kinds_of(ignored), beside=beside)


def named_below_shared_folder(clips: list[RawClip]) -> list[RawClip]:
    """The clips, each named by its path below the deepest folder that all of them share."""
    shared = shared_folder(clip.path for clip in clips if _has_place(clip))
    return [_below(clip, len(shared)) if _has_place(clip) else clip for clip in clips]


def kinds_of(ignored: Counter[str]) -> dict[str, int]:
    """The counts by kind, the rarest of too many kinds as one."""
    if len(ignored) > _MOST_KINDS:
        listed = dict(ignored.most_common(_MOST_KINDS))
        ignored = Counter({**listed, "of other kinds": ignored.total() - sum(listed.values())})
    return dict(sorted(ignored.items()))


def _sort_out(listing: ArchiveListing) -> tuple[list[Entry], dict[str, list[Entry]], Counter[str]]:
    """The video files, the pictures by folder, and the count of all else by kind."""
    videos: list[Entry] = []
    pictures: dict[str, list[Entry]] = defaultdict(list)
    ignored: Counter[str] = Counter({"empty folder": listing.empty_folders} if listing.empty_folders else {})
    for entry in listing.entries:
        folder, _, file = entry.name.rpartition("/")
        suffix = file.rpartition(".")[2].lower() if "." in file else ""
        if is_junk(entry.name):
            ignored["junk"] += 1
        elif suffix in VIDEO_SUFFIXES:
            videos.append(entry)
        elif suffix in PICTURE_SUFFIXES:
            pictures[folder].append(entry)
        else:
            ignored[f".{suffix}" if suffix else "no suffix"] += 1
    for folder in {entry.name.rpartition("/")[0] for entry in videos} & pictures.keys():
        ignored["picture beside videos"] += len(pictures.pop(folder))
    return videos, pictures, ignored


def is_junk(name: str) -> bool:
    """Whether a file manager or its like has left an entry behind."""
    return any(part in _JUNK or part.startswith("._") for part in name.split("/"))


def _video(entry: Entry) -> RawClip:
    path, _, suffix = entry.name.rpartition(".")
    path = path if not path.endswith("/") and path else entry.name  # a file named `.mp4` has no other name
    return RawClip(path, path, VIDEO_SUFFIXES[suffix.lower()], False, (entry,), entry.fault)


def _frames(folder: str, entries: list[Entry]) -> RawClip:
    ordered = tuple(sorted(entries, key=lambda entry: natural_key(entry.name)))
    fault = next((entry.fault for entry in ordered if entry.fault), None)
    return RawClip(folder, folder, FRAMES_COLUMN, True, ordered, fault)


def shared_folder(paths: Iterable[str]) -> list[str]:
    """The parts of the deepest folder that holds all of these paths."""
    parents = (path.split("/")[:-1] for path in paths)
    return reduce(_common, parents, next(parents, []))


def _common(one: list[str], other: list[str]) -> list[str]:
    """The parts that both begin with."""
    return [part for part, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))]


def _has_place(clip: RawClip) -> bool:
    """Whether the clip lies within the source: a path that leaves it is nobody's neighbour."""
    return clip.fault is None or clip.fault.code != "unsafe-path"


def _below(clip: RawClip, depth: int) -> RawClip:
    return replace(clip, name="/".join(clip.path.split("/")[depth:])) if depth else clip
