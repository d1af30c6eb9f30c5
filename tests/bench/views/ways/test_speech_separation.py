"""speech_separation's database and its generator: the same mixtures as the view `SpeechMixtures` makes."""

import numpy as np
import torch
from torch.utils.data import DataLoader

from faceshards.bench.views.avspeech import packed, spoken
from faceshards.bench.views.ways.speech_separation import AVGenerator, as_tensors, write_mixtures
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import SpeechMixtures


def test_what_lies_on_the_disk_is_what_the_view_makes(tmp_path):
    clips = spoken(4)
    root = write_mixtures(tmp_path / "data", clips)
    lines = (root / "AV_log/AVdataset_train.txt").read_text().splitlines()
    assert lines[1] == (
        "mix-00000-00003.npy crm-00000-00003-00000.npy crm-00000-00003-00003.npy 00000_face_emb.npy 00003_face_emb.npy"
    )
    ours = ShardDataset(packed(tmp_path / "shards", clips), view=SpeechMixtures())
    mixtures, faces, masks = AVGenerator(str(root)).__getitems__([2, 1])
    assert len(lines) == len(ours) == 4
    for row, key in enumerate(("00001,00002", "00000,00003")):
        sample = ours[key]
        loud = np.abs(mixtures[row]).max(-1) > 0.3  # below, the rounding of 16 bits counts
        assert loud.mean() > 0.9 and np.abs(mixtures[row] - sample["mixture"]).max() < 2e-3
        assert np.abs(masks[row] - sample["masks"])[loud].max() < 0.02 < np.abs(masks[row]).max() / 10
        np.testing.assert_array_equal(faces[row].astype(np.float32), sample["faces"])


def test_a_batch_is_made_at_once(tmp_path):
    root = write_mixtures(tmp_path / "data", spoken(4))
    loader = DataLoader(AVGenerator(str(root)), 3, shuffle=True, drop_last=True, collate_fn=as_tensors)
    (batch,) = loader
    assert [tuple(one.shape) for one in batch] == [(3, 298, 257, 2), (3, 75, 1, 1792, 2), (3, 298, 257, 2, 2)]
    assert {one.dtype for one in batch} == {torch.float64}
