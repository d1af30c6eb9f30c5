"""Filters that every process must understand alike: what is no pure function of the row is refused by name."""

import duckdb
import pyarrow as pa
import pytest

from faceshards.errors import UsageError
from faceshards.shards.filters.where import matching

TABLE = pa.table({"key": [f"clip{n:03d}" for n in range(200)], "frames": list(range(200)), "user": ["me"] * 200})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("random() < 0.5", r"random\(\)"),
        ("frames > 3 AND main.RANDOM() < 0.5", r"random\(\)"),
        ("len([x for x in [1, 2] if random() < 0.5]) = 1", r"random\(\)"),
        ("CASE WHEN uuid()::varchar > '8' THEN true END", r"uuid\(\)"),
        ("gen_random_uuid() IS NOT NULL", r"gen_random_uuid\(\)"),
        ("setseed(0.5) IS NULL AND frames > 3", r"setseed\(\)"),
        ("now() > '2020-01-01'", r"now\(\)"),
        ("today() > '2020-01-01'", r"today\(\)"),
        ("current_timestamp > '2020-01-01'", "current_timestamp"),
        ("CURRENT_DATE > '2020-01-01'", "CURRENT_DATE"),
        ("current_localtimestamp() IS NOT NULL", r"current_localtimestamp\(\)"),
        ("localtime > '12:00'::time", "localtime"),
        ("age('2020-01-01'::timestamp) > INTERVAL 1 DAY", r"age\(\)"),
        ("current_user = 'me'", "current_user"),
        ("getvariable('x') IS NULL", r"getvariable\(\)"),
        ("current_setting('TimeZone') = 'UTC'", r"current_setting\(\)"),
        ("nextval('s') % 2 = 0", r"nextval\(\)"),
        ("frames > (SELECT avg(frames) FROM shard_rows)", "a subquery"),
        ("EXISTS (SELECT 1)", "a subquery"),
        ("frames > avg(frames)", r"the aggregate function avg\(\)"),
        ("frames > avg(frames) OVER ()", "a window function"),
        ("row_number() OVER () % 2 = 0", "a window function"),
        ("frames > $1", "a parameter"),
    ],
)
def test_what_is_no_pure_function_of_the_row_is_refused_with_the_remedy(text, named):
    with pytest.raises(UsageError, match=rf"asks for {named}, .*every process.*hash\(key\) % 10 = 0$"):
        matching(TABLE, text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("key LIKE 'clip00%'", 10),
        ("upper(key) = 'CLIP007' OR key.substring(5) = '008'", 2),
        ("nullif(frames, 3) IS NULL", 1),
        ("len([x for x in [frames] if x < 5]) = 1", 5),
        ("age('2020-01-02'::timestamp, '2020-01-01'::timestamp) = INTERVAL 1 DAY", 200),
        ("frames + 1 = 5 AND frames - 1 = 3", 1),
        ("year('2020-01-02'::timestamp) = 2020 AND year(to_timestamp(frames)) = 1970", 200),
        ("\"user\" = 'me'", 200),  # a column, whatever the word means elsewhere
        ("to_timestamp(frames * 3600)::varchar LIKE '%23:00:00+00'", 8),
    ],
)
def test_what_is_one_is_taken(text, count):
    assert len(matching(TABLE, text)) == count


def test_a_part_by_hash_is_fixed_and_about_as_large_as_it_says():
    part = matching(TABLE, "hash(key) % 2 = 0")
    assert 70 < len(part) < 130 and part.tolist() == matching(TABLE, "hash(key) % 2 = 0").tolist()


def test_no_function_that_the_catalogue_calls_unsteady_gets_through():
    """But for those forms that ask for the time zone alone."""
    with duckdb.connect() as engine:
        names = engine.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() "
            "WHERE function_type = 'scalar' AND stability <> 'CONSISTENT' "
            "AND (stability = 'VOLATILE' OR len(parameter_types) = 0 OR NOT regexp_matches("
            "concat(parameter_types::VARCHAR, return_type), 'WITH TIME ZONE|TIMESTAMPTZ'))"
        ).fetchall()
    assert len(names) > 20
    for (name,) in names:
        with pytest.raises(UsageError, match=rf"asks for {name}\(\)"):
            matching(TABLE, f"{name}() IS NULL")


def test_where_a_row_stands_is_no_property_of_it():
    with pytest.raises(UsageError, match="does not evaluate"):
        matching(TABLE, "rowid % 2 = 0")
    assert not matching(TABLE, "row >= 0").any()  # the scalar of that name is a catalogue's, and these have none
    assert matching(TABLE.append_column("row", TABLE["frames"]), "row < 3").tolist() == [0, 1, 2]
