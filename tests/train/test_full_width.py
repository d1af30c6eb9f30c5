"""Networks of the published width take real steps: about 4 GB of memory and a minute of a core for the largest."""

import resource

import pytest
import torch

from faceshards.models.trained import NETWORKS
from faceshards.train.face_targets import given_embeddings
from faceshards.train.tasks.face_decoder import FaceDecoderTask
from faceshards.train.tasks.task import Task
from faceshards.train.tasks.voice_encoder import VoiceEncoderTask

#: Weights of the published networks.
WEIGHTS = {"voice-encoder": 147_917_312, "face-decoder": 125_000_000}


def task_and_batch(name: str) -> tuple[Task, dict[str, torch.Tensor]]:
    faces = given_embeddings("column face_embedding.npy", 4096)
    batch = {"embedding": torch.rand(2, 4096)}
    if name == "voice-encoder":
        return VoiceEncoderTask(faces), {**batch, "spectrogram": torch.randn(2, 2, 257, 601)}
    points = 224 * torch.rand(2, 144)
    return FaceDecoderTask(faces, points=72), {**batch, "face": torch.rand(2, 3, 224, 224), "points": points}


@pytest.mark.slow
@pytest.mark.parametrize("name", WEIGHTS)
def test_a_step_of_the_full_network_lowers_the_loss(name: str) -> None:
    torch.manual_seed(0)
    task, batch = task_and_batch(name)
    task.model.train()
    optimizer = torch.optim.Adam(task.model.parameters(), 1e-4)
    losses = []
    for _ in range(3):
        loss = task(batch)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert isinstance(task.model, NETWORKS[name].kind) and losses[2] < losses[0]
    assert sum(one.numel() for one in task.model.parameters()) == WEIGHTS[name]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 8 << 20  # KiB
