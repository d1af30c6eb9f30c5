"""Old tars in and out through the command, on clips that a codec made."""

import io
import json
import pickle

import av
import numpy as np
import pytest
import webdataset as wds
from typer.testing import CliRunner

from faceshards.errors import UsageError
from faceshards.packing.legacy import import_tar
from faceshards.packing.legacy_command import app
from faceshards.shards.reader import Shard

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def mp4(frames: int, rate: int) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 20 * i, np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


@pytest.fixture
def old(tmp_path):
    """A Sigma tar: a clip of 29.97 frames a second encoded at 29, and one whose mp4 is cut."""
    clip = mp4(6, 29)
    rest = {
        "dwpose_result.pyd": [np.ones((1, 134, 2), np.float32)] * 6,
        "dwpose_score.pyd": [np.ones((1, 134), np.float32)] * 6,
        "faces_bbox.pyd": [np.ones(4, np.float32)] * 6,
        "exist_face_frame_index.pyd": [True] * 6,
        "audio_frames.pyd": np.zeros(3200, np.float32),
        "sample_rate.str": "16000",
        "fps.str": "29.97",
    }
    path = tmp_path / "archive_0.tar"
    with open(path, "wb") as stream, wds.TarWriter(stream) as sink:
        sink.write({"__key__": "good", "mp4": clip, **rest})
        sink.write({"__key__": "cut", "mp4": clip[: len(clip) // 2], **rest})
    return path


def test_in_and_out_by_command(old, tmp_path):
    run = CliRunner().invoke(
        app, ["import", str(old), "--out", str(tmp_path / "new"), "--collection", "VFHQ", "--json"]
    )
    assert run.exit_code == 0, run.output
    (report,) = json.loads(run.stdout)
    assert (report["kind"], report["seen"], report["whole"], report["failures"]) == ("sigma", 2, 1, 1)
    assert report["rejected"][0]["name"] == "cut" and not report["rejected"][0]["kept"]
    assert (tmp_path / "new" / "archive_0.import.json").exists()
    with Shard(tmp_path / "new" / "archive_0.tar") as shard:
        facts = shard.json(0)
        assert facts["collection"] == "VFHQ" and facts["frames"] == 6 and facts["video_codec"] == "h264"
        assert facts["sound_drift"] == pytest.approx(6 / 29 - 6 * 1001 / 30000, abs=1e-9)
        assert shard.get(0, "mp4.packets.npy").shape == (6, 8) and facts["media"]["mp4"]["codec"] == "h264"
    words = ["export", str(tmp_path / "new" / "archive_0.tar"), "--kind", "sigma", "--out", str(tmp_path / "again")]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0 and "mp4.packets.npy" in run.output, run.output
    before, after = (
        next(iter(wds.WebDataset(str(path), shardshuffle=False)))
        for path in (old, tmp_path / "again" / "archive_0.tar")
    )
    assert before["mp4"] == after["mp4"] and before["fps.str"] == after["fps.str"]
    for name in ("dwpose_result.pyd", "audio_frames.pyd", "exist_face_frame_index.pyd"):
        one, two = (pickle.loads(sample[name]) for sample in (before, after))  # noqa: S301 - our own bytes
        np.testing.assert_array_equal(one, two)


def test_nothing_is_replaced_unasked(old, tmp_path):
    with pytest.raises(UsageError, match="source itself"):
        import_tar(old, tmp_path, "auto", {}, force=True)
    import_tar(old, tmp_path / "new", "auto", {})
    with pytest.raises(UsageError, match="--force"):
        import_tar(old, tmp_path / "new", "auto", {})
    assert import_tar(old, tmp_path / "new", "auto", {}, force=True).whole == 1
