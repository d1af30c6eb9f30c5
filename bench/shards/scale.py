"""How large the measured things are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShardScale:
    """`small` samples are written and scanned, `videos` bytes are packed in files of `video` bytes, `clips` samples are
    read, `shards` of 1,000 rows are opened; of packing, `rows` are persons' arrays, `packed` the samples of each kind
    of source, `frame_clips` clips of `frames` PNG frames; each race has `runs`.
    """

    small: int = 20_000
    videos: int = 2 << 30
    video: int = 1_200_000
    clips: int = 2_000
    clip: int = 400_000
    shards: int = 1_000
    rows: int = 100_000
    packed: int = 1_000
    frame_clips: int = 10
    frames: int = 100
    runs: int = 7

    def smaller(self, part: float) -> ShardScale:
        """The same at a part of the size, with three runs."""
        return ShardScale(
            small=max(20, int(self.small * part)),
            videos=max(4 * self.video, int(self.videos * part)),
            video=self.video,
            clips=max(8, int(self.clips * part)),
            clip=self.clip,
            shards=max(4, int(self.shards * part)),
            rows=max(100, int(self.rows * part)),
            packed=max(4, int(self.packed * part)),
            frame_clips=max(3, int(self.frame_clips * part)),
            frames=max(6, int(self.frames * min(1, 10 * part))),
            runs=3,
        )

    @property
    def bytes_needed(self) -> int:
        """Room on the disk: the videos as files, as a copy, as one file and its copy, and the rest; or what is packed,
        and its shards.
        """
        before = 5 * self.videos + 2 * self.clips * self.clip + self.shards * 600_000 + self.small * 20_000
        packing = 40_000 * self.rows + 3_000_000 * self.packed + 2_000_000 * self.frame_clips * self.frames
        return max(before, packing)
