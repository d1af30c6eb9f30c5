"""`faceshards pack celebv`: clips of CelebV-HQ or CelebV-Text, with what their info file says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from faceshards.packing.annotations.annotation_file import read_annotations
from faceshards.packing.kinds.celebv.kind import CelebV
from faceshards.packing.kinds.clips.command import like_clips
from faceshards.packing.kinds.kind import Kind
from faceshards.packing.options import PackOptions

TEACHES = """Pack CelebV-HQ or CelebV-Text: clips named YOUTUBEID_NUMBER.mp4, in zips, tars or folders.

The info file (celebvhq_info.json, celebvtext_info.json) is named by
--annotations: the span and the box that a clip was cut from, and its
attributes, go into its json, so that filters read them:
appearance_Young = 1 AND emotion = 'happy'.

Clips without an entry, entries without a clip and broken entries are counted
and named in the report.

Example: faceshards pack celebv processed --annotations celebvhq_info.json --out train_set/CelebV-HQ
"""


def _celebv(options: PackOptions, info: Path | None, has_rate: bool) -> Callable[[], Kind]:
    return partial(CelebV, options, read_annotations(info) if info else None)


pack_celebv = like_clips(_celebv, TEACHES)
