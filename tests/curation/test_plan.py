import pickle
from dataclasses import dataclass

import pytest

from faceshards.curation.options import Where, plan_of
from faceshards.curation.plan import Plan, in_order
from faceshards.curation.stage import Stage
from faceshards.curation.table import stage_classes, stage_table
from faceshards.errors import REASONS, StageError, UsageError
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.scalars import SCALARS
from tests.curation.toy_stages import Length, Light, Peak


def names(stages) -> list[str]:
    return [stage.name for stage in stages]


def todo(plan: Plan, facts: dict) -> list[str]:
    return names(plan.todo(facts, plan.wanted(facts, "mp4"), lambda column: True))


def done(plan: Plan, facts: dict | None = None) -> dict:
    """The facts of a clip that is up to the plan."""
    facts = dict(facts or {})
    made = {mark: plan.wanted(facts, "mp4")[stage.name].fingerprint for stage in plan.stages for mark in stage.marks}
    return {**facts, "made": {**facts.get("made", {}), **made}}


def test_a_stage_stands_behind_those_that_make_what_it_needs():
    assert names(Plan((Peak(), Length(), Light())).stages) == ["length", "light", "peak"]
    assert names(in_order([Light(), Length(), Peak()])) == ["light", "length", "peak"]


def test_stages_that_need_each_other_or_are_named_twice_are_refused():
    @dataclass
    class Chicken(Stage):
        name = "chicken"
        needs = ("egg.npy",)
        makes = ("chicken.npy",)

    @dataclass
    class Egg(Stage):
        name = "egg"
        needs = ("chicken.npy",)
        makes = ("egg.npy",)

    with pytest.raises(StageError, match="chicken, egg need each other"):
        in_order([Chicken(), Egg()])
    with pytest.raises(UsageError, match="named once"):
        in_order([Light(), Light()])


def test_a_need_that_nobody_makes_names_the_column(shard):
    with Shard(shard) as opened, pytest.raises(StageError, match=r"stage peak needs the column light\.npy"):
        Plan((Peak(),)).check(opened)
    with Shard(shard) as opened:
        Plan((Peak(), Light())).check(opened)


def test_a_clip_up_to_the_plan_lacks_nothing():
    plan = Plan((Light(), Peak(), Length()))
    assert todo(plan, {}) == ["light", "peak", "length"]
    assert todo(plan, done(plan)) == []


def test_a_changed_parameter_concerns_that_stage_and_those_behind_it_alone():
    facts = done(Plan((Light(), Peak(), Length())))
    assert todo(Plan((Light(gain=2.0), Peak(), Length())), facts) == ["light", "peak"]


def test_a_new_version_or_another_model_file_is_another_making(monkeypatch):
    plan = Plan((Light(), Peak(), Length()))
    facts = done(plan)
    with monkeypatch.context() as patch:
        patch.setattr(Length, "version", 2)
        assert todo(Plan((Light(), Peak(), Length())), facts) == ["length"]
    with monkeypatch.context() as patch:
        patch.setattr(Light, "models", {"light.onnx": "00ff"})
        assert todo(Plan((Light(), Peak(), Length())), facts) == ["light", "peak"]


def test_another_source_clip_is_another_input():
    plan = Plan((Light(), Length()))
    facts = done(plan, {"made": {"mp4": "a" * 32}})
    assert todo(plan, facts) == []
    assert todo(plan, {**facts, "made": {**facts["made"], "mp4": "b" * 32}}) == ["light", "length"]


def test_a_column_that_was_dropped_is_made_again():
    plan = Plan((Light(), Peak()))
    facts = done(plan)
    wanted = plan.wanted(facts, "mp4")
    assert names(plan.todo(facts, wanted, lambda column: column != "peak.npy")) == ["peak"]


def test_a_failure_is_kept_unless_its_code_is_to_be_retried_and_then_those_behind_it_follow():
    facts = done(Plan((Light(), Peak(), Length())))
    facts["failures"] = [
        {"stage": "light", "code": "timeout", "reason": ""},
        {"stage": "peak", "code": "needs-failed", "reason": ""},
    ]
    stages = (Light(), Peak(), Length())
    assert todo(Plan(stages), facts) == []
    assert todo(Plan(stages, retry=frozenset({"stage-failed"})), facts) == []
    assert todo(Plan(stages, retry=frozenset({"timeout"})), facts) == ["light", "peak"]


def test_a_plan_travels_to_an_actor():
    plan = Plan((Light(gain=3.0), Peak()), time_limit=5.0)
    again = pickle.loads(pickle.dumps(plan))  # noqa: S301 - our own
    assert again == plan
    facts: dict = {}
    assert again.wanted(facts, "mp4") == plan.wanted(facts, "mp4")


def test_every_stage_of_the_table_makes_documented_columns_and_scores_and_is_picklable():
    for name, kind in stage_table().items():
        stage = pickle.loads(pickle.dumps(kind()))  # noqa: S301 - our own
        assert stage.name == name and stage.marks
        for column in stage.makes:
            assert COLUMNS[column].maker == name
        assert set(stage.scores) <= {*SCALARS, "face_points", "face_frame"}
        for weights, (file, sha256) in zip(stage.weights, stage.models.items(), strict=True):
            assert (file, sha256) == (WEIGHTS[weights].files[0], WEIGHTS[weights].sha256)
            assert len(sha256) == 64


def test_an_unknown_stage_is_told_the_names_there_are():
    with pytest.raises(UsageError, match="faces, face_crop, spectrogram, loudness, stylize, swap, got gaze"):
        stage_classes(["faces", "gaze"])


def words(**changes):
    standard = dict(min_face=40, swap_source=None, time_limit=None, retry=frozenset(), limit=None, max_bytes=1 << 30)
    return standard | changes


def test_words_become_parameters(tmp_path):
    plan = plan_of(["swap", " faces ", ""], **words(min_face=64, retry=frozenset({"timeout"})))
    assert names(plan.stages) == ["faces", "swap"]
    assert [stage.min_face for stage in plan.stages] == [64, 64]
    assert plan.retry <= set(REASONS)


@pytest.mark.parametrize(
    ("stages", "changes"),
    [
        ([], {}),
        (["faces"], {"retry": frozenset({"tired"})}),
        (["faces"], {"limit": 0}),
        (["faces"], {"time_limit": -1.0}),
        (["faces"], {"swap_source": "portraits"}),
        (["faces", "faces"], {}),
    ],
)
def test_words_that_are_off_are_refused(stages, changes):
    with pytest.raises(UsageError):
        plan_of(stages, **words(**changes))


def test_where_the_work_is_done():
    assert Where(workers=3).actors == 3
    assert Where().actors >= 1
    for off in ({"inline": True, "ray": "auto"}, {"inline": True, "workers": 2}, {"workers": 0}):
        with pytest.raises(UsageError):
            Where(**off)
