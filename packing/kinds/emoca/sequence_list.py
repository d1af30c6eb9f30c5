"""The sequences of a source: every folder that holds at least one of the eleven files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from faceshards.packing.kinds.emoca.files import FILES, SOUND
from faceshards.packing.kinds.emoca.names import said_by
from faceshards.packing.sources.archive import Archive, Entry, EntryFault, readable, source_name
from faceshards.packing.sources.clip_list import ClipList, RawClip, is_junk, kinds_of, named_below_shared_folder
from faceshards.packing.sources.natural_order import natural_key


def list_sequences(archive: Archive) -> ClipList:
    """The sequences in natural order of their names; what belongs to none is counted. One that lacks files, or has one
    that cannot be read, has a fault. Raises SourceError where the archive cannot be read as a whole.
    """
    listing = archive.listing()
    folders: dict[str, dict[str, Entry]] = defaultdict(dict)
    others: list[Entry] = []
    ignored: Counter[str] = Counter()
    for entry in listing.entries:
        folder, _, file = entry.name.rpartition("/")
        if is_junk(entry.name):
            ignored["junk"] += 1
        elif file in FILES:
            folders[folder].setdefault(file, entry)  # of two of one name both have a fault
        else:
            others.append(entry)
    for entry in others:
        folder, _, file = entry.name.rpartition("/")
        suffix = file.rpartition(".")[2].lower() if "." in file else ""
        kind = f".{suffix}" if suffix else "no suffix"
        ignored[f"{kind} beside a sequence's files" if folder in folders else kind] += 1
    source = source_name(archive.path)
    clips = named_below_shared_folder([_sequence(folder, files, source) for folder, files in folders.items()])
    clips += [RawClip(entry.name, entry.name, "", False, (), entry.fault) for entry in listing.lost]
    clips.sort(key=lambda clip: natural_key(clip.name))
    return ClipList(clips, kinds_of(ignored))


def _sequence(folder: str, files: Mapping[str, Entry], source: str) -> RawClip:
    entries = tuple(files[name] for name in FILES if name in files)
    fault = next((entry.fault for entry in entries if entry.fault), None) or _missing(files)
    return RawClip(folder or source, folder, SOUND, False, entries, fault, said_by(readable(folder), source))


def _missing(files: Mapping[str, Entry]) -> EntryFault | None:
    missing = [name for name in FILES if name not in files]
    rule = f"a sequence has {len(FILES)} files: fetch it again"
    return EntryFault("bad-column", f"lacks {', '.join(missing)}; {rule}") if missing else None
