"""Clips of VFHQ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from faceshards.errors import ClipError
from faceshards.packing.kinds.clips.kind import Clips
from faceshards.packing.kinds.vfhq.clip_name import ClipName
from faceshards.packing.kinds.vfhq.given_faces import GIVEN_FACES, given_faces
from faceshards.packing.kinds.vfhq.meta_files import MetaFiles, is_meta
from faceshards.packing.kinds.vfhq.meta_info import MetaHead, read_head
from faceshards.packing.options import PackOptions
from faceshards.packing.sample import make_sample
from faceshards.packing.sources.archive import Archive
from faceshards.packing.sources.clip_list import ClipList, RawClip, list_clips
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.states import FAILED, NOT_APPLICABLE, stated
from faceshards.shards.writer import MemberBody

#: VFHQ's text, as a column.
META = "meta_info.txt"


class Vfhq(Clips):
    """Clips whose names tell the video, the person and the frames; the texts of `meta_info`, in the source or in
    `meta`, tell the rest. Frames are encoded at the rate of their text, unless `has_rate`: then at that of the options.
    """

    name: ClassVar[str] = "vfhq"
    columns: Collection[str] = frozenset({*Clips.columns, META, *GIVEN_FACES})

    def __init__(self, options: PackOptions, meta: Path | None = None, has_rate: bool = False) -> None:
        super().__init__(options)
        self._meta, self._has_rate = meta, has_rate
        self._texts = MetaFiles()
        self._rates: dict[str, Fraction] = {}

    def record(self) -> dict[str, Any]:
        """Its name, the texts (of the last listing), and whether a rate was asked for."""
        return {"name": self.name, "meta_info": self._texts.digest(), "has_rate": self._has_rate}

    def listed(self, archive: Archive) -> ClipList:
        """The clips in natural order of their names, with what names and texts say. Raises SourceError, UsageError."""
        listed = list_clips(archive, is_meta)
        self._texts.add(archive, listed.beside)
        if self._meta:
            self._texts.add_source(self._meta, self._options.limits)
        broken: list[str] = []
        clips = [self._told(clip, broken) for clip in listed.clips]
        return replace(listed, clips=clips, remarks=dict(self._remarks(clips, broken)))

    def _told(self, clip: RawClip, broken: list[str]) -> RawClip:
        name = ClipName.of(clip.path)
        if name is None:
            return clip
        facts, path = name.facts(), self._texts.path(name.text)
        if path:
            facts["annotation"] = {"file": path}
            try:
                head = self._head(name)
                facts |= head.facts(name)
                if not self._has_rate:
                    self._rates[clip.path] = head.fps
            except (ValueError, ClipError) as error:
                broken.append(f"{name.text}: {error}")
        return replace(clip, facts=facts)

    def _head(self, name: ClipName) -> MetaHead:
        return read_head(self._texts.body(name.text).decode())

    def _remarks(self, clips: list[RawClip], broken: list[str]) -> Iterator[tuple[str, list[str]]]:
        names = {clip.name: ClipName.of(clip.path) for clip in clips}
        told = {name.text for name in names.values() if name}
        remarks = {"names that are not VFHQ's": [name for name, one in names.items() if one is None]}
        if self._texts or self._meta:
            remarks["clips without meta_info"] = [clip.name for clip in clips if "annotation" not in clip.facts]
            remarks["meta_info of no clip"] = [name for name in self._texts.names() if name not in told]
        remarks["broken meta_info"] = broken
        yield from ((what, about) for what, about in remarks.items() if about)

    def made(self, clip: RawClip) -> Provenance:
        """What makes the columns of a clip, frames at its own rate."""
        return self._options_of(clip).made(clip.frames)

    def _options_of(self, clip: RawClip) -> PackOptions:
        return replace(self._options, fps=self._rates.get(clip.path, self._options.fps))

    def sample(self, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody]:
        """`json`, the video, its packet tables; of a source with texts the text and the faces that it tells. Raises
        ClipError, SourceError.
        """
        return make_sample(archive, clip, self._options_of(clip), partial(self._beside, clip))

    def _beside(self, clip: RawClip, json: dict[str, Any]) -> Mapping[str, MemberBody]:
        name = ClipName.of(clip.path)
        if not self._texts:
            return {}
        if name is None or "annotation" not in clip.facts:
            json |= stated(json, (META, *GIVEN_FACES), NOT_APPLICABLE)
            return dict.fromkeys((META, *GIVEN_FACES))
        try:
            body = self._texts.body(name.text)
        except ClipError as error:
            json["failures"].append({"stage": "pack", "code": error.code, "reason": f"meta_info: {error}"})
            json |= stated(json, (META, *GIVEN_FACES), FAILED)
            return dict.fromkeys((META, *GIVEN_FACES))
        return {META: body, **given_faces(body, clip, json)}
