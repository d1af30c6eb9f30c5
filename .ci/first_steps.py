"""A wheel's first steps, in whatever Python runs this: the commands that need no extra, on a clip made here.

It is run from an empty folder, with nothing but the installed wheel: `python first_steps.py`. Where torch is installed
the shard is read by the loader, too. Ends with an AssertionError at the first step that is not as it should be.
"""

import json
import subprocess
import sys
from fractions import Fraction
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np

SIDE, FRAMES, FPS, RATE = 64, 30, 25, 16000
COMMAND = Path(sys.executable).with_name("faceshards")


def make_clip(path: Path) -> None:
    """Pictures that grow lighter, and a tone: 30 frames of 64 x 64 at 25 a second."""
    with av.open(str(path), "w") as file:
        video, sound = file.add_stream("libx264", rate=FPS), file.add_stream("aac", rate=RATE, layout="mono")
        video.width = video.height = SIDE
        for number in range(FRAMES):
            picture = av.VideoFrame.from_ndarray(np.full((SIDE, SIDE, 3), 8 * number, np.uint8), "rgb24")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            file.mux(video.encode(picture))
        file.mux(video.encode())
        tone = np.sin(np.arange(RATE * FRAMES // FPS) * 0.2, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(tone[None], "fltp", "mono")
        frame.rate, frame.pts = RATE, 0
        file.mux([*sound.encode(frame), *sound.encode()])


def faceshards(*words: str) -> str:
    """What a command prints; one that fails ends the steps with its own words."""
    done = subprocess.run([COMMAND, *words], capture_output=True, text=True)
    assert done.returncode == 0, f"faceshards {' '.join(words)} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def read_by_the_loader() -> str:
    """Reads a window of the clip, its pictures and its sound."""
    from faceshards.loaders import ShardDataset, Window

    (sample,) = ShardDataset("shards", columns=["mp4"], window=Window(frames=10, sound=RATE), seed=0)
    assert np.asarray(sample["mp4"]).shape == (10, SIDE, SIDE, 3)
    assert np.abs(np.asarray(sample["sound"])).max() > 0.5
    return "read by ShardDataset"


def main() -> None:
    """Takes the steps, and says in a line which."""
    import faceshards as package

    assert Path(package.__file__).is_relative_to(sys.prefix), f"{package.__file__} is not the installed wheel"
    version = faceshards("--version").split()[-1]
    assert version == metadata.version("faceshards") == package.__version__
    assert "curate" in faceshards("--help") and "--stages" in faceshards("curate", "--help")
    make_clip(Path("one.mp4"))
    faceshards("pack", "one.mp4", "--out", "shards")
    faceshards("curate", "shards", "--inline", "--stages", "loudness,spectrogram")
    (told,) = json.loads(faceshards("inspect", "shards", "--json"))["shards"]
    assert (told["samples"], told["whole"], told["failed"], told["stages"]) == (
        1,
        1,
        [],
        ["spectrogram", "loudness"],
    ), told
    read = read_by_the_loader() if find_spec("torch") else "not read by ShardDataset: no torch here"
    sys.stdout.write(f"faceshards {version} on Python {sys.version.split()[0]}: packed, curated, inspected, {read}\n")


if __name__ == "__main__":
    main()
