"""In which pass over a clip a stage runs, and how often the clip is decoded for that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import ClipTask, Engine, Frames, Live, Made, Stage
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.passes import passes
from faceshards.curation.engine.stage_clip import SharedClip, StageClip
from faceshards.jobs.watch import Watchdog
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from tests.curation.engine.toys import Boxes, Last, Length, Light, None_, column

LONG = {"frames": 15_000, "width": 256, "height": 256}
SHORT = {"frames": 50, "width": 256, "height": 256}


class Above(Stage[None_]):
    """How many pixels of each picture are above the mean light of the whole clip."""

    name, makes = "above", (column("above.npy"),)

    def needs(self):
        return (Frames(), Made("light.npy"))

    async def work(self, clip: StageClip, out: Outlet) -> None:
        mean = clip.column("light.npy").mean()
        async for chunk in clip.frames():
            out.add("above.npy", (chunk.pictures > mean).sum(axis=(1, 2, 3)))


class Beside(Above):
    """Reads what `Above` made while it looks at the pictures, and boxes as they come."""

    name, makes = "beside", (column("beside.npy"),)

    def needs(self):
        return (Frames(), Made("above.npy"), Live("boxes.msg"))


class Count(Stage[None_]):
    """Looks at a column only."""

    name, makes = "count", (column("count.npy"),)

    def needs(self):
        return (Made("light.npy"),)


def names(found) -> list[list[str]]:
    return [[stage.name for stage in one] for one in found]


@pytest.mark.parametrize(
    ("stages", "wanted"),
    [
        ([Light(), Boxes(), Last(), Length()], [["light", "boxes", "last", "length"]]),
        ([Light(), Count()], [["light", "count"]]),
        ([Light(), Boxes(), Above()], [["light", "boxes"], ["above"]]),
        ([Light(), Boxes(), Above(), Beside()], [["light", "boxes"], ["above"], ["beside"]]),
        ([Above()], [["above"]]),  # its column is there already
    ],
)
def test_who_needs_a_whole_column_and_the_pictures_comes_in_the_next_pass(stages, wanted):
    assert names(passes(stages, LONG)) == wanted
    assert names(passes(stages, {})) == wanted  # a clip of unknown length may be long


def test_a_short_clip_is_held_whole():
    assert names(passes([Light(), Boxes(), Above()], SHORT)) == [["light", "boxes", "above"]]
    assert len(passes([Light(), Above()], {**SHORT, "frames": None})) == 2


@pytest.mark.parametrize("facts", [{}, {"frames": 90, "width": 64, "height": 48}])
def test_the_result_is_the_same_and_a_pass_decodes_each_frame_once(toy_shard, tmp_path: Path, facts):
    with Shard(toy_shard([90])) as shard:
        clip = SharedClip(shard, 0, {**shard.json(0), "frames": None, **facts})
        found = []
        stages = [Light(), Above()]
        with Watchdog(tmp_path / "slots") as watch:
            Engine(stages, tmp_path, watch).run([ClipTask(clip, stages)], found.append)
        (chunk,) = clip.clip.frames()
    above = decode("above.npy", found[0].results["above"].columns["above.npy"])
    mean = chunk.pictures.reshape(90, -1).mean(axis=1, dtype=np.float64).mean()
    np.testing.assert_array_equal(above, (chunk.pictures > mean).sum(axis=(1, 2, 3)))
    assert found[0].counts == {"frames_decoded": 90 if facts else 180}
