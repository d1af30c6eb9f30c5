"""GE2E: 160 frames of 10 ms of speech become 256 numbers that say who speaks (Wan et al. 2018, arXiv 1710.10467).

The network of Resemblyzer 0.1.4 (Resemble AI, Apache-2.0), whose state_dict it reads.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from faceshards.errors import UnsafeData, WeightsError

# Mel bands that it hears, numbers that come out.
_BANDS, _NUMBERS, _LAYERS = 40, 256, 3


class GE2E(nn.Module):
    """Mel power float32 (B, 160, 40) -> float32 (B, 256), each of length 1 and not negative."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(_BANDS, _NUMBERS, _LAYERS, batch_first=True)
        self.linear = nn.Linear(_NUMBERS, _NUMBERS)
        # What its training scaled likenesses by: part of the state_dict, and of no result.
        self.similarity_weight = nn.Parameter(torch.ones(1))
        self.similarity_bias = nn.Parameter(torch.zeros(1))
        self.eval()

    @classmethod
    def load(cls, weights: bytes) -> GE2E:
        """The network with the weights of Resemblyzer's `pretrained.pt`. Raises UnsafeData for a file with more in it
        than tensors and plain values, WeightsError for one of another network.
        """
        try:
            content: Any = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
            net = cls()
            net.load_state_dict(content["model_state"])
        except pickle.UnpicklingError as error:
            raise UnsafeData("the weights of GE2E hold more than tensors and plain values: pull them again") from error
        except (KeyError, TypeError, RuntimeError) as error:
            said = " ".join(str(error).split())
            raise WeightsError(f"these weights are not GE2E's: {said:.200}; pull them again") from error
        return net

    def forward(self, mels: Tensor) -> Tensor:
        """See the class."""
        _, (hidden, _) = self.lstm(mels)
        raw = torch.relu(self.linear(hidden[-1]))
        return raw / torch.linalg.vector_norm(raw, dim=1, keepdim=True)

    @torch.inference_mode()
    def run(self, mels: np.ndarray) -> tuple[np.ndarray]:
        """The same for arrays."""
        there = torch.from_numpy(np.ascontiguousarray(mels)).to(self.linear.weight.device)
        return (self(there).cpu().numpy(),)
