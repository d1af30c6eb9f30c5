import pytest

from faceshards.viewer.pages.filter.clauses import Among, Bound, clauses, plain_clause, spelled


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("a >= 1", ["a >= 1"]),
        ("a >= 1 and b < 2\nAND c = 'x AND y'", ["a >= 1", "b < 2", "c = 'x AND y'"]),
        ("(a = 1 OR b = 2) AND abs(c) < 3", ["(a = 1 OR b = 2)", "abs(c) < 3"]),
        ('"x AND y" > 1 AND l[1 + 1] = 2', ['"x AND y" > 1', "l[1 + 1] = 2"]),
        ("'it''s AND' = a AND b = 1", ["'it''s AND' = a", "b = 1"]),
    ],
)
def test_an_expression_falls_apart_at_its_top_level_ands(expression, parts):
    assert clauses(expression) == parts


@pytest.mark.parametrize(
    "expression",
    [
        "a = 1 AND b = 2 OR c = 3",
        "a BETWEEN 1 AND 2",
        "CASE WHEN a THEN b AND c ELSE d END",
        "a = 1 -- AND b = 2\nAND c",
        "a = 1 /* AND */ AND b",
        "a = E'\\' AND b = ' AND c = 1",
        "a) AND (b",
        "(a AND b",
        "a AND",
        "a = $$x$$ AND b",
        "a = 'x AND b",
    ],
)
def test_what_may_be_no_border_is_left_whole(expression):
    assert clauses(expression) == [expression]


def test_plain_clauses_are_told_by_what_they_say():
    assert plain_clause("face_share >= 0.90") == Bound("face_share", ">=", 0.9)
    assert plain_clause(' "a ""b"" c" < -3 ') == Bound('a "b" c', "<", -3)
    assert plain_clause("collection = 'it''s'") == Among("collection", ("it's",))
    assert plain_clause("collection in ('a', 'b')") == Among("collection", ("a", "b"))
    assert plain_clause("list_has_any(split(failed, ' '), ['', 'a:b'])") == Among("failed", ("", "a:b"), words=True)


@pytest.mark.parametrize(
    "clause",
    ["a >= b", "a >= 1 + 1", "a >= 12345678901234567", "NOT a = 1", "select = 1", "a != 1", "a IN (1, 2)", "a.b > 1"],
)
def test_all_other_clauses_are_the_engines(clause):
    assert plain_clause(clause) is None


def test_names_are_quoted_where_sql_needs_it():
    told = [spelled(name) for name in ("face_share", "order", "My score", 'a"b', "Upper")]
    assert told == ["face_share", '"order"', '"My score"', '"a""b"', '"Upper"']
