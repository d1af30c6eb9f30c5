"""Videos of a site in a folder: what is at hand of each, and which of them the site refuses for good.

    ID.json                                    what stands here of a video, or its refusal
    ID.mp4.part, or ID.video.mp4.part, ...     blocks of a file; without `.part` it is whole

Several runs may share a folder: a video is fetched under a lease of its own, and read without one where all that is
wanted of it is at hand, so that such a folder may be read-only.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from faceshards.packing.kinds.avspeech.partial_file import Blocks, NotAtHand, OtherFile, PartialFile
from faceshards.packing.kinds.avspeech.refusals import KINDS, Refusal
from faceshards.packing.kinds.avspeech.segment import Media
from faceshards.packing.kinds.avspeech.site import Site, WebFile
from faceshards.packing.kinds.avspeech.videos import Made, Work
from faceshards.packing.sources.archive import Entry
from faceshards.secrets import masked
from faceshards.shards.storage.atomic import storage_errors, write_atomic
from faceshards.shards.storage.lease import lease

# Seconds for which a run waits while another fetches the same video.
_PATIENCE = 3600.0


@dataclass
class CachedFile:
    """A file of a video as it stands in the folder."""

    name: str
    format: str
    blocks: Blocks = field(default_factory=Blocks)

    def path(self, folder: Path) -> Path:
        """Where it lies. (A run that was killed may have left a whole file under the name of its parts.)"""
        whole = folder / self.name
        return whole if self.blocks.is_whole and whole.exists() else folder / f"{self.name}.part"


@dataclass
class CachedVideo:
    """What stands of a video: its files, that of the pictures first, or why the site refuses it."""

    files: list[CachedFile] = field(default_factory=list)
    refusal: dict[str, str] = field(default_factory=dict)


class VideoCache:
    """Videos of a `site` in a `folder`, fetched as far as they are needed, or, `whole`, to their ends.

    `retry`: kinds of refusal (see `refusals.KINDS`) for which a site is asked again.
    """

    def __init__(self, folder: Path, site: Site, *, whole: bool = False, retry: Collection[str] = ()) -> None:
        self._folder, self._site, self._whole, self._retry = folder, site, whole, set(retry)

    def record(self) -> dict[str, Any]:
        """As `Videos.record`."""
        return {"site": masked(self._site.template), "format": self._site.format}

    def entry(self, link: str) -> Entry | None:
        """As `Videos.entry`: nothing is known of a video before it is fetched."""
        return None

    def use(self, link: str, work: Work[Made]) -> Made:
        """As `Videos.use`. Raises ClipError `gone`, `unreachable`; StorageError where the folder cannot be written."""
        before = self._load(link)
        with suppress(NotAtHand):
            return self._work(link, self._at_hand(before), work, None)
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        with lease(self._folder / f"{link}.json", work="fetching a video", patience=_PATIENCE):
            now = self._load(link)
            if now != before:  # another run, or another row of this one, has fetched of it meanwhile
                with suppress(NotAtHand):
                    return self._work(link, self._at_hand(now), work, None)
            return self._fetched(link, work)

    def _at_hand(self, video: CachedVideo) -> CachedVideo:
        """The video, of which something stands. Raises NotAtHand where nothing does, ClipError where it is refused."""
        if video.refusal and video.refusal["kind"] not in self._retry:
            raise Refusal(video.refusal["kind"], video.refusal["reason"])
        if not video.files or (self._whole and not all(file.blocks.is_whole for file in video.files)):
            raise NotAtHand
        return video

    def _fetched(self, link: str, work: Work[Made]) -> Made:
        files = self._asked(link)
        video = self._load(link)
        if [(one.name, one.format) for one in video.files] != [(_name(link, one), one.format) for one in files]:
            video = self._anew(link, files)
        try:
            return self._work(link, video, work, files)
        except OtherFile:
            return self._work(link, self._anew(link, files), work, files)

    def _asked(self, link: str) -> list[WebFile]:
        """What the site has of a video; a refusal is noted."""
        try:
            return self._site.files(link)
        except Refusal as error:
            self._save(link, CachedVideo(refusal={"kind": error.kind, "reason": error.reason}))
            raise

    def _anew(self, link: str, files: list[WebFile]) -> CachedVideo:
        video = CachedVideo([CachedFile(_name(link, file), file.format) for file in files])
        with storage_errors(self._folder):
            for file in video.files:
                for path in (self._folder / file.name, self._folder / f"{file.name}.part"):
                    path.unlink(missing_ok=True)
        return video

    def _work(self, link: str, video: CachedVideo, work: Work[Made], files: list[WebFile] | None) -> Made:
        """What `work` makes of a video that is at hand or, given the site's `files`, is fetched meanwhile."""
        with ExitStack() as until_done:
            parts = []
            for number, file in enumerate(video.files):
                get = None if files is None else partial(self._site.get, files[number])
                part = PartialFile(file.path(self._folder), file.blocks, get, partial(self._save, link, video))
                until_done.callback(part.close)
                parts.append(part)
                if self._whole and get is not None:
                    part.fill()
            try:
                return work(Media(parts[0].body, parts[-1].body))
            finally:
                self._name_whole(video)
                failure = next((part.failure for part in parts if part.failure), None)
                if failure:  # whatever became of a file that seemed to end
                    raise failure

    def _name_whole(self, video: CachedVideo) -> None:
        """Files that came to their ends lose their `.part`."""
        for file in video.files:
            part = self._folder / f"{file.name}.part"
            if file.blocks.is_whole and part.exists():
                with storage_errors(part):
                    part.rename(self._folder / file.name)

    def _load(self, link: str) -> CachedVideo:
        """What its record says; nothing where it has none, or one that cannot be read."""
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            record = json.loads((self._folder / f"{link}.json").read_bytes())
            refusal = record.get("refusal", {})
            if refusal and not (refusal["kind"] in KINDS and isinstance(refusal["reason"], str)):
                return CachedVideo()
            files = [CachedFile(one["name"], one["format"], Blocks.of(one)) for one in record.get("files", [])]
            if all(file.name.startswith(f"{link}.") and "/" not in file.name for file in files):
                return CachedVideo(files, refusal)
        return CachedVideo()

    def _save(self, link: str, video: CachedVideo) -> None:
        files = [{"name": one.name, "format": one.format, **one.blocks.record()} for one in video.files]
        body = {"refusal": video.refusal} if video.refusal else {"files": files}
        write_atomic(self._folder / f"{link}.json", json.dumps(body).encode(), durable=False)


def _name(link: str, file: WebFile) -> str:
    return ".".join(filter(None, (link, file.part, file.suffix)))
