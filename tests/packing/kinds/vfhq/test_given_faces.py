from faceshards.shards.reader import Shard
from tests.packing.conftest import told, zipped
from tests.packing.kinds.vfhq.conftest import meta_info, tree


def test_a_video_has_faces_where_there_is_a_row_a_frame_and_other_names_are_told(run, vfhq, clip):
    names = ("Clip+7rrstPmLe7g+P0+C0+F1-8", "Clip+7rrstPmLe7g+P0+C1+F1-8")
    files = {f"{name}.mp4": clip for name in (*names, "holiday")}
    files |= {f"{name}.txt": meta_info(count).encode() for name, count in zip(names, (6, 5), strict=True)}
    code, said, _ = run("pack", "vfhq", zipped(vfhq / "g.zip", files), "--out", vfhq, "--identity", "holi(day)")
    assert code == 0 and told(said)["names that are not VFHQ's"] == "1, such as 'holiday'"
    with Shard(vfhq / "g.tar") as shard:
        states = [shard.state(row, "given_face_box.npy") for row in range(3)]
        assert states == ["done", "n/a", "n/a"] and shard.get(0, "given_face_frame.npy").tolist() == list(range(6))
        assert shard.json(2)["identity"] == "day"
    assert run("export", "vfhq", vfhq / "g.tar", vfhq / "again")[0] == 0
    assert tree(vfhq / "again") == files
