"""Raw sounds that are curated, and spectrograms that came ready made, are read alike."""

import numpy as np
import pytest

from faceshards.loaders import ShardDataset
from tests.packing.kinds.conftest import planted, spectrogram, wav


@pytest.mark.slow
def test_ready_and_made_spectrograms_stream_together(run, make, tmp_path):
    files = {
        "id1/audios/a.npy": spectrogram(1), "id2/audios/b.wav": wav(seed=2),
        "id2/images/p.png": make.frames(1)[0],
    }  # fmt: skip
    out = tmp_path / "out"
    assert run("pack", "speech-face", planted(tmp_path / "vox", files), "--out", out)[0] == 0
    code, _, err = run("curate", out / "vox-wav.tar", "--stages", "spectrogram", "--inline")
    assert code == 0, err
    where = "side = 'sound' and spectrogram_variant = 'parts'"
    rows = list(ShardDataset(out, columns=["spectrogram.npy", "json"], where=where, missing="skip"))
    assert {row["json"]["identity"] for row in rows} == {"id1", "id2"}
    assert {(row["spectrogram.npy"].shape, row["spectrogram.npy"].dtype) for row in rows} == {
        ((2, 257, 601), np.dtype(np.float32))
    }
