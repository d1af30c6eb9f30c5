"""A still of a clip for a browser that cannot decode the clip itself."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from faceshards.errors import ClipError
from faceshards.media.picture import encode_jpg, scaled
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.collection import Collection

#: Longer side of a still in pixels.
LONG_SIDE = 320
#: Stills that are held: some 10 kB each.
MOST_POSTERS = 2000


def still(sample: ShownSample, column: str, number: int, long_side: int) -> bytes:
    """Picture `number` of a sample's video, upright, as JPEG, its longer side at most `long_side` pixels. Raises
    ClipError where it does not decode, or is not there.
    """
    chunk = next(sample.opened(column).frames([number], most=1), None)
    if chunk is None:
        raise ClipError("too-few-frames", f"{sample.name}: picture {number} of its {column} does not decode")
    height, width = chunk.pictures[0].shape[:2]
    share = min(1.0, long_side / max(width, height))
    return encode_jpg(
        scaled(chunk.pictures[0], (max(1, round(width * share)), max(1, round(height * share)))), quality=80
    )


def poster(sample: ShownSample) -> bytes:
    """The first picture of a sample's clip. Raises ClipError as `still` does."""
    return still(sample, sample.clip, 0, LONG_SIDE)


class Posters:
    """The stills of a collection's clips that were asked for of late. Safe to use from several threads."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._held: OrderedDict[int, bytes] = OrderedDict()
        self._lock = Lock()

    def of(self, row: int) -> bytes:
        """The still of a row. Raises as `Collection.locate` and `poster` do."""
        with self._lock:
            found = self._held.pop(row, None)
        if found is None:
            found = poster(ShownSample.of(*self._collection.locate(row)))
        with self._lock:
            self._held[row] = found
            while len(self._held) > MOST_POSTERS:
                self._held.popitem(last=False)
        return found
