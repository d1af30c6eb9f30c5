import pickle

import pytest

from faceshards.curation.engine import Made, Stage
from faceshards.curation.plan import StagePlan, in_order
from faceshards.errors import StageBug, StageError, UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance
from tests.curation.toy_stages import Length, Light, Nothing, Peak, array


def names(stages) -> list[str]:
    return [stage.name for stage in stages]


class Members:
    """What a clip's members hold, by name; all that are not `absent` are there."""

    def __init__(self, absent: str = "", **held: list[int] | str) -> None:
        self.absent, self.held = absent, held

    def has(self, column: str) -> bool:
        return column != self.absent

    def read_by(self, stage) -> dict:
        return {name: self.held.get(name, [1, 2]) for name in stage.reads or ("mp4",)}

    def holds(self, stage, inputs) -> bool:
        return inputs == self.read_by(stage)


def todo(plan: StagePlan, facts: dict, members: Members = Members()) -> list[str]:
    found = plan.todo(facts, members)
    return names((*found.now, *found.later))


def done(plan: StagePlan) -> dict:
    """The facts of a clip that is up to the plan."""
    made = {mark: plan.recipes[stage.name].fingerprint for stage in plan.stages for mark in stage.marks}
    return {"made": made, "inputs": {stage.name: Members().read_by(stage) for stage in plan.stages}}


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


@pytest.mark.parametrize(
    ("answer", "said"),
    [(lambda: unknown_name, "NameError at test_plan.py"), (lambda: ["light.npy"], "needs 'light.npy', which is no")],  # type: ignore[name-defined] # noqa: F821
)
def test_a_stage_that_cannot_say_what_it_needs_is_named(answer, said):
    class Vague(Light):
        name = "vague"

        def needs(self):
            return answer()

    with pytest.raises(StageBug, match=f"stage vague.*{said}"):
        in_order([Vague()])


def test_a_need_that_nobody_makes_names_the_column(shard):
    with (
        Shard(shard) as opened,
        pytest.raises(StageError, match=r"stage peak needs the column light\.npy, .*: add the stage that makes it"),
    ):
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


def test_another_source_clip_is_another_input_and_what_stands_behind_waits_to_see_whether_it_matters():
    plan = StagePlan((Light(), Peak(), Length()))
    found = plan.todo(done(plan), Members(mp4=[1, 3]))
    assert (names(found.now), names(found.later), found.sure) == (["light", "length"], ["peak"], frozenset())


def test_a_stage_that_is_lacking_anyway_waits_only_for_one_that_waits():
    class Last(Peak):
        name, makes = "last", array("last.npy")

        def needs(self):
            return (Made("peak.npy"),)

    plan = StagePlan((Light(), Peak(), Last()))
    facts = done(StagePlan((Light(), Peak())))
    assert names(plan.todo(facts, Members()).now) == ["last"]
    found = plan.todo(facts, Members(mp4=[1, 3]))
    assert (names(found.now), names(found.later), found.sure) == (["light"], ["peak", "last"], {"last"})
    assert names(plan.todo({}, Members()).now) == ["light", "peak", "last"]


def test_recipes_that_no_sample_names_are_forgotten_but_others_are_no_affair_of_the_plan():
    old, plan = StagePlan((Light(gain=2.0),)), StagePlan((Light(), Peak()))
    pack = Provenance("pack", 1)
    known = {one.fingerprint: one for one in (pack, *old.recipes.values(), *plan.recipes.values())}
    assert plan.forgotten(known, [done(plan)]) == {old.recipes["light"].fingerprint}
    assert plan.forgotten(known, [done(plan), done(old)]) == set()


def test_a_column_that_was_dropped_is_made_again():
    plan = StagePlan((Light(), Peak()))
    facts = done(plan)
    assert todo(plan, facts, Members(absent="peak.npy")) == ["peak"]


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
    assert again.recipes == plan.recipes
