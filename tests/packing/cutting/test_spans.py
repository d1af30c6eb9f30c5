import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.container import RangedFile
from faceshards.media.cutting.reel import Reel
from faceshards.packing.cutting.cut_rules import CutRules
from faceshards.packing.cutting.spans import spans_of


@pytest.fixture(scope="module")
def reel(made):
    """Three scenes of 20 pictures, 25 a second."""
    rng = np.random.default_rng(5)
    scenes = [rng.integers(0, 255, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1) for _ in range(3)]
    body = made([scene for scene in scenes for _ in range(20)])
    one = Reel(RangedFile(lambda start, stop: body[start:stop], len(body)))
    yield one
    one.close()


def spans(reel, text, beside=None, **limits) -> tuple[list[tuple[float, float]], int]:
    found, short = spans_of(reel, CutRules.of(text, **limits), [], beside or {})
    return [(round(one.start, 3), round(one.end, 3)) for one in found], short


def test_a_fixed_length_leaves_a_rest(reel):
    assert spans(reel, "1s") == ([(0, 1), (1, 2), (2, 2.4)], 0)
    assert spans(reel, "1.2s") == ([(0, 1.2), (1.2, 2.4)], 0)
    assert spans(reel, "9s") == ([(0, 2.4)], 0)
    assert spans(reel, "1s", least=0.5) == ([(0, 1), (1, 2)], 1)


def test_a_clock_that_leaps_by_years_makes_a_cut_where_pictures_are(made):
    body = made([np.full((32, 32, 3), 9 * number, np.uint8) for number in range(20)], options={"bf": "0"})
    one = Reel(RangedFile(lambda start, stop: body[start:stop], len(body)))
    one.line.ticks[10:] += 10**13
    found, _ = spans(one, "1s")
    assert found[0] == (0, 1) and len(found) == 2 and found[1][0] > 1e8
    one.close()


def test_shots_follow_one_another_from_the_first_picture_to_the_end(reel):
    pytest.importorskip("scenedetect")
    assert spans(reel, "shots") == ([(0, 0.8), (0.8, 1.6), (1.6, 2.4)], 0)
    assert spans(reel, "shots", most=0.5)[0] == [(0, 0.4), (0.4, 0.8), (0.8, 1.2), (1.2, 1.6), (1.6, 2), (2, 2.4)]


def test_speech_is_where_the_stage_heard_it(reel):
    assert spans(reel, "speech", {"speech_spans": [[0.1, 0.9], [1, 2]]}) == ([(0.1, 0.9), (1, 2)], 0)
    with pytest.raises(ClipError, match="--stages speech") as caught:
        spans(reel, "speech")
    assert caught.value.code == "bad-column"
    with pytest.raises(ClipError) as caught:
        spans(reel, "speech", {"speech_spans": []})
    assert caught.value.code == "no-speech"


@pytest.mark.parametrize("value", [[[1]], [[2, 1]], [["a", "b"]], {"a": 1}, [[0, float("inf")]], [[True, 2]], "x"])
def test_speech_that_is_none_is_refused(reel, value):
    with pytest.raises(ClipError):
        spans(reel, "speech", {"speech_spans": value})
