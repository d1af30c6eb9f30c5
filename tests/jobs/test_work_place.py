from pathlib import Path

from faceshards.jobs.work_place import mark_of, work_folder


def test_the_folder_beside_a_shard():
    assert work_folder("a/group124.tar") == Path("a/.group124.work")


def test_its_mark(tmp_path):
    assert mark_of(tmp_path) == []
    (tmp_path / "generation").write_text("abc run\n")
    assert mark_of(tmp_path) == ["abc", "run"]
    (tmp_path / "generation").unlink()
    (tmp_path / "generation").symlink_to("elsewhere")
    assert mark_of(tmp_path) == []
