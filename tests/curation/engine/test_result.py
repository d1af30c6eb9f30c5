"""What becomes of a result: encoded or refused, and its word in the json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.curation.engine import Failure, NotApplicable, Outcome
from faceshards.curation.engine.result import applied, check_finite, encoded, no_bugs, recorded, state_after
from faceshards.errors import ClipError, ColumnError, StageBug, StageError
from faceshards.shards.schema.codecs import decode_npy, encode_npy
from faceshards.shards.storage.extent import FileExtent
from tests.curation.engine.toys import Follow, Length, Light, Mirror


def misbehave(how: str) -> None:
    nothing: Any = None
    there: Any = object()
    match how:
        case "name":
            exec_less  # type: ignore[name-defined] # noqa: B018, F821
        case "import":
            from faceshards.curation import no_such_name  # type: ignore[attr-defined] # noqa: F401
        case "module":
            import no_such_package_at_all  # noqa: F401
        case "attribute":
            there.no_such_attribute()
        case "call":
            len(1, 2)  # type: ignore[call-arg, arg-type]
        case "none":
            nothing.codec()
        case "value":
            int("x")
        case "clip":
            raise ClipError("no-face", "none")


@pytest.mark.parametrize("how", ["name", "import", "module", "attribute", "call"])
def test_a_programming_error_says_where_it_is_whatever_clip_it_met(how: str) -> None:
    place = r"stage light, clip 'a b': \w*Error at test_result.py:\d+: .+: mend the stage, then run again"
    with pytest.raises(StageBug, match=place) as caught, no_bugs(Light(), "clip 'a b'"):
        misbehave(how)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize(
    ("how", "kind"),
    [("name", StageBug), ("import", StageBug), ("attribute", AttributeError), ("call", TypeError)],
)
def test_of_a_stage_that_has_finished_clips_it_may_be_the_clips_doing(how: str, kind: type[Exception]) -> None:
    stage = Light()
    stage.proven = True
    with pytest.raises(kind), no_bugs(stage, "clip 'a'"):
        misbehave(how)


@pytest.mark.parametrize(("how", "kind"), [("none", AttributeError), ("value", ValueError), ("clip", ClipError)])
def test_what_a_clip_may_have_brought_about_is_no_bug(how: str, kind: type[Exception]) -> None:
    with pytest.raises(kind), no_bugs(Light(), "clip 'a'"):
        misbehave(how)


def test_a_package_that_is_not_installed_is_named_with_its_remedy() -> None:
    with pytest.raises(StageError, match=r"stage light.*pip install 'faceshards\[torch\]'"), no_bugs(Light(), "x"):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")


def test_an_outcome_has_a_body_for_every_column_of_its_stage_and_for_no_other(tmp_path: Path) -> None:
    made = encoded(Light(), Outcome({"light.npy": np.arange(3)}, {"light_mean": 1.5}))
    assert list(made.columns) == ["light.npy"] and made.scores == {"light_mean": 1.5}
    assert decode_npy(made.columns["light.npy"]).tolist() == [0, 1, 2]
    (tmp_path / "x.mp4").write_bytes(b"video")
    spilled = FileExtent.whole(tmp_path / "x.mp4")
    twin = encoded(Mirror(), Outcome({"mirror.mp4": spilled, "mirror.mp4.packets.npy": np.arange(3)}))
    assert twin.columns["mirror.mp4"] is spilled


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome({"light.npy": np.array([1, np.nan])}),
        Outcome({"light.npy": np.array([[1j, np.inf]])}),
        Outcome({"light.npy": np.array([None])}),
        Outcome({"light.npy": np.arange(3)}, {"light_mean": float("nan")}),
        Outcome({"light.npy": np.arange(3)}, {"light_mean": object()}),
        Outcome({"light.npy": np.arange(3)}, {}, {"light.npy": {"fps": float("inf")}}),
    ],
)
def test_what_no_shard_can_hold_is_refused(outcome: Outcome) -> None:
    with pytest.raises((ColumnError, ValueError, TypeError)):
        encoded(Light(), outcome)


@pytest.mark.parametrize("columns", [{}, {"light.npy": None}, {"light.npy": b""}])
def test_a_column_that_is_declared_gets_a_value(columns: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"light\.npy got no value"):
        encoded(Light(), Outcome(columns))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_numbers_that_come_encoded_are_looked_at_too(kind: Any) -> None:
    whole, holed = encode_npy(np.arange(3.0)), encode_npy(np.array([1, np.inf]))
    assert encoded(Light(), Outcome({"light.npy": kind(whole)})).columns == {"light.npy": whole}
    with pytest.raises(ValueError, match="NaN or infinity"):
        encoded(Light(), Outcome({"light.npy": kind(holed)}))
    with pytest.raises(ColumnError, match="does not decode as npy"):
        encoded(Light(), Outcome({"light.npy": kind(whole[:-1])}))


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome({"light.npy": np.arange(3), "other.npy": np.arange(3)}), "the column other.npy, which it does not"),
        (Outcome({"light.npy": np.arange(3)}, {"light_mean": 1, "other": 2}), "the score other, which it does not"),
    ],
)
def test_what_a_stage_does_not_declare_is_its_bug(outcome: Outcome, said: str) -> None:
    with pytest.raises(StageBug, match=f"stage light puts out {said}"):
        encoded(Light(), outcome)


@pytest.mark.parametrize("value", ["nan", True, [1.0], 10**400])
def test_a_score_is_of_the_type_that_it_is_declared_with(value: object) -> None:
    with pytest.raises(ValueError, match="light_mean must be double, got"):
        encoded(Light(), Outcome({"light.npy": np.arange(3)}, {"light_mean": value}))


@pytest.mark.parametrize("value", [None, 3, 1.5, np.float64(2.5)])
def test_a_score_that_fits_is_taken(value: object) -> None:
    assert encoded(Light(), Outcome({"light.npy": np.arange(3)}, {"light_mean": value})).scores == {"light_mean": value}


@pytest.mark.parametrize(
    "bad",
    [{"a": [1, (2.0, float("nan"))]}, [{"a": np.float32("inf")}], {"b": {"c": np.array([np.inf])}}, {float("nan"): 1}],
)
def test_no_number_that_is_none_hides_in_a_map(bad: object) -> None:
    with pytest.raises(ValueError, match=r"boxes\.msg holds NaN or infinity"):
        check_finite("boxes.msg", bad)
    check_finite("boxes.msg", {"a": [1, (2.0, None)], "b": "nan", "c": np.arange(3), "d": b"x"})


def test_no_sound_is_nothing_to_do_for_who_listens_and_a_failure_for_others() -> None:
    silent, faceless = Failure("no-sound", "it has none"), Failure("no-face", "none")
    assert applied(Length(), silent) == NotApplicable("it has none")
    assert applied(Light(), silent) is silent and applied(Length(), faceless) is faceless
    outcome = Outcome()
    assert applied(Length(), outcome) is outcome
    assert [state_after(one) for one in (outcome, silent, NotApplicable(""))] == ["done", "failed", "n/a"]


def test_only_what_is_the_stage_s_own_is_replaced() -> None:
    light = Light()
    facts = {
        "name": "x", "light_mean": 1, "light_max": 2, "made": {"mp4": "a", "light.npy": "b"},
        "failures": [{"stage": "light", "code": "no-face"}, {"stage": "peak", "code": "timeout"}],
        "media": {"mp4": {"codec": "h264"}, "light.npy": {"old": 1}},
        "inputs": {"light": {"mp4": [3, 4]}, "peak": {"light.npy": [1, 2]}},
    }  # fmt: skip
    before = {**facts, "failures": [dict(one) for one in facts["failures"]]}
    kept = {
        "name": "x", "light_max": 2, "made": {"mp4": "a", "light.npy": "c"}, "media": {"mp4": {"codec": "h264"}},
        "inputs": {"light": {"mp4": [5, 6]}, "peak": {"light.npy": [1, 2]}},
    }  # fmt: skip
    done = recorded(facts, light, Outcome(scores={"light_mean": 3, "other": 4}), "c", {"mp4": [5, 6]})
    assert done == kept | {"light_mean": 3, "failures": [{"stage": "peak", "code": "timeout"}]}
    failed = recorded(facts, light, Failure("no-face", "none", "Traceback"), "c", {"mp4": [5, 6]})
    last = {"stage": "light", "code": "no-face", "reason": "none"}
    states = {"states": {"light.npy": "failed"}}
    assert failed == kept | states | {"failures": [last, {"stage": "peak", "code": "timeout"}]}
    assert recorded(failed, light, NotApplicable("none"), "c", {})["states"] == {"light.npy": "n/a"}
    assert "states" not in recorded(failed, light, Outcome(), "c", {})
    assert recorded({}, light, Outcome(), "c", {}) == {"made": {"light.npy": "c"}, "inputs": {"light": {}}}
    assert facts == before  # and what was given stays


def test_a_stage_without_columns_is_recorded_under_its_scores() -> None:
    done = recorded({}, Length(), Outcome(scores={"samples": 3}), "c", {"mp4": [1, 2]})
    assert done == {"samples": 3, "made": {"samples": "c"}, "inputs": {"length": {"mp4": [1, 2]}}}
    assert recorded({}, Length(), Failure("silent", "0"), "c", {})["failures"][0]["stage"] == "length"


def test_failures_stand_in_one_order_whatever_came_first() -> None:
    stages, one, other = [Light(), Follow()], {}, {}
    for stage in stages:
        one = recorded(one, stage, Failure("no-face", "none"), "c", {})
    for stage in reversed(stages):
        other = recorded(other, stage, Failure("no-face", "none"), "c", {})
    assert one == other and [failure["stage"] for failure in one["failures"]] == ["follow", "light"]
