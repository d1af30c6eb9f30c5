import pytest

from faceshards.shards.schema.provenance import Provenance
from faceshards.viewer.summary.failures import first_failure, recorded_failures, stage_order, stage_reads


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
    made = provenance(Provenance("faces", 1), Provenance("swap", 1))
    swapped = next(name for name, one in made.items() if one.stage == "swap")
    inputs = {"faces": {"swapped.mp4": [1, 2], "other/mp4": [3, 4]}}  # against the order of the table
    reads = stage_reads([{"inputs": inputs, "made": {"swapped.mp4": swapped}}], made)
    assert reads == {"faces": {"swap"}} and stage_order(made, reads) == ("swap", "faces")


@pytest.mark.parametrize(
    "facts", [{}, {"inputs": 3, "made": {}}, {"inputs": {"a": 3, "b": {"c": 1}}, "made": {"c": []}}]
)
def test_inputs_of_odd_types_read_nothing(facts):
    assert not any(stage_reads([facts], {}).values())


def test_independent_stages_stand_as_in_the_table_and_pack_is_none():
    made = [Provenance(stage, 1) for stage in ("zebra", "loudness", "spectrogram", "faces", "pack", "ant")]
    assert stage_order(provenance(*made), {}) == ("faces", "spectrogram", "loudness", "ant", "zebra")


def test_a_stage_that_only_failed_is_there():
    assert stage_order(provenance(Provenance("swap", 1)), {}, ["faces"]) == ("faces", "swap")


def test_a_circle_and_a_long_chain_end():
    made = provenance(Provenance("a", 1), Provenance("b", 1))
    assert sorted(stage_order(made, {"a": {"b"}, "b": {"a"}})) == ["a", "b"]
    chain = {f"s{n}": {f"s{n + 1}"} for n in range(5000)}
    assert len(stage_order(provenance(*(Provenance(stage, 1) for stage in chain)), chain)) >= 5000
