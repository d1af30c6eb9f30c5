"""L2CS-Net: the state_dict's names, the trunk against a plain restatement, the arithmetic, the signs, the crop."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from faceshards.errors import StageError, WeightsError
from faceshards.models.nets.l2cs import SIDE, L2cs, L2csGaze, face_picture


def random_state(seed: int = 0) -> dict[str, torch.Tensor]:
    """A state_dict of the authors' names: torchvision's ResNet50 without its last layer, and three of theirs."""
    torch.manual_seed(seed)
    state: dict[str, torch.Tensor] = {}

    def convolution(name: str, out: int, channels: int, side: int) -> None:
        state[f"{name}.weight"] = torch.randn(out, channels, side, side) / (channels * side * side) ** 0.5

    def norm(name: str, channels: int) -> None:
        for part in ("weight", "running_var"):
            state[f"{name}.{part}"] = 0.5 + torch.rand(channels)
        for part in ("bias", "running_mean"):
            state[f"{name}.{part}"] = torch.randn(channels) / 10
        state[f"{name}.num_batches_tracked"] = torch.tensor(1)

    convolution("conv1", 64, 3, 7)
    norm("bn1", 64)
    channels = 64
    for layer, (count, middle) in enumerate(zip((3, 4, 6, 3), (64, 128, 256, 512), strict=True), start=1):
        for block in range(count):
            name = f"layer{layer}.{block}"
            for number, (out, into, side) in enumerate(
                [(middle, channels, 1), (middle, middle, 3), (4 * middle, middle, 1)], start=1
            ):
                convolution(f"{name}.conv{number}", out, into, side)
                norm(f"{name}.bn{number}", out)
            if block == 0:
                convolution(f"{name}.downsample.0", 4 * middle, channels, 1)
                norm(f"{name}.downsample.1", 4 * middle)
            channels = 4 * middle
    for name, shape in {"fc_yaw_gaze": (90, 2048), "fc_pitch_gaze": (90, 2048), "fc_finetune": (3, 2051)}.items():
        state[f"{name}.weight"], state[f"{name}.bias"] = torch.randn(shape) / 45, torch.zeros(shape[0])
    return state


def looking(across: float, up: float) -> dict[str, torch.Tensor]:
    """Weights by which every face looks to the picture's left and up, by so many degrees, multiples of four."""
    state = random_state()
    for name, degrees in (("fc_yaw_gaze", across), ("fc_pitch_gaze", up)):
        state[f"{name}.weight"] *= 0
        state[f"{name}.bias"][round((degrees + 180) / 4)] = 100
    return state


def restated(state: dict[str, torch.Tensor], pictures: torch.Tensor) -> list[torch.Tensor]:
    """The logits of both heads, by the paper's figure of a ResNet50, no module of ours in it."""

    def conv(maps: torch.Tensor, name: str, norm: str, stride: int = 1) -> torch.Tensor:
        weight = state[f"{name}.weight"]
        maps = functional.conv2d(maps, weight, stride=stride, padding=weight.shape[-1] // 2)
        scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + 1e-5).sqrt()
        shift = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
        return maps * scale[:, None, None] + shift[:, None, None]

    maps = functional.max_pool2d(conv(pictures, "conv1", "bn1", 2).relu(), 3, 2, 1)
    for layer, count in enumerate((3, 4, 6, 3), start=1):
        for block in range(count):
            name, stride = f"layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1
            past = conv(maps, f"{name}.downsample.0", f"{name}.downsample.1", stride) if block == 0 else maps
            inner = conv(maps, f"{name}.conv1", f"{name}.bn1").relu()
            inner = conv(inner, f"{name}.conv2", f"{name}.bn2", stride).relu()
            maps = (conv(inner, f"{name}.conv3", f"{name}.bn3") + past).relu()
    features = maps.flatten(2).mean(2)
    return [features @ state[f"{n}.weight"].T + state[f"{n}.bias"] for n in ("fc_yaw_gaze", "fc_pitch_gaze")]


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    return random_state()


def test_the_names_are_the_authors_and_the_trunk_is_a_resnet50(state):
    with torch.device("meta"):
        net = L2cs()
    assert set(net.state_dict()) == set(state)
    assert sum(value.numel() for value in net.parameters()) == 23_508_032 + 2 * 2049 * 90 + 2052 * 3
    net.load_state_dict(state, assign=True)
    pictures = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        for ours, theirs in zip(net.eval()(pictures), restated(state, pictures), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)


def test_an_angle_is_the_mean_of_its_classes_and_the_first_head_is_the_yaw(state, tmp_path):
    """As the authors' pipeline computes it, which calls the first head pitch; their arrow then points to the left."""
    path = tmp_path / "L2CSNet_gaze360.pkl"
    torch.save(state, path)
    face = np.random.default_rng(0).integers(0, 256, (1, 96, 96, 3), np.uint8)
    (gaze,) = L2csGaze(path).run(face)
    mean, spread = (np.array(one, np.float32) for one in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    seen = torch.from_numpy((face.astype(np.float32) / 255 - mean) / spread).permute(0, 3, 1, 2)
    with torch.inference_mode():
        first, second = (torch.softmax(one, 1).double().numpy()[0] for one in restated(state, seen))
    across, up = (np.radians((one * np.arange(90)).sum() * 4 - 180) for one in (first, second))
    np.testing.assert_allclose(gaze, [[-across, up]], atol=1e-3)


def test_a_file_that_is_no_state_dict_of_it_is_refused_and_runs_no_code(state, tmp_path):
    path = tmp_path / "x.pkl"
    path.write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "run").encode() + b"'\ntR.")
    with pytest.raises(WeightsError, match="cannot be read as a state_dict"):
        L2csGaze(path)
    assert not (tmp_path / "run").exists()
    for odd in ([1], {"conv1.weight": 3}, {name: value for name, value in state.items() if name != "bn1.bias"}):
        torch.save(odd, path)
        with pytest.raises(WeightsError, match="is no state_dict of L2CS-Net on a ResNet50: '"):
            L2csGaze(path)
    torch.save(state | {"module.extra": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match=r"'module\.extra' is not as there"):
        L2csGaze(path)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_a_gpu_that_is_not_here_is_an_error(tmp_path):
    with pytest.raises(StageError, match=r"device 'cuda' was asked for and this torch cannot use it: .* finds 0 GPUs"):
        L2csGaze(tmp_path / "none.pkl", device="cuda")


def test_a_face_is_the_part_of_its_box_within_the_picture_squashed():
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, :50] = [255, 0, 0]
    seen = face_picture(picture, np.array([-30.0, 20.7, 100.9, 130]))  # columns 0 to 99
    assert seen.shape == (SIDE, SIDE, 3)
    assert (seen[:, : SIDE // 2 - 4] == [255, 0, 0]).all() and not seen[:, SIDE // 2 + 4 :].any()
    assert face_picture(picture, np.array([500.0, 300, 600, 400])).shape == (SIDE, SIDE, 3)
