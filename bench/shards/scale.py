"""How large the measured things are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShardScale:
    """`small` samples are written and scanned, `videos` bytes are packed in files of `video` bytes, `clips` samples are
    read, `shards` of 1,000 rows are opened; each race has `runs`.
    """

    small: int = 20_000
    videos: int = 2 << 30
    video: int = 1_200_000
    clips: int = 2_000
    clip: int = 400_000
    shards: int = 1_000
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
            runs=3,
        )

    @property
    def bytes_needed(self) -> int:
        """Room on the disk: the videos as files, as a copy, as one file and its copy, and the rest."""
        return 5 * self.videos + 2 * self.clips * self.clip + self.shards * 600_000 + self.small * 20_000
