import pyarrow as pa

from faceshards.shards.filters.where import matching
from faceshards.shards.index.lazy_rows import LazyRows

TABLE = pa.table(
    {"key": ["a", "b", "c"], "frames": [10, 75, 200], "mp4": [{"offset": 1, "size": n} for n in (5, 6, 7)]}
)


def asked_for(text):
    """The rows that match, and the columns that were read for it."""
    asked = set()

    def columns(names):
        asked.update(names)
        return TABLE.select(names)

    return matching(LazyRows(TABLE.schema, columns), text).tolist(), asked


def test_a_filter_reads_the_columns_that_it_names():
    assert asked_for("FRAMES > 20") == ([1, 2], {"frames"})
    assert asked_for("mp4.size < 7 AND frames > 20") == ([1], {"frames", "mp4"})
    rows, asked = asked_for("face_share IS NULL")  # a scalar that no shard here has
    assert rows == [0, 1, 2] and len(asked) == 1
