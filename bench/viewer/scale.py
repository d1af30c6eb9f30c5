"""How much the bench of the viewer makes and does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ViewerScale:
    """Shards of `million.ROWS` rows; runs of each start and filter; pictures of the clip that is sought in, and seeks;
    frames that are scrolled.
    """

    shards: int = 1000
    runs: int = 7
    pictures: int = 500
    seeks: int = 40
    scrolled: int = 300


QUICK = ViewerScale(shards=20, runs=3, pictures=150, seeks=10, scrolled=60)
