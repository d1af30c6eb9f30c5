from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.scalars import SCALARS
from faceshards.viewer.pages.clip.road import ROAD, along_the_road


def test_each_stage_that_makes_something_has_its_place_on_the_road_and_others_stand_behind():
    makers = {one.maker for one in (*SCALARS.values(), *COLUMNS.values())}
    assert set(ROAD) == makers and len(ROAD) == len(makers)
    told = [{"maker": one, "at": at} for at, one in enumerate(["yours", "voice", "pack", "faces", "pack"])]
    assert [one["at"] for one in along_the_road(told)] == [2, 4, 3, 1, 0]
