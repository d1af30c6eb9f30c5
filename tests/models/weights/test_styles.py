"""Model files of networks that draw."""

from faceshards.curation.stages.stylize import StylizeParams
from faceshards.curation.stages.stylize.backends import check, weights_of
from faceshards.models.weights.styles import STYLES


def test_each_is_of_a_backend_that_takes_it():
    for weights in STYLES:
        backend = weights.needed_by.removeprefix("stylize (").removesuffix(")")
        params = StylizeParams(backend, model=weights.name)
        check(params)
        assert weights.name in weights_of(params) and weights.files[0].endswith((".onnx", ".pt", ".jpg"))
        assert len(weights_of(params)) == (3 if backend == "dct-net" else 1)
