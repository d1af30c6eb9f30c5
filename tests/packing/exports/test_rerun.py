"""Recordings, read back by Rerun itself where `make peers` installed it."""

import json

import pytest

from tests.packing.exports.viewers import answered, said_by

READ = """
import json, sys
from rerun.chunk import RrdReader
told, kinds = {}, ("Boxes2D:", "Points2D:", "Scalars:", "VideoFrameReference:", "TextLog:")
for chunk in RrdReader(sys.argv[1]).stream().to_chunks():
    batch = chunk.to_record_batch()
    for name, column in zip(batch.schema.names, batch.columns):
        if name.startswith(kinds) or name == "frame":
            values = [str(one) if "VideoFrame" in name else one for one in column.to_pylist()]
            told.setdefault(chunk.entity_path, {}).setdefault(name, []).extend(values)
print(json.dumps(told))
"""


@pytest.mark.peers
def test_rerun_reads_what_the_shard_says(shard, tmp_path):
    said = said_by("-m", "faceshards", "export", "rerun", shard, tmp_path / "out", "--json")
    assert json.loads(said.splitlines()[-1])["whole"] == 2
    told = answered(READ, tmp_path / "out" / "a" / "one.rrd")
    video = told["/video"]
    assert video["frame"] == [0, 1, 2, 3, 4, 5]
    times = [one for name, values in video.items() if name.startswith("VideoFrameReference") for one in values]
    assert len(set(times)) == 6, "each frame shows another picture"
    faces = told["/video/faces"]
    assert faces["Boxes2D:centers"] == [[], [[32, 24], [4, 6]], [], [], [[48, 36]], []]
    assert faces["Boxes2D:half_sizes"][1] == [[16, 12], [4, 6]] and faces["Boxes2D:class_ids"][1] == [7, 2]
    points = told["/video/points68"]["Points2D:positions"]
    assert points == [[[32, 12]] * 68, [], [], [], [], []], "those that were not found are not drawn"
    assert told["/scores/quality_1"]["Scalars:scalars"] == [[1 + 9 * frame] for frame in range(6)]
    speaking = told["/scores/speaking/7"]
    assert speaking["frame"] == [1, 4] and speaking["Scalars:scalars"] == [[1.5], [-2]]
    failed = answered(READ, tmp_path / "out" / "a" / "two.rrd")
    assert "no-source-face" in str(failed["/failures"]) and "/video/faces" not in failed
