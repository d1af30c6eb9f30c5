"""Shards of this project among other people's tars."""

from __future__ import annotations

from faceshards.errors import ShardError


def refuse_shard(start: bytes, name: str) -> None:
    """Raises ShardError where a tar begins (its first 512 bytes) as a shard of this project: packing has nothing to add
    to it.
    """
    if start[156:157] == b"g" and start.startswith(b"faceshards\0"):
        raise ShardError(f"{name}: is a shard already: use it as it is, or name the tars that it was made of")
