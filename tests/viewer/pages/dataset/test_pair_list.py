"""Pairs that dedupe wrote beside the shards, led to the rows that are looked at."""

import pyarrow as pa
import pyarrow.parquet as pq

from faceshards.dataset.duplicates.pairs import save_pairs
from faceshards.viewer.pages.clip_rows import ClipRows
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.dataset.pair_list import pair_list


def pair(shard, key, other_shard, other_key, score):
    names = {"shard": shard, "key": key, "other_shard": other_shard, "other_key": other_key, "score": score}
    spans = {"seconds": 2.0, "start": 0.4, "other_start": 0.0}
    return names | spans | {"reason": "same moments", "face_apart": None}


def told(collection):
    return pair_list(collection, ClipRows(collection))


def test_the_surest_first_and_those_that_are_elsewhere_counted(tmp_path, samples):
    for name in "ab":
        samples.write(tmp_path / f"{name}.tar", [samples.whole(one) for one in ("x", "y")])
    rows = [
        pair("a.tar", "x", "a.tar", "y", 0.7),
        pair("/elsewhere/a.tar", "x", "/elsewhere/b.tar", "y", 0.9),
        pair("a.tar", "x", "gone.tar", "y", 1.0),
        pair("a.tar", "gone", "a.tar", "y", 1.0),
    ]
    save_pairs(rows, tmp_path / "twice.parquet")
    pq.write_table(pa.table({"key": ["x"]}), tmp_path / "mine.parquet")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1")
    found = told(Collection([tmp_path]))
    assert found["files"] == ["twice.parquet"] and (found["of"], found["elsewhere"]) == (2, 2)
    assert [(one["row"], one["other"], one["score"]) for one in found["pairs"]] == [(0, 3, 0.9), (0, 1, 0.7)]
    assert found["pairs"][0]["other_key"] == "y" and found["pairs"][0]["start"] == 0.4


def test_no_damaged_list_ends_the_page(tmp_path, samples):
    samples.write(tmp_path / "a.tar", [samples.whole(one) for one in ("x", "y")])
    file = tmp_path / "twice.parquet"
    save_pairs([pair("a.tar", "x", "a.tar", "y", 0.7)], file)
    body, collection, seen = file.read_bytes(), Collection([tmp_path]), []
    for bit in range(0, 8 * len(body), 61):
        flipped = bytearray(body)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        seen.append(told(collection)["files"])
    assert [] in seen and ["twice.parquet"] in seen
    pq.write_table(pa.table({**pq.read_table(_whole(file, body)).to_pydict(), "score": ["much"]}), file)
    assert told(collection)["files"] == []


def _whole(file, body):
    file.write_bytes(body)
    return file


def test_without_a_list(tmp_path, samples):
    path = samples.write(tmp_path / "a.tar", [samples.whole("x")])
    assert told(Collection([path])) == {"files": [], "of": 0, "elsewhere": 0, "pairs": []}
