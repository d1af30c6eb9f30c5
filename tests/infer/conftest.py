"""Untrained networks, saved as `train` saves them, a voice, and a shard of voices with their faces."""

import json
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from faceshards.__main__ import main
from faceshards.curation.stages.spectrogram import Spectrogram, SpectrogramParams
from faceshards.media.sound import compressed_spectrogram
from faceshards.models import checkpoint
from faceshards.models.checkpoint import Checkpoint
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from faceshards.train.face_targets import face_targets
from faceshards.train.tasks.face_decoder import FaceDecoderTask
from faceshards.train.tasks.task import Task
from faceshards.train.tasks.voice_encoder import VoiceEncoderTask

WIDTH = 0.03
SETTINGS = {"settings": {"spectrogram": vars(SpectrogramParams())}}
MADE = Provenance("spectrogram", Spectrogram.version, vars(SpectrogramParams()))


def save(task: Task, path: Path, **more: Any) -> Path:
    config = task.config | more
    checkpoint.save(Checkpoint(1, config, task.model.state_dict(), {}, None, torch.get_rng_state()), path)
    return path


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small nets are quicker on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def nets(tmp_path_factory) -> tuple[Path, Path]:
    """The checkpoints of a voice encoder, which says what it heard, and of a face decoder."""
    torch.manual_seed(0)
    folder, faces = tmp_path_factory.mktemp("nets"), face_targets(None, WIDTH)
    voice = save(VoiceEncoderTask(faces, WIDTH), folder / "voice.pt", **SETTINGS)
    return voice, save(FaceDecoderTask(faces, WIDTH), folder / "face.pt")


def wave_file(path: Path, pitch: float = 0.05, rate: int = 22_050, seconds: float = 2.0) -> Path:
    """A tone, stereo; silence where the pitch is 0."""
    tone = (np.sin(np.arange(round(rate * seconds)) * pitch) * 12_000).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.stack([tone, tone], 1).tobytes())
    return path


@pytest.fixture
def voice(tmp_path) -> Path:
    """Two seconds of a tone at 22.05 kHz, stereo."""
    return wave_file(tmp_path / "in" / "voice.wav")


def face_jpg(number: int) -> bytes:
    picture = np.full((224, 224, 3), 30, np.uint8)
    picture[60:160, 70:150] = (200, 60 + 20 * number, 120)
    return encode("face.jpg", picture)


def shard_of(path: Path, made: Provenance = MADE, *, sound: bool = True, rows: int = 3) -> Path:
    """Voices, of which the spectrogram was made by `made`, with faces; the second has none of both."""
    path.parent.mkdir(parents=True, exist_ok=True)
    points = np.array([[80, 90], [144, 90], [112, 120], [90, 160], [134, 160]], np.float32)
    with ShardWriter(path, provenance=[Provenance("pack", 1), made]) as writer:
        for number in range(rows):
            wav = wave_file(path.parent / "made" / "one.wav", 0.02 + 0.01 * number).read_bytes()
            facts: dict[str, Any] = {"made": {"spectrogram.npy": made.fingerprint}, "face_points": points.tolist()}
            seen = np.full(32_000, 0.1 * (number + 1), np.float32)
            spectrogram = encode("spectrogram.npy", compressed_spectrogram(seen))
            members = {"json": facts, "face.jpg": face_jpg(number), "spectrogram.npy": spectrogram}
            if number == 1:
                members |= {"face.jpg": b"", "spectrogram.npy": b""}
            writer.add(f"clip-{number}", members | ({"wav": wav} if sound else {}))
    return path


@pytest.fixture
def run(capsys) -> Callable[..., tuple[int, str, str]]:
    """run(words) -> exit code, stdout, stderr."""

    def command(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["infer", *map(str, words)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(ended.value.code or 0), said.out, said.err

    return command


def told(path: Path) -> dict[str, Any]:
    """A json file."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """A photograph with one face, uint8 (300, 300, 3)."""
    from skimage.data import astronaut

    picture: np.ndarray = astronaut()[:300, 60:360].copy()
    return picture
