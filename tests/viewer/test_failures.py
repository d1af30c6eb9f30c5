import pytest

from faceshards.shards.schema.provenance import Provenance
from faceshards.viewer.failures import first_failure, recorded_failures, stage_order


def failed(stage, code, reason=""):
    return {"stage": stage, "code": code, "reason": reason}


def test_the_first_failure_is_no_consequence():
    facts = {"name": "a.b", "failures": [failed("swap", "needs-failed"), failed("faces", "no-face", "why")]}
    found = first_failure("a=2Eb", facts)
    assert (found.key, found.name, found.stage, found.code, found.reason) == ("a=2Eb", "a.b", "faces", "no-face", "why")


def test_a_consequence_alone_is_a_failure():
    assert first_failure("a", {"failures": [failed("swap", "needs-failed")]}).stage == "swap"


@pytest.mark.parametrize("facts", [{}, {"failures": []}, {"failures": "none"}, {"failures": [None, 3]}])
def test_a_sample_without_failures_is_whole(facts):
    assert first_failure("a", facts) is None


def test_failures_of_odd_types_become_text():
    assert recorded_failures({"failures": [{"stage": 3}]}) == [{"stage": "3", "code": "", "reason": ""}]


def provenance(*made):
    return {one.fingerprint: one for one in made}


def test_a_stage_stands_behind_what_it_reads():
    swap = Provenance("swap", 1)
    faces = Provenance("faces", 1, inputs=(swap.fingerprint,))  # against the order of the table
    assert stage_order(provenance(faces, swap)) == ("swap", "faces")


def test_independent_stages_stand_as_in_the_table_and_pack_is_none():
    made = [Provenance(stage, 1) for stage in ("zebra", "loudness", "spectrogram", "faces", "pack", "ant")]
    assert stage_order(provenance(*made)) == ("faces", "spectrogram", "loudness", "ant", "zebra")


def test_a_stage_that_only_failed_is_there():
    assert stage_order(provenance(Provenance("swap", 1)), ["faces"]) == ("faces", "swap")


def test_a_circle_and_a_long_chain_end():
    a, b = Provenance("a", 1, inputs=("B",)), Provenance("b", 1, inputs=("A",))
    assert sorted(stage_order({"A": a, "B": b})) == ["a", "b"]
    chain = {str(n): Provenance(f"s{n}", 1, inputs=(str(n + 1),)) for n in range(5000)}
    assert len(stage_order(chain)) == 5000
