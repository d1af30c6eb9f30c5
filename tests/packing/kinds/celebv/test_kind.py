"""CelebV-HQ and CelebV-Text as their makers' scripts leave them, packed and brought back."""

import json

import pyarrow.parquet as pq
import pytest

from faceshards.shards.filters.where import matching
from faceshards.shards.reader import Shard
from tests.packing.conftest import told
from tests.packing.kinds.celebv.conftest import HEAD, entry


@pytest.fixture
def processed(tmp_path, clip, make):
    """Three clips as the script names them, and one that is none of the collection's."""
    (tmp_path / "processed").mkdir()
    for seed, name in enumerate(("M2Ohb0FAaJU_1", "_0tf2n3rlJU_0", "_0tf2n3rlJU_1", "holiday")):
        (tmp_path / "processed" / f"{name}.mp4").write_bytes(make.mp4(4, seed=seed))
    return tmp_path


def facts_of(path) -> dict[str, dict]:
    with Shard(path) as shard:
        return {one["name"]: one for one in map(shard.json, range(len(shard)))}


def test_hq_comes_in_with_its_attributes_and_out_again(run, processed):
    happy = {"sep_flag": False, "labels": "happy"}
    clips = {"M2Ohb0FAaJU_1": entry(), "_0tf2n3rlJU_0": entry("_0tf2n3rlJU", happy)}
    broken = {**entry(), "bbox": {}}
    info = processed / "celebvhq_info.json"
    info.write_text(json.dumps({**HEAD, "clips": {**clips, "_0tf2n3rlJU_1": broken, "AAAAAAAAAAA_3": entry()}}))
    words = ("pack", "celebv", processed / "processed", "--annotations", info, "--out", processed / "out")
    code, said, err = run(*words)
    assert code == 0, err
    rows = told(said)
    assert rows["names that are not CelebV's"] == "1, such as 'holiday'"
    assert rows["clips without an annotation"] == "2, such as '_0tf2n3rlJU_1'"
    assert rows["annotations of no clip"] == "1, such as 'AAAAAAAAAAA_3'"
    assert "entry '_0tf2n3rlJU_1': lacks 'left'" in rows["broken annotations"]
    facts = facts_of(processed / "out" / "processed.tar")
    assert facts["M2Ohb0FAaJU_1"]["collection"] == "CelebV-HQ" and "identity" not in facts["M2Ohb0FAaJU_1"]
    assert facts["_0tf2n3rlJU_1"]["source_id"] == "_0tf2n3rlJU" and "source_id" not in facts["holiday"]
    table = pq.read_table(processed / "out" / "processed.parquet")
    found = matching(table, "appearance_5_o_clock = 1 AND emotion = 'happy' AND source_start > 80 AND crop_left < 0.2")
    assert [table["name"][row].as_py() for row in found] == ["_0tf2n3rlJU_0"]
    assert "already packed" in run(*words)[1]
    assert run("export", "celebv", processed / "out", processed / "again")[0] == 0
    for path in (processed / "processed").iterdir():
        assert (processed / "again" / path.name).read_bytes() == path.read_bytes()
    assert len(list((processed / "again").iterdir())) == 5
    assert json.loads((processed / "again" / "celebvhq_info.json").read_text()) == {**HEAD, "clips": clips}


def test_text_has_sets_of_clips_or_file_names_as_keys(run, processed):
    plain = {name: value for name, value in entry().items() if name != "attributes"}
    info = processed / "celebvtext_info.json"
    sets = {"clips_set1": {"M2Ohb0FAaJU_1": plain}, "clips_set2": {"_0tf2n3rlJU_0": plain, "M2Ohb0FAaJU_1": plain}}
    for number, content in enumerate((sets, {"M2Ohb0FAaJU_1.mp4": {**plain, "meta_video_names": "M2Ohb0FAaJU"}})):
        info.write_text(json.dumps(content))
        out, again = processed / f"out{number}", processed / f"again{number}"
        code, said, _ = run("pack", "celebv", processed / "processed", "--annotations", info, "--out", out)
        assert code == 0 and ("a second row of 'M2Ohb0FAaJU_1'" in said) == (number == 0)
        facts = facts_of(out / "processed.tar")["M2Ohb0FAaJU_1"]
        assert facts["collection"] == "CelebV-Text" and facts["source_end"] == 86.17
        assert run("export", "celebv", out, again)[0] == 0
        back = json.loads((again / info.name).read_text())
        sets["clips_set2"].pop("M2Ohb0FAaJU_1", None)
        assert back == content


def test_a_label_that_is_given_stands_and_without_the_file_names_tell_what_they_can(run, processed):
    words = ("pack", "celebv", processed / "processed", "--collection", "mine", "--out", processed / "out")
    assert run(*words)[0] == 0
    facts = facts_of(processed / "out" / "processed.tar")["M2Ohb0FAaJU_1"]
    assert (facts["collection"], facts["source_id"]) == ("mine", "M2Ohb0FAaJU") and "source_end" not in facts


def test_a_table_is_taken_as_that_of_clips(run, processed):
    (processed / "mine.csv").write_text("name,room\nM2Ohb0FAaJU_1,7\n")
    words = ("pack", "celebv", processed / "processed", "--annotations", processed / "mine.csv", "--out", processed)
    assert run(*words)[0] == 0
    facts = facts_of(processed / "processed.tar")["M2Ohb0FAaJU_1"]
    assert (facts["room"], facts["source_id"]) == (7, "M2Ohb0FAaJU")
