"""The target embeddings: repeatable, frozen, honest about an untrained encoder; and files of something else refused."""

import pickle

import pytest
import torch

from faceshards.errors import UnsafeData, UsageError, WeightsError
from faceshards.train.face_targets import face_targets


def test_an_untrained_encoder_is_the_same_every_time_and_says_so():
    torch.manual_seed(1)
    one = face_targets(None, 0.125)
    torch.manual_seed(2)
    two = face_targets(None, 0.125)
    faces = torch.rand(2, 3, 224, 224)
    assert torch.equal(one.embed(faces), two.embed(faces))
    assert one.size == 512 == one.embed(faces).shape[1] and one.classify(one.embed(faces)).shape[0] == 2
    assert not one.embed(faces.requires_grad_()).requires_grad
    (note,) = one.notes
    assert "untrained" in note and "means nothing" in note


def test_other_faces_have_other_embeddings():
    embeddings = face_targets(None, 0.125).embed(torch.rand(4, 3, 224, 224))
    assert torch.pdist(embeddings).min() > 0


def test_files_that_are_not_vgg_face_are_refused(tmp_path):
    torch.save({"layer1.0.weight": torch.zeros(3)}, tmp_path / "other.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    (tmp_path / "empty.pt").write_bytes(b"")
    for name in ("other.pt", "list.pt", "empty.pt"):
        with pytest.raises(WeightsError, match=name):
            face_targets(tmp_path / name, 1.0)
    with pytest.raises(UsageError, match=r"absent\.pt: no such weights"):
        face_targets(tmp_path / "absent.pt", 1.0)
    (tmp_path / "code.pt").write_bytes(pickle.dumps(print, protocol=2))
    with pytest.raises(UnsafeData, match=r"code\.pt"):
        face_targets(tmp_path / "code.pt", 1.0)
