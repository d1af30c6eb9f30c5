"""A row of AVSpeech's catalogue becomes a sample: its pictures, its sound, what the catalogue says of it."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from faceshards.errors import ClipError, SourceError
from faceshards.media.encode import encode
from faceshards.media.probe import probe
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.packing.kinds.avspeech.catalog import BrokenRow, CatalogRow, RowSpan, read_catalog
from faceshards.packing.kinds.avspeech.segment import FPS, RATE, Media, Pictures, SegmentSpan, spoken
from faceshards.packing.kinds.avspeech.videos import Videos
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Archive, Entry, readable
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.schema.codecs import encode_json, encode_npy
from faceshards.shards.schema.columns import PACKETS
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import MemberBody

#: Rises when the bytes of a sample change for the same video and options.
VERSION = 1
#: Longest row that is cut, in seconds: its sound is in memory. AVSpeech's have 3 to 10.
MAX_SECONDS = 600

_VIDEO, _SOUND = "mp4", "wav"
_TABLE = f"{_VIDEO}.{PACKETS}"


@dataclass(frozen=True)
class Segments:
    """What is wanted of a catalogue: its `rows`, of its side `split`; of each row the first `seconds`, whatever its end
    says, or all of it (None).
    """

    split: str
    rows: RowSpan = field(default_factory=RowSpan)
    seconds: Fraction | None = None

    def span(self, row: CatalogRow) -> SegmentSpan:
        """The span of a row."""
        return SegmentSpan(row.start, self.seconds or row.seconds)


class AVSpeech:
    """Each data row of the catalogue is a clip, named by its number: silent H.264 at 25 pictures a second, and the
    sound, 16 kHz mono, as `wav`.

    `identity` is the video's id: most videos show one person, so it stands in for the person, who is not known.
    """

    name: ClassVar[str] = "avspeech"
    columns: Collection[str] = frozenset({"json", _VIDEO, _TABLE, _SOUND})

    def __init__(self, options: PackOptions, segments: Segments, videos: Videos) -> None:
        self._options, self._segments, self._videos = options, segments, videos

    def record(self) -> dict[str, Any]:
        """Its name, the rows, where the videos come from."""
        wanted = {"rows": str(self._segments.rows), "split": self._segments.split}
        return {"name": self.name, **wanted, "videos": self._videos.record()}

    def listed(self, archive: Archive) -> ClipList:
        """The wanted rows in order; one that breaks a rule has a fault. Raises SourceError."""
        body = archive.read(archive.listing().entries[0])
        name, rows = readable(str(archive.path)), self._segments.rows
        clips = [self._clip(row) for row in read_catalog(body, name, rows)]
        if not clips and not rows.is_all:
            count = sum(1 for _ in read_catalog(body, name))
            raise SourceError(f"{name}: it has {count} rows, from 0 on, none of which is in --rows {rows}: name others")
        return ClipList(clips, {})

    def _clip(self, row: CatalogRow | BrokenRow) -> RawClip:
        """A row as a clip, whose entries tell it from a changed one: what it says, its video where that is listed."""
        name = str(row.row)
        if isinstance(row, BrokenRow):
            return RawClip(name, name, _VIDEO, False, (Entry(row.fault.message, 0),), row.fault)
        video = self._videos.entry(row.link)
        entries = (Entry(name, 0, row), *([video] if video else []))
        return RawClip(name, name, _VIDEO, False, entries, video.fault if video else None)

    def found(self, listed: ClipList) -> str:
        """`20 rows of 18 videos (train), 1 of them broken`."""
        rows = [clip.entries[0].place for clip in listed.clips]
        links = {row.link for row in rows if row}
        counts = f"{len(rows)} row{'s' * (len(rows) != 1)} of {len(links)} video{'s' * (len(links) != 1)}"
        broken = rows.count(None)
        return f"{counts} ({self._segments.split})" + (f", {broken} of them broken" if broken else "")

    def made(self, clip: RawClip) -> Provenance:
        """Of all rows the same."""
        seconds = self._segments.seconds
        gop = self._options.gop or FPS
        how = {"fps": [FPS, 1], "crf": self._options.crf, "gop": gop, "rate": RATE}
        length = None if seconds is None else [seconds.numerator, seconds.denominator]
        return Provenance("pack", VERSION, {"from": self.name, **how, "seconds": length})

    def sample(self, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody]:
        """`json`, `mp4`, its packet table, `wav`. Raises ClipError, SourceError."""
        row: CatalogRow = clip.entries[0].place
        span = self._segments.span(row)
        body, damaged, sound, heard = self._videos.use(row.link, lambda media: self._cut(media, span))
        table, media = packet_table(body)
        metadata = probe(body, max_pixels=self._options.max_pixels)
        json = {
            **metadata.scalars(),
            "source": readable(archive.path.absolute().name),
            **self._options.labels,
            **row.facts(),
            "split": self._segments.split,
            "catalog_split": self._segments.split,  # `faceshards split` may set the other one anew
            "identity": row.link,
            "source_id": row.link,
            "name": clip.name,
            "bytes": len(body),
            "damaged_frames": damaged,
            "sound_codec": "pcm_s16le",
            "sample_rate": RATE,
            "channels": 1,
            "sound_duration": round(heard, 4),
            "failures": [],
            "made": dict.fromkeys((_VIDEO, _TABLE, _SOUND), self.made(clip).fingerprint),
            "media": {_VIDEO: media},
        }
        return {"json": encode_json(json), _VIDEO: body, _TABLE: encode_npy(narrow(table)), _SOUND: wav(sound)}

    def _cut(self, media: Media, span: SegmentSpan) -> tuple[bytes, int, np.ndarray, float]:
        """The clip's mp4, how many of its pictures are damaged, its sound, how many seconds of that are the video's."""
        if span.seconds > MAX_SECONDS:
            raise ClipError(
                "too-large", f"the row has {float(span.seconds):g} s, the limit is {MAX_SECONDS}: --seconds"
            )
        pictures = Pictures(media.video, span, self._options.max_pixels)
        body = encode(pictures, Fraction(FPS), crf=self._options.crf, gop=self._options.gop)
        return body, pictures.damaged, *spoken(media.sound, span, pictures.zero)


def wav(samples: np.ndarray, *, exact: bool = False) -> bytes:
    """A WAV file of mono samples, float32 (N,) in [-1, 1] at 16 kHz: 16-bit PCM, or, `exact`, 32-bit floats."""
    from scipy.io import wavfile  # it loads for a third of a second: who packs other kinds does not wait for it

    whole = samples if exact else np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
    buffer = io.BytesIO()
    wavfile.write(buffer, RATE, whole)
    return buffer.getvalue()
