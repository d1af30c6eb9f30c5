"""AnimeGANv2's generator: the layout of its files of weights, and what it draws."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from faceshards.errors import StageError  # noqa: E402
from faceshards.models.nets.animegan import PARAMETERS, AnimeGan, AnimeGanNet  # noqa: E402


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """A file of random weights in the layout of the published ones."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("animegan") / "face.pt"
    torch.save(AnimeGan().state_dict(), path)
    return path


def test_its_tensors_are_those_of_the_published_files():
    """Names as the generator of bryandlee/animegan2-pytorch has them, model.py; and how many numbers they are."""
    state = AnimeGan().state_dict()
    assert sum(one.numel() for one in state.values()) == PARAMETERS
    shapes = {name: tuple(one.shape) for name, one in state.items()}
    assert shapes["block_a.0.1.weight"] == (32, 3, 7, 7) and shapes["block_b.0.1.weight"] == (128, 64, 3, 3)
    assert shapes["block_c.1.layers.1.1.weight"] == (256, 1, 3, 3) and shapes["block_c.1.layers.1.1.bias"] == (256,)
    assert shapes["block_c.4.layers.2.weight"] == (256, 512, 1, 1) and "block_c.4.layers.2.bias" not in shapes
    assert shapes["block_e.2.2.bias"] == (32,) and shapes["out_layer.0.weight"] == (3, 32, 1, 1)
    assert len(shapes) == 77


def test_it_draws_each_picture_of_a_batch_as_alone_and_takes_rgb(weights):
    net = AnimeGanNet(weights, batch=2, side=64)
    seen = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), np.uint8)
    (drawn,) = net.run(seen)
    assert (drawn.shape, drawn.dtype, net.size) == (seen.shape, np.uint8, (64, 64))
    (swapped,) = net.run(seen[::-1].copy())
    assert np.array_equal(swapped[::-1], drawn)
    plain = AnimeGan()
    plain.load_state_dict(torch.load(weights, weights_only=True))
    with torch.inference_mode():
        values = plain(torch.from_numpy(seen).permute(0, 3, 1, 2) / 127.5 - 1).permute(0, 2, 3, 1)
    assert np.abs(drawn - (values.numpy() * 127.5 + 127.5)).max() <= 0.51
    assert not np.array_equal(net.run(seen[..., ::-1].copy())[0][..., ::-1], drawn)


def test_what_holds_no_such_weights_is_refused_and_no_pickle_is_run(tmp_path, weights):
    import pickle

    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"block_a.0.1.weight": torch.zeros(1)}, tmp_path / "few.pt")
    (tmp_path / "trap.pt").write_bytes(pickle.dumps(Trap(), protocol=2))
    (tmp_path / "empty.pt").touch()
    for name in ("few.pt", "trap.pt", "empty.pt"):
        with pytest.raises(StageError, match=f"{name} does not hold the weights of AnimeGANv2's generator"):
            AnimeGanNet(tmp_path / name, 1, 64)
    assert not (tmp_path / "ran").exists()
    with pytest.raises(StageError, match=r"multiple of 32 pixels for face.pt, got 50"):
        AnimeGanNet(weights, 1, 50)
