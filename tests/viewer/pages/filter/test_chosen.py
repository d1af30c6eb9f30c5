import numpy as np
import pyarrow as pa
import pytest

from faceshards.errors import UsageError
from faceshards.shards.filters.where import matching
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.filter.chosen import Chosen, _bounded
from faceshards.viewer.pages.filter.clauses import Bound, clauses, plain_clause
from faceshards.viewer.pages.filter.held_columns import HeldNumbers

VALUES = ["-4", "0", "0.9", "0.95", "1", "2", "1.5", "2.0", "9007199254740"]


@pytest.mark.parametrize("sign", [">=", "<=", ">", "<", "="])
@pytest.mark.parametrize("name", ["face_share", '"order"'])
def test_arrays_choose_what_the_engine_chooses(collection, name, sign):
    chosen = Chosen(collection)
    for value in VALUES:
        where = f"{name} {sign} {value}"
        assert plain_clause(where) is not None
        assert np.flatnonzero(chosen.mask(where)).tolist() == matching(collection.table, where).tolist(), where


@pytest.mark.parametrize(
    "where",
    [
        "collection = 'it''s'",
        "collection IN ('b', '', 'nobody')",
        "list_has_any(split(failed, ' '), ['', 'sound:no-sound'])",
        "list_has_any(split(failed, ' '), ['faces:no-face'])",
        "collection = 'OR' AND face_share IS NULL",
        "face_share > 0.5 AND abs(\"order\") >= 2 AND collection <> 'f'",
        "face_area IS NULL AND face_share < 0.95",
    ],
)
def test_texts_words_and_mixtures_choose_what_the_engine_chooses(collection, where):
    expected = matching(collection.table, where).tolist()
    assert np.flatnonzero(Chosen(collection).mask(where)).tolist() == expected and 0 < len(expected) < 8
    assert len(clauses(where)) == 1 + where.count(" AND ")


def test_rows_that_may_not_be_looked_at_are_never_chosen(tmp_path, samples):
    path = samples.write(tmp_path / "a.tar", [samples.whole(name, face_share=0.5) for name in ("one", "two")])
    collection = Collection([path], "name = 'two'")
    chosen = Chosen(collection)
    assert [chosen.mask(where).tolist() for where in ("", "face_share > 0")] == [[False, True]] * 2


@pytest.mark.parametrize("where", ["no_such > 1", "face_share >", "face_share > 1) OR (true", "no-such-recipe"])
def test_a_filter_that_does_not_evaluate_is_refused_as_elsewhere(collection, where):
    with pytest.raises(UsageError):
        Chosen(collection).mask(where)


@pytest.mark.parametrize("sign", [">=", "<=", ">", "<", "="])
def test_what_is_no_number_is_the_greatest_as_the_engine_has_it(sign):
    values = np.array([np.nan, 1.0, np.inf, -np.inf])
    found = np.flatnonzero(_bounded(HeldNumbers(values, np.ones(4, bool)), Bound("a", sign, 1.0)))
    assert found.tolist() == matching(pa.table({"a": values}), f"a {sign} 1.0").tolist()


def test_long_fractions_are_what_the_engine_makes_of_them():
    values = np.random.default_rng(3).normal(0, 1000, 60)
    held, table = HeldNumbers(values, np.ones(len(values), bool)), pa.table({"a": values})
    for text in (*map(repr, values[:20].tolist()), "0.1234567890123456789", "-12.50000000000000000001"):
        for sign in (">=", "<="):
            where = f"a {sign} {text}"
            told = plain_clause(where)
            assert isinstance(told, Bound)
            assert np.flatnonzero(_bounded(held, told)).tolist() == matching(table, where).tolist(), where
