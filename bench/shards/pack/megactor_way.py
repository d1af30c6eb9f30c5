"""What MegActor's `1.pack_data.py` does with a zip of frame folders, in a few lines of our own and a process of its
own: frames of consecutive entries decoded by imageio, all of a clip in memory, encoded by its plugin `pyav` as it is
(h264 at x264's defaults, 30 frames a second), one member a sample. `megactor_way.py ZIP TAR` prints its peak of memory
and the processors' seconds that it took.

It knows nothing of this project: it runs in the environment that `make peers` makes.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile
from itertools import groupby

import imageio.v3 as iio
import numpy as np
import webdataset


def main(source: str, target: str) -> None:
    """Packs a zip into a tar, and says what memory it took."""
    with zipfile.ZipFile(source) as archive, webdataset.TarWriter(target) as out:
        for key, names in groupby(archive.namelist(), lambda name: name.split("/")[0]):
            frames = np.array([iio.imread(archive.read(name)) for name in sorted(names)])
            height, width = (side // 2 * 2 for side in frames.shape[1:3])
            even = frames[:, :height, :width]
            clip = iio.imwrite("<bytes>", even, extension=".mp4", plugin="pyav", codec="h264", fps=30)
            out.write({"__key__": key, "mp4": clip})
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.write(json.dumps({"peak": used.ru_maxrss << 10, "cpu": used.ru_utime + used.ru_stime}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
