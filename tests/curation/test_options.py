"""The options of the command as a plan and a place to work."""

import os

import pytest

from faceshards.curation.engine.stage import Resources
from faceshards.curation.options import Where, _refuse_forbidden, plan_of, require_device, takes_of
from faceshards.curation.plan import StagePlan, recipe_of
from faceshards.curation.table import stage_table
from faceshards.errors import REASONS, StageError, UsageError
from faceshards.jobs.actors import Takes
from tests.curation.toy_stages import Light, Peak


def names(stages) -> list[str]:
    return [stage.name for stage in stages]


def words(**changes):
    standard = dict(given={}, time_limit=None, retry=frozenset(), limit=None)
    return standard | changes


def test_words_become_parameters(tmp_path):
    given = {"faces": {"min_face": 64}, "swap": {"backend": "blend"}}
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


@pytest.mark.parametrize(
    ("stage", "given"), [("swap", {"backend": "facefusion"}), ("stylize", {"backend": "sdxl-turbo"}), ("latents", {})]
)
def test_what_the_user_brings_cannot_be_judged(stage, given):
    kind = stage_table()[stage]
    with pytest.raises(UsageError, match=f"--commercial: stage {stage} runs a .* of your own, whose licence is not"):
        _refuse_forbidden(kind(kind.parameters(**given)))


def test_a_stage_whose_models_forbid_it_is_refused_for_commercial_use():
    assert plan_of(["faces"], **words(commercial=True)).stages
    with pytest.raises(UsageError, match=r"stage faces uses det_10g, .*non-commercial research only"):
        plan_of(["faces"], **words(commercial=True, given={"faces": {"backend": "scrfd"}}))


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
    first = plan_of(["landmarks", "swap"], **words(given={"swap": {"folder": "portraits"}}))
    swap = first.stages[1]
    assert swap.params.folder == str(tmp_path / "portraits") and list(swap.params.digests) == ["a.png"]
    Image.fromarray(astronaut[::-1]).save(tmp_path / "portraits" / "a.png")
    again = plan_of(["landmarks", "swap"], **words(given={"swap": {"folder": "portraits"}}))
    assert again.stages[1].params.digests != swap.params.digests


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"retry": frozenset({"tired", "timeout"})}, "got tired"),
        ({"limit": -3}, "--limit must be at least 1, got -3"),
        ({"time_limit": -0.5}, "--time-limit must be 0 .* got -0.5"),
        ({"time_limit": float("nan")}, "--time-limit must be 0 .* got nan"),
    ],
)
def test_a_refusal_names_the_option_and_what_it_got(changes, said):
    with pytest.raises(UsageError, match=said):
        plan_of(["faces"], **words(**changes))


def test_a_device_reaches_the_stages_that_can_use_it_and_is_no_part_of_what_they_make():
    from faceshards.curation.stages.faces.faces import Faces

    given = {"faces": {"backend": "yunet"}}
    with pytest.raises(UsageError, match="--device cuda: none of faces, loudness runs on a GPU"):
        plan_of(["faces", "loudness"], **words(device="cuda"))
    here = plan_of(["faces", "loudness"], **words(given=given))
    there = plan_of(["faces", "loudness"], **words(given=given, device="cuda:1"))
    assert [stage.device for plan in (here, there) for stage in plan.stages] == ["cpu", "cpu", "cuda:1", "cuda:1"]
    assert (here.resources.gpus, there.resources.gpus) == (0.0, Faces.gpu_share)
    assert recipe_of(here.stages[0]).fingerprint == recipe_of(there.stages[0]).fingerprint
    with pytest.raises(UsageError, match="must be cpu, cuda or cuda:NUMBER, got 'gpu'"):
        plan_of(["faces"], **words(device="gpu"))


def test_what_a_worker_takes_is_what_its_stages_say():
    class Large(Light):
        gpu_share, memory, runtimes = 0.5, 3_000_000_000, ("torch",)

    class Wide(Peak):
        def resources(self):
            return Resources(cpus=2.0, memory=1_000_000_000)

    plan = StagePlan((Large(), Wide()), device="cuda")
    assert plan.resources == Resources(cpus=2.0, gpus=0.5, memory=4_000_000_000)
    assert StagePlan((Large(), Wide())).resources.gpus == 0
    Large.memory = 10**15  # more than a share of any machine: what Ray gives, the worker may have
    assert takes_of(plan, Where()) == Takes(2.0, 0.5, 10**15 + 10**9, 10**15 + 10**9)
    Large.memory = 3_000_000_000
    given = Where(workers=1, memory=5_000_000_000)
    assert (takes_of(plan, given).memory, takes_of(plan, given).limit) == (4_000_000_000, 5_000_000_000)
    with pytest.raises(UsageError, match="--memory gives a worker 3 GB, and its stages take 4 GB"):
        takes_of(plan, Where(workers=1, memory=3_000_000_000))


def test_one_gpu_of_several_is_for_a_worker_that_ray_does_not_place():
    pytest.importorskip("onnxruntime")
    given = {"faces": {"backend": "yunet"}}
    plan = plan_of(["faces"], **words(given=given, device="cuda:999"))
    with pytest.raises(UsageError, match=r"add --inline, or .* CUDA_VISIBLE_DEVICES=999 .* --device cuda"):
        require_device(plan, Where())
    with pytest.raises(StageError, match="--device cuda:999: device 'cuda:999' was asked for"):
        require_device(plan, Where(inline=True))
    on_ray = plan_of(["faces"], **words(given=given, device="cuda"))
    require_device(on_ray, Where(ray="auto"))  # Ray knows what the cluster has
