"""What every stage has from its base: parameters, marks, models, one set-up, one result a clip."""

import pickle
from dataclasses import dataclass, field

import pytest

from faceshards.curation.clip import StageClip
from faceshards.curation.faces import Faces
from faceshards.curation.stage import Failure, Outcome, Stage
from faceshards.errors import StageError
from faceshards.shards.reader import Shard
from tests.curation.toy_stages import Length, Light, Trouble


@dataclass
class Loading(Stage):
    """Loads something, if it can."""

    name = "loading"
    makes = ("loaded.npy",)
    scores = ("load",)
    there: bool = True
    loaded: int = field(default=0, init=False)

    def setup(self) -> None:
        if not self.there:
            raise StageError("the model is not there")
        self.loaded += 1


@pytest.fixture
def clips(shard):
    with Shard(shard) as opened:
        yield [StageClip(opened, row, opened.json(row)) for row in range(len(opened))]


def test_parameters_are_the_fields_that_a_caller_sets():
    assert Light(gain=2.0).params == {"gain": 2.0, "bad": "-"}
    assert Loading().params == {"there": True} and Length().params == {}


def test_a_stage_leaves_its_mark_at_its_columns_and_where_it_has_none_at_its_scores():
    assert (Light().marks, Length().marks) == (("light.npy",), ("samples",))


def test_the_models_of_a_stage_are_named_by_file_and_digest():
    models = Faces().models
    assert len(models) == len(Faces.weights) > 0 and all(len(digest) == 64 for digest in models.values())
    assert Light().models == {}


def test_models_are_loaded_once_and_a_failure_is_tried_anew():
    stage = Loading()
    for _ in range(3):
        stage.prepare()
    assert stage.loaded == 1
    broken = Loading(there=False)
    for _ in range(2):
        with pytest.raises(StageError):
            broken.prepare()
    broken.there = True
    broken.prepare()
    assert broken.loaded == 1


def test_a_stage_travels_before_its_models_are_loaded_and_loads_them_there():
    stage = Loading()
    there = pickle.loads(pickle.dumps(stage))  # noqa: S301 - our own
    there.prepare()
    assert (stage.loaded, there.loaded) == (0, 1)


def test_each_clip_has_its_result_in_order_and_a_bad_one_keeps_its_reason(clips):
    results = Light(bad="hopper").process(clips)
    assert [type(one) for one in results] == [Outcome, Failure] * 3
    assert results[3] == Failure("no-face", "hopper.2 is bad")
    assert [len(one.columns["light.npy"]) for one in results[::2]] == [8, 12, 16]
    assert Light().process([]) == []


def test_what_is_no_fault_of_the_clip_is_not_taken_for_one(clips):
    with pytest.raises(ZeroDivisionError):
        Trouble(on="astro 2").process(clips)


def test_a_stage_that_says_nothing_of_one_clip_is_told_so(clips):
    with pytest.raises(NotImplementedError):
        Loading().process(clips[:1])
