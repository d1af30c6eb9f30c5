"""A tree from shards, with a layout of a few lines."""

from pathlib import Path

import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.packing.exports.tree import ExportReport, export_tree
from faceshards.shards.schema.removed import tombstone
from faceshards.shards.writer import ShardWriter


class Texts:
    """A text file a sample, its path from the json; `closing` lists them."""

    def __init__(self):
        self.names = []

    def files(self, shard, row):
        facts = shard.json(row)
        if "path" not in facts:
            raise ClipError("bad-column", "json has no path")
        self.names.append(facts["path"])
        yield facts["path"], shard.read(row, "txt")

    def closing(self):
        yield "list.txt", "\n".join(self.names).encode()


def shard(path: Path, *paths: str | None) -> Path:
    with ShardWriter(path) as out:
        for number, name in enumerate(paths):
            facts = {"path": name} if name else {}
            out.add(f"{number:03d}", {"json": facts, "txt": str(name).encode()})
    return path


def exported(tmp_path, *shards, force=False) -> ExportReport:
    report = ExportReport("export", "shards", kind="texts")
    export_tree(list(shards), tmp_path / "tree", Texts(), report, force=force)
    report.close()
    return report


def test_a_file_of_bytes_that_differ_from_run_to_run_is_kept(tmp_path):
    one = shard(tmp_path / "a.tar", "x/1.txt")
    (tmp_path / "tree/x").mkdir(parents=True)
    (tmp_path / "tree/x/1.txt").write_text("other")
    report = ExportReport("export", "shards", kind="texts")
    export_tree([one], tmp_path / "tree", Texts(), report, keeps=True)
    assert report.counts == {"standing": 1, "written": 1} and (tmp_path / "tree/x/1.txt").read_text() == "other"
    export_tree([one], tmp_path / "tree", Texts(), report, keeps=True, force=True)
    assert (tmp_path / "tree/x/1.txt").read_text() == "x/1.txt"


def tree(folder: Path) -> dict[str, str]:
    return {str(one.relative_to(folder)): one.read_text() for one in folder.rglob("*") if one.is_file()}


def test_files_of_several_shards_and_those_that_samples_share(tmp_path):
    report = exported(tmp_path, shard(tmp_path / "a.tar", "x/1.txt", None), shard(tmp_path / "b.tar", "y/z/2.txt"))
    assert tree(tmp_path / "tree") == {"x/1.txt": "x/1.txt", "y/z/2.txt": "y/z/2.txt", "list.txt": "x/1.txt\ny/z/2.txt"}
    assert (report.seen, report.whole, report.failed) == (3, 2, {"export": {"bad-column": 1}})
    assert report.rejected == [{"name": "a.tar: 001", "code": "bad-column", "reason": "json has no path"}]


def test_what_was_removed_is_counted_and_no_sample(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as out:
        out.add("000", {"json": {"path": "1.txt"}, "txt": b"1"})
        out.add("001", {"json": tombstone("request"), "txt": None})
    report = exported(tmp_path, tmp_path / "a.tar")
    assert (report.seen, report.whole, report.counts["removed"]) == (1, 1, 1)
    assert tree(tmp_path / "tree") == {"1.txt": "1", "list.txt": "1.txt"}


def test_a_second_run_leaves_what_stands_and_makes_what_is_gone(tmp_path):
    one = shard(tmp_path / "a.tar", "1.txt", "2.txt")
    assert exported(tmp_path, one).counts == {"written": 3}
    (tmp_path / "tree" / "2.txt").unlink()
    assert exported(tmp_path, one).counts == {"standing": 2, "written": 1}


def test_a_file_of_other_bytes_is_replaced_by_force_alone(tmp_path):
    one = shard(tmp_path / "a.tar", "1.txt")
    exported(tmp_path, one)
    (tmp_path / "tree" / "1.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"1\.txt is there with other bytes.*--force"):
        exported(tmp_path, one)
    exported(tmp_path, one, force=True)
    assert tree(tmp_path / "tree")["1.txt"] == "1.txt"


@pytest.mark.parametrize("name", ["../out.txt", "/etc/passwd", "a/../../b", "C:\\x", "\0"])
def test_no_name_leaves_the_tree(tmp_path, name):
    report = exported(tmp_path, shard(tmp_path / "a.tar", name, "in.txt"))
    assert report.failed == {"export": {"unsafe-path": 1}} and set(tree(tmp_path / "tree")) == {"in.txt", "list.txt"}


def test_no_link_leads_out_of_the_tree(tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "x").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="leads out"):
        exported(tmp_path, shard(tmp_path / "a.tar", "x/1.txt"))
    assert not (tmp_path / "1.txt").exists()


def test_two_samples_of_one_path_are_told(tmp_path):
    with pytest.raises(UsageError, match=r"1\.txt: b\.tar: 000 and a.tar: 000 both"):
        exported(tmp_path, shard(tmp_path / "a.tar", "1.txt"), shard(tmp_path / "b.tar", "1.txt"))
