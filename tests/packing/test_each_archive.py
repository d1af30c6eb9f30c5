"""Several archives by one command: each a shard of its name; one that fails costs the others nothing."""

import json

import pytest

from faceshards.shards.reader import Shard
from tests.packing.conftest import zipped


@pytest.fixture
def sources(tmp_path, clip, make):
    zipped(tmp_path / "one.zip", {"a.mp4": clip})
    zipped(tmp_path / "two.zip", {"b.mp4": clip, "c.mp4": b""})
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / "d.mp4").write_bytes(make.mp4(5))
    return [tmp_path / name for name in ("one.zip", "two.zip", "three")]


def keys(folder) -> dict[str, list[str]]:
    found = {}
    for path in sorted(folder.glob("*.tar")):
        with Shard(path) as shard:
            found[path.stem] = shard.keys
    return found


def test_each_archive_makes_its_own_shard_and_a_second_run_does_nothing(run, sources, tmp_path):
    code, said, err = run("pack", *sources, "--out", tmp_path / "out")
    assert code == 0, err
    assert keys(tmp_path / "out") == {"one": ["a"], "three": ["d"], "two": ["b"]}
    assert "3 of 3 sources are packed" in said and said.count("clips in") == 3
    run("pack", sources[0], "--out", tmp_path / "alone")
    assert (tmp_path / "alone" / "one.tar").read_bytes() == (tmp_path / "out" / "one.tar").read_bytes()
    code, said, _ = run("pack", *sources, "--out", tmp_path / "out")
    assert code == 0 and said.count("already packed") == 3


def test_what_fails_is_told_at_the_end_and_the_others_are_packed(run, sources, tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4 no zip")
    empty = zipped(tmp_path / "empty.zip", {"a.mp4": b""})
    words = [tmp_path / "bad.zip", sources[0], empty, tmp_path / "absent", sources[1], "--out", tmp_path / "out"]
    code, said, err = run("pack", "clips", *words)
    assert code == 1 and keys(tmp_path / "out") == {"one": ["a"], "two": ["b"]}
    assert "2 of 5 sources are packed" in said
    end = said.partition("sources are packed")[2].splitlines()
    told = [line for line in end if line.startswith("not packed: ")]
    assert len(told) == 3 and "bad.zip: " in told[0] and "its only clip is rejected" in told[1]
    assert f"not packed: {tmp_path / 'absent'}: " in told[2] and told[2].count("absent") == 1
    assert "bad.zip and 2 more are not packed" in err and len(err.splitlines()) == 1
    code, said, _ = run("pack", *words, "--json")
    records = json.loads(said)
    assert code == 1 and [record.get("whole") for record in records] == [None, 1, 0, None, 1]
    assert [bool(record["error"]) for record in records] == [True, False, True, True, False]


def test_videos_that_are_named_one_by_one_are_no_tasks(run, sources, tmp_path):
    code, _, err = run("pack", tmp_path / "three" / "d.mp4", "--ray", "auto", "--out", tmp_path / "out")
    assert code == 2 and "--ray packs zips, tars and folders" in err


def test_two_of_one_name_are_refused_before_any_is_packed(run, sources, tmp_path, clip):
    (tmp_path / "deep").mkdir()
    other = zipped(tmp_path / "deep" / "one.zip", {"x.mp4": clip})
    code, _, err = run("pack", *sources, other, "--out", tmp_path / "out")
    assert code == 2 and "2 sources are called one" in err and not (tmp_path / "out").exists()


def test_annotations_that_no_source_has_are_told_once(run, sources, tmp_path):
    (tmp_path / "notes.csv").write_text("name,x\na,1\nb,2\nnobody,3\n")
    code, said, _ = run("pack", *sources[:2], "--annotations", tmp_path / "notes.csv", "--out", tmp_path / "out")
    assert code == 0 and "annotations of no clip in any source: 1, such as 'nobody'" in said
    with Shard(tmp_path / "out" / "two.tar") as shard:
        assert shard.json(0)["x"] == 2
