"""What made a column: a stage with its version, parameters and model files, named by a fingerprint: its recipe.

What was read is no part of it: that stands in each sample's json, by content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from faceshards.errors import DamagedShard
from faceshards.shards.schema.codecs import encode_json


@dataclass(frozen=True)
class Provenance:
    """The making of a column.

    `params` are JSON values; `models` maps a model file's name to its sha256.
    """

    stage: str
    version: int
    params: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """The JSON object that the front record holds under this fingerprint."""
        return {
            "stage": self.stage,
            "version": self.version,
            "params": dict(self.params),
            "models": dict(self.models),
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Provenance:
        """The inverse of `record`. Raises DamagedShard for anything else."""
        try:
            return cls(str(record["stage"]), int(record["version"]), dict(record["params"]), dict(record["models"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise DamagedShard(f"a provenance record is malformed ({error!r}): restore the shard") from error

    @cached_property
    def fingerprint(self) -> str:
        """32 hex digits: blake2b-128 of the canonical JSON of `record`. Equal making, equal fingerprint."""
        return hashlib.blake2b(encode_json(self.record()), digest_size=16).hexdigest()


def provenance_record(made: Iterable[Provenance]) -> dict[str, Any]:
    """Fingerprint -> record, as the front record stores it."""
    return {one.fingerprint: one.record() for one in made}
