"""What packing adds to a video member: its packet tables and what the file says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faceshards.errors import ClipError
from faceshards.media.probe import probe
from faceshards.media.sound.packets import sound_table
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.decode import damaged_frames
from faceshards.packing.kinds.webdataset.fields import ORIGINAL
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.schema.columns import PACKETS, SOUND_PACKETS, VIDEO, codec_of
from faceshards.shards.schema.states import FAILED, NOT_APPLICABLE


def is_video_column(column: str) -> bool:
    """Whether packing adds a packet table to a column of a foreign sample."""
    return codec_of(column) in VIDEO and not column.startswith(ORIGINAL)


class MediaFacts:
    """Gathered of a sample's videos: `members` (packet tables), `facts` for its json, `failures`, and `states` of the
    tables that could not be made.
    """

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self.members: dict[str, bytes] = {}
        self.facts: dict[str, Any] = {}
        self.media: dict[str, Any] = {}
        self.failures: list[dict[str, str]] = []
        self.states: dict[str, str] = {}

    def add(self, bodies: Mapping[str, bytes], clip: str) -> None:
        """Takes in the videos among these members. Raises ClipError where the `clip` itself does not decode."""
        for column, body in bodies.items():
            if column == clip:
                self._clip(column, body)
            elif is_video_column(column) and len(body):
                self._twin(column, body)

    def _clip(self, column: str, body: bytes) -> None:
        metadata = probe(body, max_pixels=self._max_pixels)
        damaged = damaged_frames(body, self._max_pixels)  # decodes every picture once
        told = {"container": column, "bytes": len(body), "damaged_frames": damaged}
        self.facts |= {**metadata.scalars(), **told}
        self._table(column, body)
        if not metadata.sound_codec:
            self.states[SOUND_PACKETS] = NOT_APPLICABLE
            return
        try:
            table, self.media["sound"] = sound_table(body)
            self.members[SOUND_PACKETS] = encode_npy(narrow(table))
        except ClipError as error:
            self._failed(SOUND_PACKETS, error.code, f"the sound: {error}")

    def _twin(self, column: str, body: bytes) -> None:
        """Another video of the sample: where it does not decode, the sample stays, and its json says so."""
        try:
            self._table(column, body)
        except ClipError as error:
            self._failed(f"{column}.{PACKETS}", error.code, f"{column}: {error}")

    def _table(self, column: str, body: bytes) -> None:
        table, self.media[column] = packet_table(body)
        self.members[f"{column}.{PACKETS}"] = encode_npy(narrow(table))

    def _failed(self, column: str, code: str, reason: str) -> None:
        self.failures.append({"stage": "pack", "code": code, "reason": reason})
        self.states[column] = FAILED
