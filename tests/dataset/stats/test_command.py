"""`faceshards stats`, as it is typed, on the data set of four persons."""

import json

import numpy as np
import pytest

from faceshards.dataset.stats.indexed_rows import IndexedRows
from tests.dataset.four_persons import sample

HOURS = (1 + 2.5 + 4 + 5.5 + 1 + 2.5) / 3600


def told(run, *words):
    code, out, err = run("stats", *words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_what_the_indexes_tell(run, data):
    record = told(run, data)
    totals = record["totals"]
    assert (record["shards"], totals["samples"], totals["persons"]) == (2, 6, 4)
    assert totals["hours"] == pytest.approx(HOURS) and totals["frames"] == 25 + 26 + 27 + 28 + 25 + 26
    assert (totals["without_duration"], totals["without_person"]) == (0, 0)
    (collection,) = record["collections"]
    assert (collection["collection"], collection["licence"], collection["samples"]) == ("VFHQ", "CC BY 4.0", 6)
    columns = {one["column"]: one for one in record["columns"]}
    assert list(columns)[:2] == ["json", "mp4"] and columns["swapped.mp4"]["not yet"] == 4
    assert columns["code.npy"]["bytes"] == 6 * (128 + 48) and columns["mp4"]["done"] == 6
    share = record["scalars"]["face_share"]
    assert (share["count"], share["least"], share["greatest"], share["unit"]) == (6, 0, 0.3, "0..1")
    assert record["scalars"]["identity"]["top"][:2] == [["ann", 2], ["bob", 2]]
    assert record["languages"] == [] and record["failures"] == []


def test_a_filter_and_tombstones(run, data):
    assert run("remove", data, "--key", "ann-1", "--reason", "request")[0] == 0
    record = told(run, data, "--where", "identity IN ('ann', 'bob')")
    assert (record["totals"]["samples"], record["seen"], record["removed"]) == (3, 5, 1)
    assert record["totals"]["persons"] == 2
    assert "1 rows were removed on request" in run("stats", data)[1]


def test_a_shard_that_is_named_twice_counts_once(run, data):
    assert told(run, data, data / "a.tar", data.parent)["totals"]["samples"] == 6
    rows = IndexedRows([data / "b.tar", data / "a.tar"], "frames > 26")
    assert [(place.name, mine.tolist()) for place, mine in rows.shards] == [("b.tar", []), ("a.tar", [2, 3])]


def test_means_and_deviations_that_a_view_reads(run, data, tmp_path):
    words = ("--columns", "code.npy", "--deltas", "--joined", "--where", "identity <> 'cy'")
    code, out, err = run("stats", data, *words, "--out", tmp_path / "data_mean_std.npz")
    assert code == 0 and "20 rows of 5 samples" in out, err
    with np.load(tmp_path / "data_mean_std.npz") as file:
        found = dict(file)
    deltas = np.tile(np.arange(12.0).reshape(4, 3) - np.arange(3), (5, 1))
    assert set(found) == {"data_mean", "data_std"} and found["data_mean"].dtype == np.float64
    np.testing.assert_allclose(found["data_mean"], deltas.mean(axis=0))
    np.testing.assert_allclose(found["data_std"], deltas.std(axis=0))
    before = (tmp_path / "data_mean_std.npz").read_bytes()
    assert run("stats", data, *words, "--out", tmp_path / "data_mean_std.npz")[0] == 0
    assert (tmp_path / "data_mean_std.npz").read_bytes() == before, "equal data, equal bytes"
    code, out, _ = run("stats", data, "--columns", "code.npy", "--out", tmp_path / "all.json")
    record = json.loads((tmp_path / "all.json").read_text())
    values = np.concatenate([np.arange(12.0).reshape(4, 3) + n for n in (0, 1, 2, 3, 0, 1)])
    assert record["features"]["code"]["mean"] == pytest.approx(values.mean(axis=0).tolist())


def test_failures_languages_and_sides(run, clips, tmp_path):
    failed = {"failures": [{"stage": "faces", "code": "no-face", "reason": "none"}]}
    clips.write(
        tmp_path / "c.tar",
        {
            "a": {"language": "en", "duration": 3600.0, "split": "train", "identity": "01", "collection": "A"},
            "b": {"language": "de", "duration": 1800.0, "split": "test", "identity": "01", "collection": "B", **failed},
            "c": {"language": "en", "split": "train", "person": "p-1", **failed},
            "d": {"identity": "", "mine": "word"},
        },
    )
    record = told(run, tmp_path)
    assert record["failures"] == [{"stage": "faces", "code": "no-face", "samples": 2}]
    assert [(one["language"], one["samples"], one["hours"]) for one in record["languages"]] == [
        ("en", 2, 1.0),
        ("de", 1, 0.5),
        (None, 1, None),
    ]
    assert record["totals"]["persons"] == 3, "01 of one collection is not 01 of another"
    assert (record["totals"]["without_person"], record["totals"]["without_duration"]) == (1, 2)
    out = run("stats", tmp_path)[1]
    for line in ("4 samples, 1.5 h", "2 samples say no duration", "1 samples name nobody", "Sides", "Languages"):
        assert line in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--deltas",), "--deltas, --joined and --features are of arrays"),
        (("--out", "x.csv"), "--out x.csv must end in .json or .npz"),
        (("--out", "x.npz"), "holds means and deviations of arrays"),
        (("--columns", "code.npy", "--features", "last"), "--features names axes"),
        (("--columns", "no.npy"), "no shard has the column 'no.npy'"),
        (("--where", "no_such = 1"), "there is no column 'no_such'"),
    ],
)
def test_what_cannot_be_asked(run, data, here, words, said):
    code, _, err = run("stats", data, *words)
    assert code == 2 and said in err and not list(here.glob("x.*"))


def test_in_a_store(run, data, store):
    for file in data.iterdir():
        store.put(f"bucket/set/{file.name}", file.read_bytes())
    there = told(run, "s3://bucket/set", "--columns", "code.npy")
    here = told(run, data, "--columns", "code.npy")
    assert there == here
    assert sample("k", "p", 0)["json"]["duration"] == 1
