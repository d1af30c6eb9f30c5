"""The other way makes clips of the same frames."""

import json
import subprocess
import sys
import tarfile

import pytest

from faceshards.bench.shards.pack import measured, sources
from faceshards.media.probe import probe


@pytest.mark.slow
def test_a_clip_a_folder_at_thirty_frames_a_second(tmp_path):
    pytest.importorskip("imageio", reason="MegActor's packer encodes with it")
    zipped = sources.frame_zip(tmp_path / "z", 2, 4)
    words = [sys.executable, measured._OTHER, zipped, tmp_path / "out.tar"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["peak"] > 1e7
    with tarfile.open(tmp_path / "out.tar") as out:
        members = out.getmembers()
        clip = out.extractfile(members[0])
        assert len(members) == 2 and members[0].name.endswith(".mp4") and clip is not None
        told = probe(clip.read())
    assert (told.frames, told.fps, told.width, told.height) == (4, 30, sources.FRAME, sources.FRAME)
