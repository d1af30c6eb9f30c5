"""Networks that draw: what they see of a picture, told by small ones with a known answer."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.style_net import ANIMEGAN2, FAST_NEURAL_STYLE, StyleNet, Values
from tests.models.sessions.graphs import node, write

pytest.importorskip("onnxruntime")


def drawing(path: Path, rows: list[int | str], gain: np.ndarray, out: list[int | str] | None = None) -> Path:
    """A network that gives `gain` times what it sees."""
    return write(
        path, [node("Mul", "picture gain", "drawn")], {"picture": rows}, {"drawn": out or rows}, {"gain": gain}
    )


def pictures(n: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (n, height, width, 3), np.uint8)


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("layout", ["first", "last"])
@pytest.mark.parametrize("values", [ANIMEGAN2, FAST_NEURAL_STYLE])
def test_red_is_the_first_channel_wherever_channels_stand(tmp_path, values: Values, layout, free):
    """The network keeps red, halves green and blackens blue: in its own values, where black is not always 0."""
    sides: list[int | str] = ["h", "w"] if free else [64, 96]
    gain = np.array([1.0, 0.5, 0.0], np.float32)
    if layout == "first":
        model = drawing(tmp_path / "a.onnx", ["n" if free else 1, 3, *sides], gain.reshape(3, 1, 1))
    else:
        model = drawing(tmp_path / "a.onnx", ["n" if free else 1, *sides, 3], gain)
    net = StyleNet(model, values, batch=2, side=64)
    assert (net.size, net.batch) == ((64, 64) if free else (96, 64), 2)
    seen = pictures(2, *net.size[::-1])
    (drawn,) = net.run(seen)
    middle = (values.white + values.black) / 2
    grey = 255 * (0 - values.black) / (values.white - values.black)
    assert (drawn.dtype, drawn.shape) == (np.uint8, seen.shape)
    assert np.array_equal(drawn[..., 0], seen[..., 0])
    expected = seen[..., 1] / 2 if middle else 63.75 + seen[..., 1] / 2
    assert np.abs(drawn[..., 1] - expected).max() <= 0.51
    assert np.abs(drawn[..., 2] - grey).max() <= 0.51


def test_what_is_beyond_white_is_white_and_nan_is_an_error(tmp_path):
    net = StyleNet(drawing(tmp_path / "a.onnx", [1, 3, 8, 8], np.array([3.0], np.float32)), FAST_NEURAL_STYLE, 1, 8)
    assert np.array_equal(net.run(np.full((1, 8, 8, 3), 200, np.uint8))[0], np.full((1, 8, 8, 3), 255, np.uint8))
    with pytest.raises(ValueError, match="NaN or infinity"):
        FAST_NEURAL_STYLE.shown(np.array([np.nan]))


@pytest.mark.parametrize(
    ("rows", "out", "side", "said"),
    [
        ([1, 3, 8, 8], [1, 3, 8, 8], 6, "multiple of 4 pixels for a.onnx, got 6"),
        ([1, 4, 8, 8], [1, 4, 8, 8], 8, "does not draw pictures"),
        ([1, 8], [1, 8], 8, "does not draw pictures"),
        ([2, 3, 8, 8], [2, 3, 8, 8], 8, "its rows free or 1"),
    ],
)
def test_a_network_of_another_kind_is_refused(tmp_path, rows, out, side, said):
    model = drawing(tmp_path / "a.onnx", rows, np.ones(1, np.float32), out)
    with pytest.raises(StageError, match=said):
        StyleNet(model, FAST_NEURAL_STYLE, 2, side)


def test_the_real_candy_draws_what_its_own_session_draws(real: Path):
    from skimage import data

    from faceshards.models.sessions.session import open_session

    astronaut = data.astronaut()[:256, 96:352]
    model = real / "weights" / "fns_candy_nc16_256.onnx"
    net = StyleNet(model, FAST_NEURAL_STYLE, batch=2, side=512)
    assert net.size == (256, 256)  # the file's
    (drawn,) = net.run(np.stack([astronaut] * net.batch))
    (alone,) = open_session(model).run({"input.1": astronaut.transpose(2, 0, 1)[None].astype(np.float32)}).values()
    assert np.abs(drawn[0] - alone[0].transpose(1, 2, 0).clip(0, 255)).max() <= 1
    assert np.abs(drawn[0].astype(int) - astronaut).mean() > 20  # another style
