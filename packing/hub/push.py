"""Shards to a data set of the Hub: what stands there already stays, and nothing goes that is not whole."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from faceshards.errors import ShardError, UsageError
from faceshards.jobs.report import Report, ReportError, report_path
from faceshards.packing.hub.card import FOLDER, card
from faceshards.packing.hub.client import Hub, HubFile, git_blob
from faceshards.packing.hub.croissant import NAME, Distributed, croissant
from faceshards.packing.hub.summary import Summary, summarised
from faceshards.shards.index.index import index_path
from faceshards.shards.reader import Shard
from faceshards.shards.repair.checkup import check_up
from faceshards.shards.storage.find import list_shards
from faceshards.shards.storage.url import on_disk

#: Files of one commit: the Hub counts commits, and a killed push loses at most this one's.
AT_ONCE = 50
#: Reports of what makes or changes a shard: one that says that it did not finish keeps its shard here.
_MAKERS = ("pack", "import", "curate", "compact")
_NUMBER = re.compile(r"-[0-9]{5,}$")


@dataclass(frozen=True)
class PushFile:
    """A file that goes to the data set: where it lies, and how it is called there."""

    local: Path
    told: Distributed


@dataclass
class Push:
    """What a push would do, or did. `standing`: files that the data set has already, byte for byte."""

    files: list[PushFile]
    texts: dict[str, bytes]
    found: Summary
    standing: list[str] = field(default_factory=list)

    @property
    def waiting(self) -> list[PushFile]:
        """Files that are still to go."""
        return [one for one in self.files if one.told.path not in self.standing]

    @property
    def texts_waiting(self) -> dict[str, bytes]:
        """Card and metadata, where they are not there yet as they are."""
        return {path: body for path, body in self.texts.items() if path not in self.standing}


def planned(
    shards: Sequence[str], hub: Hub, licence: str | None, said: Callable[[int, int], None] = lambda done, total: None
) -> Push:
    """Looks at the shards, hashes them, makes card and metadata of them, and asks the data set what it has. `said` is
    told (files hashed, in all).

    Raises UsageError where samples name no licence and none is given, for shards in a store, and for two of one name;
    ShardError for one that is damaged, unfinished or without its index; SourceError where the Hub does not answer.
    """
    named = dict(_named(shards))
    for shard in named.values():
        _require_whole(shard)
    found = summarised(_opened(named.values()))
    if found.unlicensed and not licence:
        rule = "say the terms under which they may be used: --licence, here or when they are packed"
        raise UsageError(f"{found.unlicensed} of {found.samples} samples name no licence: {rule}")
    local = [(name, path) for name, shard in named.items() for name, path in _files_of(name, shard)]
    files = []
    for number, (name, path) in enumerate(local):
        said(number, len(local))
        files.append(PushFile(path, Distributed(f"{FOLDER}/{name}", path.stat().st_size, _sha256(path))))
    id = hub.address.id
    metadata = croissant(id, hub.page, found, licence, [one.told for one in files])
    push = Push(files, {"README.md": card(id, found, licence).encode(), NAME: metadata}, found)
    push.standing = _standing(push, hub.files() if hub.exists() else [])
    return push


def pushed(push: Push, hub: Hub, private: bool, said: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Makes the data set where it is missing and adds what it lacks, some files a commit, card and metadata last.
    `said` is told (files there, in all). Raises StorageError.
    """
    hub.create(private)
    waiting = push.waiting
    for begin in range(0, len(waiting), AT_ONCE):
        said(begin, len(waiting))
        some = waiting[begin : begin + AT_ONCE]
        hub.commit({one.told.path: one.local for one in some}, f"Add {_words(some)}")
    if push.texts_waiting:
        hub.commit(push.texts_waiting, "Card and metadata of the shards")
    said(len(waiting), len(waiting))


def _words(files: Sequence[PushFile]) -> str:
    return files[0].told.path + (f" and {len(files) - 1} more files" if len(files) > 1 else "")


def _named(paths: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """The shards by the names that they will have, with `/` between their parts. Raises UsageError."""
    taken: dict[str, Path] = {}
    for listing in list_shards(*paths):
        for number, shard in enumerate(listing.shards):
            path = on_disk(shard, "what is pushed lies on a disk: copy it here first")
            name = listing.names[number] if listing.names else path.name
            if name in taken and not taken[name].samefile(path):
                raise UsageError(f"{taken[name]} and {path} would both be {FOLDER}/{name}: name the folder above them")
            if name not in taken:
                taken[name] = path
                yield name, path


def _opened(shards: Iterable[Path]) -> Iterator[Shard]:
    """One after the other, each open while it is looked at."""
    for path in shards:
        with Shard(path) as shard:
            yield shard


def _require_whole(shard: Path) -> None:
    """Raises ShardError for a shard that is damaged, unfinished or without an index of its own."""
    looked = check_up(shard, "headers")
    if looked.state != "whole" or looked.broken:
        why = str(looked.defects[0]) if looked.defects else looked.refused or "a tar that no command of ours wrote"
        raise ShardError(f"{shard}: is {looked.state}: {why}: faceshards index --verify; it is not pushed")
    names = dict.fromkeys((shard.stem, _NUMBER.sub("", shard.stem)))  # one report speaks of all shards of a name
    for command, stem in product(_MAKERS, names):
        with suppress(ReportError):
            if error := Report.load(report_path(shard.with_name(f"{stem}.tar"), command)).error:
                raise ShardError(f"{shard}: its {command} ended with {error!r}: finish it first; it is not pushed")
    if shard.with_name(f".{shard.stem}.work").exists():
        raise ShardError(f"{shard}: is being curated, or a killed run left it so: finish it first; it is not pushed")
    if not index_path(shard).exists():
        raise ShardError(f"{shard}: has no index beside it, and none can be written there: faceshards index")


def _files_of(name: str, shard: Path) -> list[tuple[str, Path]]:
    index = index_path(shard)
    return [(name, shard), (name.removesuffix(".tar") + index.suffix, index)]


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _standing(push: Push, there: Sequence[HubFile]) -> list[str]:
    """Paths of what the data set has with these bytes."""
    large = {one.path: one.sha256 for one in there}
    small = {one.path: one.blob for one in there if one.sha256 is None}
    standing = [one.told.path for one in push.files if large.get(one.told.path) == one.told.sha256]
    return standing + [path for path, body in push.texts.items() if small.get(path) == git_blob(body)]
