"""The options of the command as a plan and a place to work."""

import os

import pytest

from faceshards.curation.options import Where, plan_of
from faceshards.errors import REASONS, UsageError


def names(stages) -> list[str]:
    return [stage.name for stage in stages]


def words(**changes):
    standard = dict(given={}, time_limit=None, retry=frozenset(), limit=None)
    return standard | changes


def test_words_become_parameters(tmp_path):
    given = {"faces": {"min_face": 64}}
    plan = plan_of(["swap", " faces ", ""], **words(given=given, retry=frozenset({"timeout"})))
    assert names(plan.stages) == ["faces", "swap"]
    assert [stage.params.min_face for stage in plan.stages] == [64, 40]
    assert plan.retry <= set(REASONS)


@pytest.mark.parametrize(
    ("stages", "changes"),
    [
        ([], {}),
        (["faces"], {"retry": frozenset({"tired"})}),
        (["faces"], {"limit": 0}),
        (["faces"], {"time_limit": -1.0}),
        (["faces"], {"given": {"swap": {"folder": "portraits"}}}),
        (["faces", "faces"], {}),
    ],
)
def test_options_that_make_no_sense_are_refused(stages, changes):
    with pytest.raises(UsageError):
        plan_of(stages, **words(**changes))


def test_a_stage_whose_models_forbid_it_is_refused_for_commercial_use(monkeypatch):
    from faceshards.curation.stages.faces.faces import Faces

    assert plan_of(["faces"], **words(commercial=True)).stages
    monkeypatch.setattr(Faces, "weights", ("mtcnn_pnet", "inswapper_128"))
    with pytest.raises(UsageError, match=r"stage faces uses inswapper_128, .*non-commercial research only"):
        plan_of(["faces"], **words(commercial=True))


def test_where_the_work_is_done():
    assert Where(workers=3).actors == 3
    assert Where().actors >= 1
    for off in ({"inline": True, "ray": "auto"}, {"inline": True, "workers": 2}, {"workers": 0}):
        with pytest.raises(UsageError):
            Where(**off)


def test_without_a_limit_on_workers_a_machine_gives_its_cores_and_a_cluster_all_it_has():
    assert Where().actors == os.cpu_count()
    assert Where(ray="auto").actors > 100_000
    assert Where(ray="auto", workers=2).actors == 2


def test_a_folder_of_portraits_is_named_with_what_is_in_it(tmp_path, monkeypatch, astronaut):
    """Another picture is another making; where the folder lies is told in full."""
    from PIL import Image

    (tmp_path / "portraits").mkdir()
    Image.fromarray(astronaut).save(tmp_path / "portraits" / "a.png")
    monkeypatch.chdir(tmp_path)
    first = plan_of(["faces", "swap"], **words(given={"swap": {"folder": "portraits"}}))
    swap = first.stages[1]
    assert swap.params.folder == str(tmp_path / "portraits") and list(swap.params.digests) == ["a.png"]
    Image.fromarray(astronaut[::-1]).save(tmp_path / "portraits" / "a.png")
    again = plan_of(["faces", "swap"], **words(given={"swap": {"folder": "portraits"}}))
    assert again.stages[1].params.digests != swap.params.digests


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"retry": frozenset({"tired", "timeout"})}, "got tired"),
        ({"limit": -3}, "--limit must be at least 1, got -3"),
        ({"time_limit": -0.5}, "--time-limit must be 0 .* got -0.5"),
    ],
)
def test_a_refusal_names_the_option_and_what_it_got(changes, said):
    with pytest.raises(UsageError, match=said):
        plan_of(["faces"], **words(**changes))
