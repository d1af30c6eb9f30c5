import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.packing.cutting.cut_rules import CutRules


def test_what_the_command_line_says(tmp_path):
    (tmp_path / "a.csv").write_text("x,1,2\n")
    assert CutRules.of("10s").every == 10 and CutRules.of("2.5s").every == 2.5
    assert CutRules.of("speech").by == "speech"
    assert CutRules.of(str(tmp_path / "a.csv")).spans.rows[0].name == "x"


@pytest.mark.parametrize("text", ["", "10", "0s", "99999999s", "-3s", "scenes", "a.tsv", "10 s"])
def test_nonsense_is_refused_with_what_there_is(text):
    with pytest.raises(UsageError, match="--cut must be"):
        CutRules.of(text)


@pytest.mark.parametrize("limits", [(-1.0, None), (0.0, 0.0), (3.0, 2.0), (float("nan"), None)])
def test_limits_that_leave_nothing_are_refused(limits):
    with pytest.raises(UsageError, match="seconds must be"):
        CutRules.of("10s", *limits)


def test_short_spans_are_left_out_and_long_ones_divided_evenly():
    rules = CutRules.of("10s", 1.0, 4.0)
    spans, short = rules.fitted([(0.0, 0.5), (1.0, 5.0), (5.0, 14.0), (20.0, 21.0)], 60.0)
    assert short == 1
    assert spans == [(1.0, 5.0), (5.0, 8.0), (8.0, 11.0), (11.0, 14.0), (20.0, 21.0)]


def test_what_decides_where_is_cut_is_recorded(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,1,2\n")
    first = CutRules.of(str(path)).record()
    path.write_text("x,1,3\n")
    records = [first, CutRules.of(str(path)).record(), CutRules.of("10s").record(), CutRules.of("10s", 1).record()]
    records += [CutRules.of("10s", exact=True).record(), CutRules.of("speech").record()]
    assert len({repr(one) for one in records}) == len(records)


def test_a_claim_of_years_makes_no_million_cuts():
    rules = CutRules.of("10s", 0.0, 0.001)
    assert rules.fitted([(1.0, 1e12)], 1.004)[0][-1] == pytest.approx((1.003, 1.004))
    assert rules.fitted([(5.0, 1e12)], 1.0) == ([(5.0, 5.0)], 0), "behind the end: rejected as one"
    with pytest.raises(ClipError, match="--max-seconds"):
        rules.fitted([(0.0, 1e9)], 1e9)
