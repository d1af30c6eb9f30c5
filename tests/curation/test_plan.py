import pickle

import pytest

from faceshards.curation.engine import Made, Stage
from faceshards.curation.plan import StagePlan, in_order
from faceshards.errors import StageError, UsageError
from faceshards.shards.reader import Shard
from tests.curation.toy_stages import Length, Light, Nothing, Peak, array


def names(stages) -> list[str]:
    return [stage.name for stage in stages]


def todo(plan: StagePlan, facts: dict) -> list[str]:
    return names(plan.todo(facts, plan.wanted(facts, "mp4"), lambda column: True))


def done(plan: StagePlan, facts: dict | None = None) -> dict:
    """The facts of a clip that is up to the plan."""
    facts = dict(facts or {})
    made = {mark: plan.wanted(facts, "mp4")[stage.name].fingerprint for stage in plan.stages for mark in stage.marks}
    return {**facts, "made": {**facts.get("made", {}), **made}}


def test_a_stage_stands_behind_those_that_make_what_it_needs():
    assert names(StagePlan((Peak(), Length(), Light())).stages) == ["length", "light", "peak"]
    assert names(in_order([Light(), Length(), Peak()])) == ["light", "length", "peak"]


def test_stages_that_need_each_other_or_are_named_twice_are_refused():
    class Chicken(Stage[Nothing]):
        name, makes = "chicken", array("chicken.npy")

        def needs(self):
            return (Made("egg.npy"),)

    class Egg(Stage[Nothing]):
        name, makes = "egg", array("egg.npy")

        def needs(self):
            return (Made("chicken.npy"),)

    with pytest.raises(StageError, match="chicken, egg need each other"):
        in_order([Chicken(), Egg()])

    class Idle(Stage[Nothing]):
        name = "idle"

    with pytest.raises(StageError, match="stage idle makes nothing"):
        in_order([Light(), Idle()])
    with pytest.raises(UsageError, match="named once"):
        in_order([Light(), Light()])


def test_a_need_that_nobody_makes_names_the_column(shard):
    with Shard(shard) as opened, pytest.raises(StageError, match=r"stage peak needs the column light\.npy"):
        StagePlan((Peak(),)).check(opened)
    with Shard(shard) as opened:
        StagePlan((Peak(), Light())).check(opened)


def test_a_clip_up_to_the_plan_lacks_nothing():
    plan = StagePlan((Light(), Peak(), Length()))
    assert todo(plan, {}) == ["light", "peak", "length"]
    assert todo(plan, done(plan)) == []


def test_a_changed_parameter_concerns_that_stage_and_those_behind_it_alone():
    facts = done(StagePlan((Light(), Peak(), Length())))
    assert todo(StagePlan((Light(gain=2.0), Peak(), Length())), facts) == ["light", "peak"]


def test_a_new_version_or_another_model_file_is_another_making(monkeypatch):
    plan = StagePlan((Light(), Peak(), Length()))
    facts = done(plan)
    with monkeypatch.context() as patch:
        patch.setattr(Length, "version", 2)
        assert todo(StagePlan((Light(), Peak(), Length())), facts) == ["length"]
    with monkeypatch.context() as patch:
        patch.setattr(Light, "models", {"light.onnx": "00ff"})
        assert todo(StagePlan((Light(), Peak(), Length())), facts) == ["light", "peak"]


def test_another_source_clip_is_another_input():
    plan = StagePlan((Light(), Length()))
    facts = done(plan, {"made": {"mp4": "a" * 32}})
    assert todo(plan, facts) == []
    assert todo(plan, {**facts, "made": {**facts["made"], "mp4": "b" * 32}}) == ["light", "length"]


def test_a_column_that_was_dropped_is_made_again():
    plan = StagePlan((Light(), Peak()))
    facts = done(plan)
    wanted = plan.wanted(facts, "mp4")
    assert names(plan.todo(facts, wanted, lambda column: column != "peak.npy")) == ["peak"]


def test_a_failure_is_kept_unless_its_code_is_to_be_retried_and_then_those_behind_it_follow():
    facts = done(StagePlan((Light(), Peak(), Length())))
    facts["failures"] = [
        {"stage": "light", "code": "timeout", "reason": ""},
        {"stage": "peak", "code": "needs-failed", "reason": ""},
    ]
    stages = (Light(), Peak(), Length())
    assert todo(StagePlan(stages), facts) == []
    assert todo(StagePlan(stages, retry=frozenset({"stage-failed"})), facts) == []
    assert todo(StagePlan(stages, retry=frozenset({"timeout"})), facts) == ["light", "peak"]


def test_a_plan_travels_to_an_actor():
    plan = StagePlan((Light(gain=3.0), Peak()), time_limit=5.0)
    again = pickle.loads(pickle.dumps(plan))  # noqa: S301 - our own
    assert [(stage.name, stage.params) for stage in again.stages] == [(one.name, one.params) for one in plan.stages]
    assert again.time_limit == 5.0
    facts: dict = {}
    assert again.wanted(facts, "mp4") == plan.wanted(facts, "mp4")
