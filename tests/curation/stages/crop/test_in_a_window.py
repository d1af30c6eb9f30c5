"""What `crop` and `quality` make, read by a trainer: a window has the crops, matrices and numbers of its own frames."""

import json

import numpy as np

from faceshards.loaders import ShardDataset, Window
from faceshards.media.geometry import warp
from faceshards.shards.reader import Shard
from tests.curation.conftest import sample, write_shard
from tests.curation.stages.crop.test_crop import table
from tests.curation.test_curate import curate


def test_a_window_cuts_crops_matrices_and_numbers_alike(tmp_path, bodies, capsys):
    faces = table([[90.0 + frame, 60, 150 + frame, 140] for frame in range(12)], (256, 256))
    members = sample("astro 2", bodies["astro 2"]) | {"faces.msg": faces}
    path = write_shard(tmp_path / "one.tar", {"astro 2": members})
    assert curate(path, "--inline", "--stages", "crop,quality", "--set", "crop.size=160", "--json") == 0
    assert json.loads(capsys.readouterr().out)["total"]["counts"] == {"frames": 12, "frames_decoded": 12}
    with Shard(path) as shard:
        assert shard.json(0)["crop_share"] == 1
        whole = shard.get(0, "quality.npy")
    columns = ["mp4", "crop.mp4", "crop_matrix.npy", "quality.npy"]
    found = ShardDataset(path, columns, window=Window(4, start="middle"))[0]
    assert found["crop.mp4"].shape == (4, 160, 160, 3) and found["crop_matrix.npy"].shape == (4, 2, 3)
    for frame, shown, matrix in zip(*(found[name] for name in columns[:3]), strict=True):
        again = warp(np.asarray(frame), np.asarray(matrix, np.float64), (160, 160), "edge")
        assert np.abs(np.asarray(shown).astype(int) - again).mean() < 5
    np.testing.assert_array_equal(found["quality.npy"], whole[np.asarray(found["__frames__"])])
