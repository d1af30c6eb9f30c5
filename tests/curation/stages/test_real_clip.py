"""A real clip by several stages on one decoding: the values are those of the stages that each held the whole clip."""

import numpy as np
import pytest

from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.curation.stages.face_crop import FaceCrop
from faceshards.curation.stages.faces.faces import Faces, FacesParams
from faceshards.curation.stages.loudness import Loudness
from faceshards.curation.stages.spectrogram import Spectrogram
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.conftest import sample, write_shard
from tests.curation.on_pictures import results_of

# Frame -> box, nose, and whether the whole cascade found it.
FACES = {
    0: ([111.06, 80.4, 321.28, 366.3], [211.71, 241.94], True),
    47: ([147.12, 96.46, 358.99, 382.27], [255.95, 250.51], False),
    95: ([132.26, 77.82, 358.98, 388.49], [245.06, 244.49], False),
}
CROPPED = [[82.85, 109.61], [141.88, 107.68], [113.88, 134.59], [86.59, 168.72], [139.01, 170.61]]


def test_what_stages_find_in_a_real_clip_is_what_they_found_before(real, tmp_path):
    name = "megactor_ENTF_1"
    stages = [Faces(FacesParams(backend="mtcnn")), FaceCrop(), Loudness(), Spectrogram()]
    for stage in stages:
        stage.setup()
    members = sample(name, (real / "video" / f"{name}.mp4").read_bytes())
    with Shard(write_shard(tmp_path / "real.tar", {name: members})) as shard:
        clip = SharedClip(shard, 0, shard.json(0))
        found = results_of(stages, clip)
    assert clip.counts == {"frames_decoded": 96}
    assert found["faces"].scores == {"face_share": 1.0, "faces_max": 1, "tracks": 1}
    table = decode("faces.msg", found["faces"].columns["faces.msg"])
    assert (table["size"], table["frames"], table["frame"]) == ([512, 512], 96, list(range(96)))
    for frame, (box, nose, full) in FACES.items():
        assert table["box"][frame] == pytest.approx(box, abs=0.05) and table["full"][frame] == full
        assert table["points"][frame][2] == pytest.approx(nose, abs=0.05)
    assert found["face_crop"].scores["face_frame"] == 38
    np.testing.assert_allclose(found["face_crop"].scores["face_points"], CROPPED, atol=0.05)
    crop = decode("face.jpg", found["face_crop"].columns["face.jpg"])
    np.testing.assert_allclose(crop.mean(axis=(0, 1)), [112.29, 88.82, 69.35], atol=0.1)
    assert found["loudness"].scores.items() >= {"loudness_db": -22.38, "snr_db": 6.87}.items()
    spectrum = np.abs(decode("spectrogram.npy", found["spectrogram"].columns["spectrogram.npy"]))
    np.testing.assert_allclose(spectrum.mean(axis=(0, 1))[[0, 300, 600]], [0.522552, 0.373989, 0.319424], atol=1e-4)
