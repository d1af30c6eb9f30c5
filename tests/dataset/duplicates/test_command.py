import json

import pyarrow.parquet as pq
import pytest

from faceshards.dataset.duplicates.pairs import SCHEMA
from faceshards.shards.rewrite import rewrite


def test_pairs_are_listed_and_nothing_is_changed(run, twice, clips):
    before = clips.bytes("set")
    code, out, err = run("dedupe", "set", "--out", "pairs.parquet", "--json")
    told = json.loads(out)
    assert code == 0 and told["clips"] == 5 and told["bad"] == []
    pairs = {(one["key"], one["other_key"]) for one in told["pairs"]}
    assert pairs == {("first", "small"), ("second", "second")}
    assert all(one["shard"] == "set/a.tar" and one["other_shard"] == "set/b.tar" for one in told["pairs"])
    assert all(one["score"] > 0.75 and one["seconds"] > 1.8 and one["face_apart"] is None for one in told["pairs"])
    table = pq.read_table("pairs.parquet")
    assert table.schema == SCHEMA and table.to_pylist() == told["pairs"]
    assert clips.bytes("set") == before and "2 pairs among 5 clips; nothing was changed" in err
    code, out, _ = run("dedupe", "set/a.tar")
    assert code == 0 and "0 pairs among 3 clips" in out


def test_a_clip_that_does_not_decode_is_told_and_the_rest_goes_on(run, twice, clips):
    body = (twice / "set/b.tar").read_bytes()
    try:
        rewrite(
            twice / "set/b.tar", {"mp4": lambda row: b"no clip" * 99 if row == 0 else None}, drop=["mp4.packets.npy"]
        )
        code, out, err = run("dedupe", "set", "--json")
        told = json.loads(out)
        assert code == 0 and {one["key"] for one in told["bad"]} == {"second", "small"}
        assert "2 clips could not be looked at" in err
    finally:
        (twice / "set/b.tar").write_bytes(body)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--out", "pairs.csv"], "name it NAME.parquet"), (["--threads", "0"], "--threads must be at least 1, got 0")],
)
def test_what_cannot_be_is_one_line(run, twice, words, said):
    code, out, err = run("dedupe", "set", *words)
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err
