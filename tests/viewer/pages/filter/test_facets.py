import numpy as np
import pytest

from faceshards.errors import UsageError
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.filter.chosen import Chosen
from faceshards.viewer.pages.filter.facets import Facets, FilteredRows, _scale


@pytest.fixture
def facets(collection):
    chosen = Chosen(collection)

    def of(name, where="", **more):
        part = FilteredRows(chosen.mask(where), chosen.shown)
        made = Facets(chosen)
        return made.values(name, part, **more) if more else made.of(name, part)

    return of


def test_numbers_fall_into_equal_bins_of_all_and_of_chosen_rows(facets):
    told = facets("face_share", "face_share >= 0.9 AND face_share <= 1")
    assert (told["low"], told["high"], told["bins"], told["step"]) == (0.1, 1.0, 40, 0.001)
    assert sum(told["all"]) == 7 and told["absent"] == 1
    assert sum(told["chosen"]) == 4 and told["chosen"][-1] == 1 and told["chosen"][0] == 0
    assert np.flatnonzero(told["chosen"]).tolist() == [35, 37, 39]  # 0.9 (twice), 0.95, 1


def test_whole_numbers_of_few_kinds_have_a_bin_each(tmp_path, samples):
    path = samples.write(tmp_path / "a.tar", [samples.whole(f"c{n}", faces_max=n) for n in (1, 3, 3)])
    chosen = Chosen(Collection([path]))
    told = Facets(chosen).of("faces_max", FilteredRows(chosen.mask("faces_max > 1"), chosen.shown))
    assert (told["each"], told["all"], told["chosen"], told["step"]) == (True, [1, 0, 2], [0, 0, 2], 1.0)


def test_a_row_far_out_does_not_press_the_others_into_one_bin():
    values = np.append(np.linspace(10, 20, 9_999), 1e6)
    low, high = _scale(values, 10.0, 1e6)
    assert low == 10 and 19.9 <= high <= 21


def test_texts_are_told_by_how_often_they_come_and_found_by_a_part(facets):
    told = facets("collection", "face_share > 0.6")
    assert told["values"][:2] == [("it's", 2, 1), ("b", 2, 2)] and told["distinct"] == 6
    assert facets("collection", search="IT'")["values"] == [("it's", 2, 2)]


def test_failures_are_told_word_by_word(facets):
    told = facets("failed", "collection = 'b'")
    assert told["values"] == [
        ("", 5, 1),
        ("faces:no-face", 2, 1),
        ("swap:needs-failed", 1, 1),
        ("sound:no-sound", 1, 0),
    ]


def test_a_scalar_that_is_not_there_is_refused(facets):
    with pytest.raises(UsageError, match="no scalar"):
        facets("nothing")
