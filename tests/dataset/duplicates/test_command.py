import json
from fractions import Fraction

import numpy as np
import pyarrow.parquet as pq
import pytest

from faceshards.dataset.duplicates.pairs import SCHEMA
from faceshards.media.encode import encode
from faceshards.shards.rewrite import rewrite
from tests.dataset.duplicates.moving import scene

FPS = Fraction(25)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """`set/a.tar`: the halves of a clip, another clip of the room; `set/b.tar`: the halves anew, one scaled."""
    from faceshards.__main__ import main

    folder, whole = tmp_path_factory.mktemp("twice"), scene(4, 1)
    made = {
        "a/first": (whole[:50], 17),
        "a/second": (whole[50:], 17),
        "a/other": (scene(2, 9), 17),
        "b/second": (whole[50:], 30),
        "b/small": (np.ascontiguousarray(whole[:50, ::2, ::2]), 24),
    }
    for name, (pictures, crf) in made.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / f"{name}.mp4").write_bytes(encode(pictures, FPS, crf=crf))
    for one in ("a", "b"):
        with pytest.raises(SystemExit):
            main(["pack", "clips", str(folder / one), "--out", str(folder / "set"), "--source", one])
    return folder


@pytest.fixture
def twice(packed, monkeypatch):
    monkeypatch.chdir(packed)
    return packed


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
