from faceshards.shards.reader import Shard
from tests.packing.conftest import zipped
from tests.packing.kinds.vfhq.conftest import NAMES


def test_several_groups_share_their_texts_and_labels_may_be_given(run, vfhq, clip):
    sources = [zipped(vfhq / f"g{place}.zip", {f"{name}.mp4": clip}) for place, name in enumerate(NAMES[:2])]
    words = ["pack", "vfhq", *sources, "--annotations", vfhq / "meta_info", "--out", vfhq / "out", "--citation", "[1]"]
    code, said, err = run(*words)
    assert code == 0 and "2 of 2 sources are packed" in said, err
    for place in range(2):
        with Shard(vfhq / "out" / f"g{place}.tar") as shard:
            facts = shard.json(0)
            assert (facts["collection"], facts["citation"], facts["source_width"]) == ("VFHQ", "[1]", 128)
