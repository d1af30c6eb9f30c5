"""`faceshards pack vfhq`: VFHQ's folders of frames, with what their names and meta_info say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from faceshards.packing.kinds.clips.command import like_clips
from faceshards.packing.kinds.kind import Kind
from faceshards.packing.kinds.vfhq.kind import Vfhq
from faceshards.packing.options import PackOptions

TEACHES = """Pack VFHQ: zips, tars or folders of clips named Clip+YOUTUBEID+P0+C1+F2551-2669.

A clip is a folder of frames, or a video file. Its name tells the video, the
person in it (the scalar identity: YOUTUBEID+P0) and the frames that were taken.
Texts of meta_info are found beside the clips, or in the zip, tar or folder that
--annotations names: the rate at which frames are encoded (unless --fps is
given), the part of the picture, and the face in each frame.

Clips without a text, texts without a clip and broken ones are counted and named
in the report.

Example: faceshards pack vfhq group123.zip group125.zip --annotations meta_info.zip --out train_set/VFHQ
"""

CITATION = "Xie et al., VFHQ: A High-Quality Dataset and Benchmark for Video Face Super-Resolution, CVPR Workshops 2022"


def _vfhq(options: PackOptions, meta: Path | None, has_rate: bool) -> Callable[[], Kind]:
    return partial(Vfhq, options, meta and meta.absolute(), has_rate)


pack_vfhq = like_clips(_vfhq, TEACHES, {"collection": "VFHQ", "citation": CITATION})
