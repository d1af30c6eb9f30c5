"""The Python that loads just one clip."""

from __future__ import annotations

from faceshards.loaders.units.window import Window
from faceshards.shards.schema.columns import CLIP, COLUMNS, VIDEO, codec_of
from faceshards.viewer.drawing.sample import ShownSample

# Columns of a sample that a snippet names: those that people ask for first, then others, of so many.
_MOST = 8
_FIRST = ("faces.msg", "landmarks.npy", "points68.npy", "gaze.npy", "headpose.npy", "face_box.npy")


def snippet(sample: ShownSample, window: Window | None = None, seed: int = 0, epoch: int = 0) -> str:
    """A program that prints what a loader delivers of this sample: as it stands, whole where there is no `window`."""
    columns = _columns(sample)
    asked = {"columns": columns, "where": f"key = {_quoted(sample.key)}"}
    lines = [f"    {name}={value!r}," for name, value in asked.items()]
    if window is not None:
        lines += [f"    window={_said(window)},", f"    seed={seed},"]
    names = "ShardDataset, Window" if window is not None else "ShardDataset"
    return "\n".join(
        [
            f"from faceshards.loaders import {names}",
            "",
            "dataset = ShardDataset(",
            f"    {str(sample.shard.path)!r},",
            *lines,
            ")",
            *([f"dataset.set_epoch({epoch})"] if window is not None and epoch else []),
            f"sample = dataset[{sample.key!r}]",
            "for name, value in sample.items():",
            '    print(name, getattr(value, "shape", value if isinstance(value, str) else type(value).__name__))',
            "",
        ]
    )


def _columns(sample: ShownSample) -> list[str]:
    """The clip, its facts, and what stages found in it; no further videos, which are large."""
    filled = [name for name in sample.shard.columns if sample.shard.filled(sample.row, name)]
    found = [name for name in filled if codec_of(name) in ("npy", "msg") and not name.endswith("packets.npy")]
    known = sorted((name for name in found if name in COLUMNS), key=lambda name: name not in _FIRST)
    return [CLIP if sample.clip in VIDEO else sample.clip, "json", *known[:_MOST]]


def _said(window: Window) -> str:
    """A window as one writes it: what is not as by default."""
    plain = Window(frames=window.frames)
    names = ("frames", "stride", "fps", "size", "start", "sound", "fit", "crop")
    told = {name: getattr(window, name) for name in names}
    return f"Window({', '.join(f'{n}={v!r}' for n, v in told.items() if n == 'frames' or v != getattr(plain, n))})"


def _quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
