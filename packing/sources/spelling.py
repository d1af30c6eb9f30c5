"""How a clip's files are spelled in its source: what the json keeps of it, and the names of the way back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from faceshards.packing.sources.archive import Entry, readable
from faceshards.packing.sources.clip_list import RawClip

#: What a decoded frame is written as, whatever picture it was.
_SUFFIX = ".png"
_LAST_NUMBER = re.compile(r"([^0-9]*)([0-9]{1,18})")  # of a name read backwards


def spelling(clip: RawClip) -> dict[str, Any]:
    """`path`: the file of a video, the folder of frames (empty at the source's top), from the source's top; of frames
    also `frame_files`: their names in order, the first alone where in each next one the last number is one more.
    """
    if not clip.entries:
        return {}
    if not clip.frames:
        return {"path": readable(clip.entries[0].name)}
    folder, _, _ = clip.entries[0].name.rpartition("/")
    return {"path": readable(folder), "frame_files": _briefly([_file(entry) for entry in clip.entries])}


def frame_paths(path: str, files: Sequence[str], frames: int) -> list[str]:
    """Where `frames` pictures are written: under the names that `spelling` kept, as PNG files. Names that tell no two
    pictures apart then (`1.jpg` and `1.png` were neighbours), or too few of them, become `00000001.png` and on.
    """
    names = _counted(files[0], frames) if len(files) == 1 else list(files)
    names = [str(PurePosixPath(name).with_suffix(_SUFFIX)) for name in names if PurePosixPath(name).name]
    if len(set(names)) != frames:
        names = [f"{number + 1:08d}{_SUFFIX}" for number in range(frames)]
    return [f"{path}/{name}" if path else name for name in names]


def _file(entry: Entry) -> str:
    return readable(entry.name.rpartition("/")[2])


def _briefly(names: list[str]) -> list[str]:
    return names[:1] if names == _counted(names[0], len(names)) else names


def _counted(first: str, count: int) -> list[str]:
    """Names that count on from the first one, in its last number (`a2b_007.png`, `a2b_008.png`), as wide as it is."""
    parts = _LAST_NUMBER.match(first[::-1])
    if parts is None:
        return [first] * count
    after, number = parts[1][::-1], parts[2][::-1]
    before = first[: len(first) - len(number) - len(after)]
    return [f"{before}{int(number) + one:0{len(number)}d}{after}" for one in range(count)]
