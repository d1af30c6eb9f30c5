"""MegActor's own shards, made as its `1.pack_data.py` makes them, and ours that `faceshards pack` makes of them.

Its packer hands the frames of a clip to imageio's plugin `pyav` with the codec "h264" and 30 frames a second, and says
nothing else: x264's defaults (CRF 23, `medium`, a keyframe where the scene changes, else every 250), 4:2:0, a time base
of 1/15360, no sound. webdataset's TarWriter writes `__key__` and `mp4`, nothing beside them. A user who moves from
these shards runs `faceshards pack clips NAME.tar --rendition SIDE`: the clip stays byte for byte, and a training copy
stands beside it, encoded as all that this project encodes.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from faceshards.bench.stream.clips import DEFAULTS, bodies_of, kinds_of
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.errors import FaceshardsError
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter

#: Frames a second that MegActor's packer writes, whatever the source's.
RATE = 30
#: The column of ours that is read.
COLUMN = "rendition.mp4"
_SHARDS = 4


@dataclass(frozen=True)
class OwnShards:
    """Folders of four tars of `scale.clips` clips, `scale.kinds` of them different, of `side` pixels and
    `scale.seconds`, below `folder`.
    """

    folder: Path
    side: int
    scale: StreamScale
    peers: Peers

    @cached_property
    def own(self) -> Path:
        """MegActor's."""
        kinds = kinds_of(self.side, self.scale.seconds, DEFAULTS, self.scale.kinds, RATE)
        return self._written("own", bodies_of(kinds), self.scale.clips, _SHARDS)

    def ours(self, side: int) -> Path:
        """Packed of MegActor's with training copies of `side` pixels: each different clip once, then as often as it is
        there.
        """
        folder, clips = self.folder / f"ours-{side}", self.scale.clips
        folder.mkdir(parents=True)
        with Shard(self._packed(side)) as shard:
            samples = [shard.sample(row) for row in range(len(shard))]
            for number in range(_SHARDS):
                path = folder / f"clips-{number:03d}.tar"
                with ShardWriter(path, provenance=shard.provenance.values(), durable=False) as out:
                    for clip in _of_shard(number, clips, _SHARDS):
                        out.add(f"clip{clip:05d}", samples[clip % len(samples)])
        return folder

    def same(self, side: int) -> Path:
        """The training copies of `ours` in MegActor's layout, for peers."""
        with Shard(self._packed(side)) as shard:
            copies = shard.read_column(COLUMN)
        return self._written(f"same-{side}", copies, self.scale.clips, _SHARDS)

    def _packed(self, side: int) -> Path:
        """One shard of the different clips, as `faceshards pack` writes it."""
        out = self.folder / f"packed-{side}" / "0.tar"
        if not out.exists():
            (source,) = tars(self._kinds)
            words = ["pack", "clips", source, "--rendition", str(side), "--out", str(out.parent)]
            done = subprocess.run([sys.executable, "-m", "faceshards", *words], capture_output=True, text=True)
            if done.returncode:
                raise FaceshardsError(f"the bench's own clips are not packed: {done.stderr.strip()}")
        return out

    @cached_property
    def _kinds(self) -> Path:
        """MegActor's tar of the different clips, each once."""
        kinds = kinds_of(self.side, self.scale.seconds, DEFAULTS, self.scale.kinds, RATE)
        return self._written("kinds", bodies_of(kinds), len(kinds), 1)

    def _written(self, name: str, bodies: Sequence[bytes], clips: int, shards: int) -> Path:
        """A folder of tars as MegActor's packer writes them, the clips in turn."""
        folder, paths = self.folder / name, list[str]()
        folder.mkdir(parents=True)
        for number, body in enumerate(bodies):
            path = folder / f"{number}.mp4"
            path.write_bytes(body)
            paths.append(str(path))
        for number in range(shards):
            numbers = list(_of_shard(number, clips, shards))
            self.peers.call("megactor_write", tar=str(folder / f"{number}.tar"), paths=paths, numbers=numbers)
        return folder


def tars(folder: Path) -> list[str]:
    """The paths of a folder's tars."""
    return [str(path) for path in sorted(folder.glob("*.tar"))]


def _of_shard(number: int, clips: int, shards: int) -> range:
    each = -(-clips // shards)
    return range(number * each, min((number + 1) * each, clips))
