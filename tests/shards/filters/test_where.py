import numpy as np
import pyarrow as pa
import pytest

from faceshards.errors import UsageError
from faceshards.shards.filters.where import matching

TABLE = pa.table({"key": ["a", "b", "c"], "frames": [10, 75, 200], "snr_db": [1.0, None, 30.0]})


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("frames >= 75", [1, 2]),
        ("snr_db > 0", [0, 2]),
        ("frames > 5 AND key IN ('a', 'c')", [0, 2]),
        ("true", [0, 1, 2]),
        ("frames > 1000", []),
        ("face_share > 0.5", []),
        ("face_share IS NULL", [0, 1, 2]),
        ("frames > 50 -- a comment", [1, 2]),
    ],
)
def test_rows_for_which_the_expression_is_true(text, rows):
    assert matching(TABLE, text).tolist() == rows


@pytest.mark.parametrize(
    "text",
    [
        "gaze > 3",
        "frames >",
        "frames > 3 \udcff",
        "frames > 1); copy (select 1) to 'marker'; select (1",
        "key in (select * from read_text('/etc/passwd'))",
        "frames > 1) or exists (select * from 'secret.parquet'",
        "frames IN (SELECT 1)) UNION (SELECT 2",
        "true THEN true END FROM shard_rows UNION SELECT CASE WHEN true",
    ],
)
def test_what_is_no_expression_on_the_rows_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="where"):
        matching(TABLE, text)
    assert list(tmp_path.iterdir()) == []


def test_a_recipe_is_an_expression_by_name(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text('long-clips = "frames >= 75"\n')
    monkeypatch.chdir(tmp_path)
    assert matching(TABLE, "mine.toml:long-clips").tolist() == [1, 2]
    assert matching(TABLE, "faces-v1").tolist() == []
    with pytest.raises(UsageError, match="no recipe 'short-clips': known are"):
        matching(TABLE, "short-clips")


def test_what_does_not_evaluate_says_what_is_near():
    with pytest.raises(UsageError, match=r"there is no column 'frame': the nearest are frames, .*face_frame"):
        matching(TABLE, "frame > 3")


def test_rows_of_many_pieces_are_numbered_through_all():
    numbers = np.random.default_rng(0).permutation(20_000)
    pieces = [pa.table({"key": [f"k{n}" for n in part], "frames": part}) for part in np.array_split(numbers, 7)]
    table = pa.concat_tables(pieces)
    assert matching(table, "frames < 5000").tolist() == np.flatnonzero(numbers < 5000).tolist()
    assert matching(table, "face_share IS NULL AND frames < 7").tolist() == np.flatnonzero(numbers < 7).tolist()
    with pytest.raises(UsageError, match="aggregate"):
        matching(table, "count(*) > 3")
