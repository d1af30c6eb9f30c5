import pyarrow.parquet as pq

from faceshards.dataset import listed
from faceshards.dataset.duplicates.alike import MOMENTS, Likeness
from faceshards.dataset.duplicates.pairs import SCHEMA, listed_pairs, save_pairs


def test_pairs_name_their_clips_and_are_written_as_they_are(here, clips):
    clips.write("a.tar", {"x": {}, "y": {}})
    clips.write("b.tar", {"x": {}})
    same = Likeness(0.9, 2.0, 0.0, 0.4, MOMENTS)
    rows = listed_pairs([(1, 2, same), (0, 1, same)], listed(["a.tar", "b.tar"]), {(1, 2): 0.25})
    assert rows[0] == {
        "shard": "a.tar",
        "key": "y",
        "other_shard": "b.tar",
        "other_key": "x",
        "score": 0.9,
        "reason": "same moments",
        "seconds": 2.0,
        "start": 0.0,
        "other_start": 0.4,
        "face_apart": 0.25,
    }
    assert rows[1]["face_apart"] is None
    for these in (rows, []):
        save_pairs(these, here / "pairs.parquet")
        table = pq.read_table("pairs.parquet")
        assert table.schema == SCHEMA and table.to_pylist() == these


def test_a_folder_whose_name_is_no_utf8_is_named_in_the_list(here, clips):
    (here / "a\udcff").mkdir()
    clips.write("a\udcff/a.tar", {"x": {}, "y": {}})
    rows = listed_pairs([(0, 1, Likeness(0.9, 2.0, 0.0, 0.4, MOMENTS))], listed(["a\udcff/a.tar"]), {})
    save_pairs(rows, here / "pairs.parquet")
    assert pq.read_table(here / "pairs.parquet")["shard"].to_pylist() == ["a\\xff/a.tar"]
