import pytest

from faceshards.errors import DamagedShard
from faceshards.shards.schema.provenance import Provenance, provenance_record

FACES = Provenance("faces", 2, {"min_face": 40}, {"onet": "5e" * 32})


def test_a_record_comes_back():
    assert Provenance.of(FACES.record()) == FACES
    assert provenance_record([FACES]) == {FACES.fingerprint: FACES.record()}


def test_the_fingerprint_is_of_all_that_it_says_and_of_no_order():
    others = [
        Provenance("face", 2, FACES.params, FACES.models),
        Provenance("faces", 3, FACES.params, FACES.models),
        Provenance("faces", 2, {"min_face": 41}, FACES.models),
        Provenance("faces", 2, FACES.params, {}),
    ]
    assert len({one.fingerprint for one in [FACES, *others]}) == 5 and len(FACES.fingerprint) == 32
    assert Provenance("a", 1, {"x": 1, "y": 2}).fingerprint == Provenance("a", 1, {"y": 2, "x": 1}).fingerprint


@pytest.mark.parametrize("record", [{}, {**FACES.record(), "version": "two"}, {**FACES.record(), "params": 3}, [1]])
def test_what_is_no_record_is_damage(record):
    with pytest.raises(DamagedShard, match="provenance record is malformed"):
        Provenance.of(record)
