"""The losses against formulas written out in numpy, row by row; and the properties that Speech-to-face's own versions
lack.
"""

import numpy as np
import torch

from faceshards.train.tasks.losses import (
    distance_of_batch,
    distillation,
    distillation_of_batch,
    embedding_distance,
)

RANDOM = np.random.default_rng(3)
VOICE, FACE = RANDOM.normal(size=(5, 7)), RANDOM.normal(size=(5, 7)) * 40


def test_embedding_distance():
    rows = [v / np.linalg.norm(v) - f / np.linalg.norm(f) for v, f in zip(VOICE, FACE, strict=True)]
    expected = np.mean([row @ row for row in rows])
    assert np.isclose(embedding_distance(torch.tensor(VOICE), torch.tensor(FACE)).item(), expected)
    cosines = [v @ f / np.linalg.norm(v) / np.linalg.norm(f) for v, f in zip(VOICE, FACE, strict=True)]
    assert np.isclose(expected, 2 - 2 * np.mean(cosines))


def test_distillation():
    expected = []
    for voice, face in zip(VOICE, FACE, strict=True):
        teacher = np.exp(face / 2) / np.exp(face / 2).sum()
        student = np.exp(voice / 2) / np.exp(voice / 2).sum()
        expected.append((teacher * np.log(teacher)).sum() - (teacher * np.log(student)).sum())
    assert np.isclose(distillation(torch.tensor(VOICE), torch.tensor(FACE)).item(), np.mean(expected))


def test_distillation_is_least_where_the_student_is_the_teacher():
    teacher = torch.tensor(VOICE)
    assert abs(distillation(teacher, teacher)) < 1e-12
    assert all(distillation(teacher + torch.randn(5, 7) * 0.1, teacher) > 0 for _ in range(20))


def test_a_row_counts_the_same_whatever_else_is_in_the_batch():
    voice, face = torch.tensor(VOICE), torch.tensor(FACE)
    for loss in (embedding_distance, distillation):
        alone = torch.stack([loss(voice[i : i + 1], face[i : i + 1]) for i in range(5)])
        assert torch.isclose(loss(voice, face), alone.mean())
        assert torch.isclose(loss(voice.repeat(3, 1), face.repeat(3, 1)), loss(voice, face))


def test_the_old_ones_are_of_the_whole_batch_and_meet_the_new_ones_in_a_single_row():
    voice, face = torch.tensor(VOICE), torch.tensor(FACE)
    whole = VOICE / np.linalg.norm(VOICE) - FACE / np.linalg.norm(FACE)
    assert np.isclose(distance_of_batch(voice, face).item(), (whole**2).sum())
    assert torch.isclose(distance_of_batch(voice[:1], face[:1]), embedding_distance(voice[:1], face[:1]))
    teacher = torch.softmax(face / 2, 1)
    entropy = -(teacher * torch.log_softmax(face / 2, 1)).sum()
    assert torch.isclose(distillation_of_batch(voice, face) - entropy, 5 * distillation(voice, face))
