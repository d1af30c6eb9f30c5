"""VFHQ as its makers' script leaves it, packed, curated data read, and brought back."""

import shutil

import pyarrow.parquet as pq

from faceshards.packing.kinds.vfhq.kind import META, Vfhq
from faceshards.packing.options import PackOptions
from faceshards.shards.filters.where import matching
from faceshards.shards.reader import Shard
from tests.packing.conftest import told
from tests.packing.kinds.vfhq.conftest import NAMES, meta_info, tree


def facts_of(path) -> dict[str, dict]:
    with Shard(path) as shard:
        return {one["name"]: one for one in map(shard.json, range(len(shard)))}


def test_names_and_texts_become_facts_and_faces(run, vfhq):
    words = ("pack", "vfhq", vfhq / "group1", "--annotations", vfhq / "meta_info", "--out", vfhq)
    code, said, err = run(*words)
    assert code == 0 and "3 folders of frames" in said, err
    assert told(said)["clips without meta_info"] == f"1, such as '{NAMES[2]}'"
    assert told(said)["meta_info of no clip"] == "1, such as 'Clip+AAAAAAAAAAA+P0+C0+F1-9'"
    facts = facts_of(vfhq / "group1.tar")
    first, second, third = (facts[name] for name in NAMES)
    assert (first["identity"], first["source_id"], first["source_first_frame"]) == ("7rrstPmLe7g+P0", "7rrstPmLe7g", 10)
    assert (first["fps"], second["fps"], third["fps"]) == ([25, 1], [30000, 1001], [30, 1])
    assert first["source_start"] == 11 / 25 and first["collection"] == "VFHQ" and "Xie" in first["citation"]
    table = pq.read_table(vfhq / "group1.parquet")
    rows = matching(table, "source_id = '7rrstPmLe7g' AND crop_left BETWEEN 0.2 AND 0.3 AND source_end < 1")
    assert [table["identity"][row].as_py() for row in rows] == ["7rrstPmLe7g+P0"]
    with Shard(vfhq / "group1.tar") as shard:
        assert {"done", "n/a"} == {shard.state(row, "given_face_box.npy") for row in range(3)}
        row = next(row for row in range(3) if shard.json(row)["name"] == NAMES[0])
        assert shard.get(row, "given_face_frame.npy").tolist() == [0, 1, 2, 3]
        assert shard.get(row, "given_face_box.npy")[1].tolist() == [9.5, 6.0, 29.5, 31.0]
        assert shard.get(row, "given_face_points.npy").shape == (4, 5, 2)
    assert "already packed" in run(*words)[1]


def test_texts_beside_the_clips_are_found_and_broken_ones_are_told(run, vfhq):
    shutil.rmtree(vfhq / "meta_info")
    (vfhq / "group1" / "meta_info").mkdir()
    texts = {NAMES[0]: meta_info(4).replace("41.0", "nan", 1), NAMES[1]: "FPS: x\n", NAMES[2]: meta_info(2)}
    for name, text in texts.items():
        (vfhq / "group1" / "meta_info" / f"{name}.txt").write_text(text)
    (vfhq / "group1" / "notes.txt").write_text("no text about a clip")
    code, said, _ = run("pack", "vfhq", vfhq / "group1", "--out", vfhq, "--fps", "10")
    assert code == 0 and "there is no line" in told(said)["broken meta_info"] and ".txt 1" in said
    facts = facts_of(vfhq / "group1.tar")
    assert {tuple(one["fps"]) for one in facts.values()} == {(10, 1)}
    reasons = {name: one["failures"][0]["reason"] for name, one in facts.items() if one["failures"]}
    assert set(reasons) == set(NAMES[:2]) and "1 broken rows, such as line 7: " in reasons[NAMES[0]]
    with Shard(vfhq / "group1.tar") as shard:
        states = {shard.json(row)["name"]: shard.state(row, "given_face_box.npy") for row in range(3)}
        assert states == {NAMES[0]: "done", NAMES[1]: "failed", NAMES[2]: "done"}
        row = next(row for row in range(3) if shard.json(row)["name"] == NAMES[0])
        assert shard.get(row, "given_face_frame.npy").tolist() == [1, 2, 3]
        assert all(shard.read(row, META) == texts[shard.json(row)["name"]].encode() for row in range(3))
    run("export", "vfhq", vfhq / "group1.tar", vfhq / "again")
    assert set(tree(vfhq / "group1")) - set(tree(vfhq / "again")) == {"notes.txt"}
    (vfhq / "group1" / "meta_info" / f"{NAMES[0]}.txt").write_text(meta_info(4))
    assert "already packed" not in run("pack", "vfhq", vfhq / "group1", "--out", vfhq, "--fps", "10")[1]


def test_texts_that_were_asked_for_and_are_not_there_are_told(run, vfhq):
    (vfhq / "other").mkdir()
    (vfhq / "other" / "notes.txt").write_text("no text about a clip")
    code, said, _ = run("pack", "vfhq", vfhq / "group1", "--annotations", vfhq / "other", "--out", vfhq)
    assert code == 0 and told(said)["clips without meta_info"].startswith("3, such as ")


def test_a_sample_has_no_column_that_the_kind_does_not_name(vfhq):
    from faceshards.packing.sources.opening import open_source

    archive, kind = open_source(vfhq / "group1"), Vfhq(PackOptions(), vfhq / "meta_info")
    (first, *_) = kind.listed(archive).clips
    members = kind.sample(archive, first)
    assert set(members) <= set(kind.columns) and META in members
    assert kind.made(first).params["fps"] == [25, 1]
