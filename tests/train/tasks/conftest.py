"""What both tasks are tried with: untrained networks of a small width, and a batch of two."""

import pytest
import torch

from faceshards.train.face_targets import face_targets

WIDTH = 0.03


@pytest.fixture
def faces():
    return face_targets(None, WIDTH)


@pytest.fixture
def batch():
    source = torch.Generator().manual_seed(1)
    return {
        "spectrogram": torch.randn(2, 2, 257, 601, generator=source),
        "face": torch.rand(2, 3, 224, 224, generator=source),
        "points": torch.rand(2, 10, generator=source) * 224,
    }
