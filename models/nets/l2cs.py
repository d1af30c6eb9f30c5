"""L2CS-Net: where a face looks (Abdelrahman et al. 2022, arXiv 2203.03339), on the weights of its authors.

A ResNet50 (He et al. 2015) with two heads, one an angle, each of 90 classes of four degrees from -180 on; an angle is
the mean of the classes by their probabilities. Names are those of the authors' state_dict, `fc_finetune` included,
which nothing uses. Their pipeline calls the first head pitch and the second yaw; the first one is the yaw, positive
towards the picture's left (their `draw_gaze` shows so).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from faceshards.errors import WeightsError
from faceshards.models.device import torch_device

#: The side of its input, in pixels; a face is first brought to half of it, as the authors' pipeline does.
SIDE = 448
_CLASSES, _STEP, _FIRST = 90, 4.0, -180.0
# ImageNet's, of RGB from 0 to 1.
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Blocks of each layer of a ResNet50, and how much wider a block's end is than its middle.
_BLOCKS, _WIDER = (3, 4, 6, 3), 4


class Bottleneck(nn.Module):
    """Three convolutions beside a way past them; the second one strides."""

    def __init__(self, channels: int, middle: int, stride: int) -> None:
        super().__init__()
        out = middle * _WIDER
        self.conv1, self.bn1 = nn.Conv2d(channels, middle, 1, bias=False), nn.BatchNorm2d(middle)
        self.conv2, self.bn2 = nn.Conv2d(middle, middle, 3, stride, 1, bias=False), nn.BatchNorm2d(middle)
        self.conv3, self.bn3 = nn.Conv2d(middle, out, 1, bias=False), nn.BatchNorm2d(out)
        past = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        self.downsample = past if stride != 1 or channels != out else None

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (B, C, H, W) -> (B, 4 * middle, H / stride, W / stride)."""
        past = maps if self.downsample is None else self.downsample(maps)
        maps = torch.relu(self.bn1(self.conv1(maps)))
        maps = torch.relu(self.bn2(self.conv2(maps)))
        return torch.relu(self.bn3(self.conv3(maps)) + past)


class L2cs(nn.Module):
    """Pictures float32 (B, 3, 448, 448), normalised RGB, -> logits of both heads, (B, 90) each: across, and up."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        channels = 64
        for number, count in enumerate(_BLOCKS, start=1):
            middle = 32 << number
            first = Bottleneck(channels, middle, 1 if number == 1 else 2)
            channels = middle * _WIDER
            rest = [Bottleneck(channels, middle, 1) for _ in range(count - 1)]
            self.add_module(f"layer{number}", nn.Sequential(first, *rest))
        self.fc_yaw_gaze, self.fc_pitch_gaze = nn.Linear(channels, _CLASSES), nn.Linear(channels, _CLASSES)
        self.fc_finetune = nn.Linear(channels + 3, 3)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        maps = torch.relu(self.bn1(self.conv1(pictures)))
        maps = nn.functional.max_pool2d(maps, 3, 2, 1)
        for number in range(1, len(_BLOCKS) + 1):
            maps = getattr(self, f"layer{number}")(maps)
        features = maps.mean(dim=(2, 3))
        return self.fc_yaw_gaze(features), self.fc_pitch_gaze(features)


class L2csGaze:
    """The network on its weights, on one device. Raises WeightsError for a file that is no state_dict of it, StageError
    for a device that is not here.
    """

    def __init__(self, model: Path, device: str = "cpu") -> None:
        self._device = torch_device(device)
        with torch.device("meta"):  # no numbers of its own, which would be drawn for nothing
            self._net = L2cs()
        self._net.load_state_dict(_state(model, self._net.state_dict()), assign=True)
        self._net.eval().to(self._device)

    def run(self, faces: np.ndarray) -> tuple[np.ndarray]:
        """Yaw towards the picture's right and pitch upwards, radians float32 (n, 2), of faces, uint8 (n, 448, 448, 3)
        RGB. Raises ValueError for NaN and infinity.
        """
        pictures = torch.from_numpy(faces).to(self._device).permute(0, 3, 1, 2).float() / 255
        mean, spread = (torch.tensor(one, device=self._device)[:, None, None] for one in (_MEAN, _SPREAD))
        with torch.inference_mode():
            across, up = (_angles(logits) for logits in self._net((pictures - mean) / spread))
        found = torch.stack([-across, up], dim=1).cpu().numpy().astype(np.float32)
        if not np.isfinite(found).all():
            raise ValueError("the network that looks for the gaze returned NaN or infinity")
        return (found,)


def face_picture(picture: np.ndarray, box: np.ndarray) -> np.ndarray:
    """What it sees of a face's box (4,), x1 y1 x2 y2, in a picture, uint8 (448, 448, 3): the box's part within the
    picture, squashed to 224 x 224 and doubled, as the authors' pipeline does. An empty part shows the picture's edge.
    """
    height, width = picture.shape[:2]
    x1, y1 = (int(np.clip(value, 0, side - 1)) for value, side in zip(box[:2], (width, height), strict=True))
    x2, y2 = (
        int(np.clip(value, low + 1, side)) for value, low, side in zip(box[2:], (x1, y1), (width, height), strict=True)
    )
    small = cv2.resize(picture[y1:y2, x1:x2], (SIDE // 2, SIDE // 2), interpolation=cv2.INTER_LINEAR)
    return cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)


def _angles(logits: Tensor) -> Tensor:
    """Radians (B,) of logits (B, 90)."""
    classes = torch.arange(_CLASSES, dtype=torch.float32, device=logits.device)
    degrees = (torch.softmax(logits, dim=1) * classes).sum(dim=1) * _STEP + _FIRST
    return torch.deg2rad(degrees)


def _state(model: Path, wanted: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """The tensors of the file, by their names, which must be the network's."""
    try:
        found = torch.load(model, map_location="cpu", weights_only=True)
    except Exception as error:  # a pickle that holds code, a cut file: torch's errors share no base class of their own
        said = " ".join(str(error).split())
        raise WeightsError(f"{model} cannot be read as a state_dict: {said:.200}") from error
    tensors = found if isinstance(found, dict) else {}
    shapes = {name: value.shape for name, value in tensors.items() if isinstance(value, Tensor)}
    odd = [name for name, value in wanted.items() if shapes.get(name) != value.shape]
    odd = odd or sorted(map(str, set(tensors) - set(wanted)))
    if odd:
        raise WeightsError(f"{model} is no state_dict of L2CS-Net on a ResNet50: {odd[0]!r} is not as there")
    return found
