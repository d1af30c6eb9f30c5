"""What every stage has from its base: parameters, marks, models; and that it travels before it is set up."""

import pickle

import pytest

from faceshards.curation.engine import Stage
from faceshards.curation.stages.faces.faces import Faces, FacesParams
from faceshards.curation.stages.swap.swap import Swap, SwapParams
from faceshards.errors import StageBug
from tests.curation.toy_stages import Length, Light


def test_parameters_are_a_dataclass_and_stand_in_the_record():
    assert Light(gain=2.0).record == {"gain": 2.0, "bad": "-"} and Length().record == {}
    record = {"min_face": 64, "every": 10, "backend": "yunet"}
    assert Faces().params == FacesParams() and Faces(FacesParams(min_face=64, backend="yunet")).record == record


def test_a_folder_counts_by_what_is_in_it():
    here, there = (Swap(SwapParams(folder=folder, digests={"a.png": "00"})) for folder in ("/here", "/there"))
    assert here.record == there.record == {**Swap().record, "digests": {"a.png": "00"}}
    assert "folder" not in here.record


def test_a_stage_leaves_its_mark_at_its_columns_and_where_it_has_none_at_its_scores():
    assert (Light().marks, Length().marks) == (("light.npy",), ("samples",))


def test_the_models_of_a_stage_are_named_by_file_and_digest():
    models = Faces(FacesParams(backend="mtcnn")).models
    assert set(models) == {"pnet.lz4", "rnet.lz4", "onet.lz4"} and all(len(digest) == 64 for digest in models.values())
    assert Light().models == {}


def test_a_stage_travels():
    there = pickle.loads(pickle.dumps(Light(gain=3.0)))  # noqa: S301 - our own
    assert there.params == Light(gain=3.0).params and there.nets == {}


def test_a_stage_must_say_what_it_makes_of_a_clip():
    class Idle(Stage[FacesParams]):
        name = "idle"

    with pytest.raises(StageBug, match="stage idle has neither `async def work` nor `one`"):
        Idle().one(None)  # type: ignore[arg-type]
