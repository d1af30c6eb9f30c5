"""The backends of `stylize`: which parameters each goes by, what it needs."""

import pytest

from faceshards.curation.plan import recipe_of
from faceshards.curation.stages.stylize import Stylize, StylizeParams, backends
from faceshards.errors import MissingExtra, UsageError
from faceshards.models.weights import hub


def test_a_parameter_that_a_backend_does_not_go_by_is_no_part_of_its_recipe():
    plain = recipe_of(Stylize()).fingerprint
    assert recipe_of(Stylize(StylizeParams(steps=5, side=64))).fingerprint == plain
    assert recipe_of(Stylize(StylizeParams(levels=5))).fingerprint != plain
    candy = StylizeParams("fast-neural-style")
    assert Stylize(candy).record == {"backend": "fast-neural-style", "model": "fns_candy", "side": 512}
    assert (Stylize(candy).weights, Stylize(candy).runtimes) == (("fns_candy",), ("onnxruntime",))
    assert Stylize(StylizeParams("animegan2")).runtimes == ("torch",)
    assert Stylize(StylizeParams("animegan2", model="animegan2_hayao_onnx")).runtimes == ("onnxruntime",)
    assert (Stylize().weights, Stylize().runtimes) == ((), ())


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"backend": "oil"}, "one of opencv, fast-neural-style, animegan2, dct-net, sdxl-turbo, got 'oil'"),
        (
            {"backend": "animegan2", "model": "fns_candy2"},
            "one of animegan2_celeba_distill, .* got 'fns_candy2'",
        ),
        ({"saturation": -5.0}, "saturation must be from 0 to 10, got -5"),
        ({"strength": 0.0}, "got 0 and 30"),
        ({"strength": 0.1, "steps": 5}, "got 0.1 and 5"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_before_any_work(params, said):
    with pytest.raises(UsageError, match=said):
        Stylize(StylizeParams(**params)).planned()


def test_a_pipeline_without_its_packages_names_the_extra(monkeypatch):
    monkeypatch.setattr(hub, "find_spec", lambda name: None if name == "diffusers" else object())
    with pytest.raises(MissingExtra, match=r"needs diffusers, .*pip install 'faceshards\[stylize\]'"):
        Stylize(StylizeParams("sdxl-turbo")).planned()


def test_the_noise_of_a_clip_comes_of_its_key_and_the_seed():
    seeds = {backends.seed_of(seed, key) for seed in (0, 1) for key in ("a", "b")}
    assert len(seeds) == 4 and backends.seed_of(0, "a") in seeds and all(0 <= one < 1 << 63 for one in seeds)
