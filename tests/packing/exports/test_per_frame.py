import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.packing.exports.per_frame import boxes_of, points_of, series_of
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode
from tests.curation.conftest import sample, write_shard
from tests.packing.exports.conftest import FACES, POINTS


def test_boxes_points_and_numbers_by_the_column_table(shard):
    with Shard(shard) as opened:
        (boxes,) = boxes_of(opened, 0)
        assert boxes.name == "faces" and boxes.tracks.tolist() == [7, 2, 7]
        np.testing.assert_array_equal(boxes.boxes, FACES["box"])
        own, mesh = points_of(opened, 0)
        assert own.name == "face_points" and own.points.shape == (3, 5, 2) and own.scores is None
        assert mesh.name == "points68" and mesh.frames.tolist() == [0, 5] and mesh.scores.shape == (2, 68)
        np.testing.assert_array_equal(mesh.points[0], POINTS[0])
        assert np.isnan(mesh.points[1]).all()
        series = {one.name: one for one in series_of(opened, 0)}
        assert list(series) == [*(f"quality_{number}" for number in range(9)), "speaking"]
        assert series["quality_2"].values.tolist() == [2 + 9 * frame for frame in range(6)]
        speaking = series["speaking"]
        assert (speaking.frames.tolist(), speaking.tracks.tolist()) == ([1, 4], [7, 7])
        assert [*boxes_of(opened, 1), *points_of(opened, 1), *series_of(opened, 1)] == []


def test_a_column_of_another_shape_is_told(tmp_path, body):
    wrong = sample("one", body) | {"quality.npy": encode("quality.npy", np.zeros(4, np.float32))}
    with Shard(write_shard(tmp_path / "b.tar", {"one": wrong})) as opened, pytest.raises(ClipError, match="quality"):
        list(series_of(opened, 0))
