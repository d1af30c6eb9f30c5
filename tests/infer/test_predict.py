"""Speech to face: from a wav and two checkpoints to a PNG; and what is said where it cannot be."""

import json
import subprocess
import sys
import wave

import numpy as np
import pytest
import torch

from faceshards.__main__ import main
from faceshards.infer.speech_to_face import SpeechToFace
from faceshards.media.picture import read_picture
from faceshards.media.sound import compressed_spectrogram
from faceshards.models import checkpoint
from faceshards.models.checkpoint import Checkpoint
from faceshards.train.face_targets import face_targets
from faceshards.train.tasks.face_decoder import FaceDecoderTask
from faceshards.train.tasks.voice_encoder import VoiceEncoderTask

WIDTH = 0.03


def save(task, path):
    checkpoint.save(Checkpoint(1, task.config, task.model.state_dict(), {}, None, torch.get_rng_state()), path)
    return path


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """Untrained networks, saved as `train` saves them."""
    torch.manual_seed(0)
    folder, faces = tmp_path_factory.mktemp("nets"), face_targets(None, WIDTH)
    return save(VoiceEncoderTask(faces, WIDTH), folder / "voice.pt"), save(
        FaceDecoderTask(faces, WIDTH), folder / "face.pt"
    )


@pytest.fixture
def voice(tmp_path):
    """Two seconds of a tone at 22.05 kHz, stereo."""
    tone = (np.sin(np.arange(44_100) * 0.05) * 12_000).astype("<i2")
    with wave.open(str(tmp_path / "voice.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(np.stack([tone, tone], 1).tobytes())
    return tmp_path / "voice.wav"


def words(voice, nets, out):
    encoder, decoder = map(str, nets)
    return [
        "infer",
        "speech-to-face",
        "--audio",
        str(voice),
        "--voice-encoder",
        encoder,
        "--face-decoder",
        decoder,
        "--out",
        str(out),
    ]


def run(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def test_a_voice_becomes_a_picture_with_points(voice, nets, tmp_path, capsys):
    assert run([*words(voice, nets, tmp_path / "face.png"), "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    picture = read_picture((tmp_path / "face.png").read_bytes())
    assert picture.shape == (224, 448, 3)
    face = SpeechToFace(*nets)(voice)
    np.testing.assert_array_equal(picture[:, :224], face.picture)
    np.testing.assert_allclose(told["points"], face.points, rtol=1e-5)
    assert face.points.shape == (5, 2)
    assert told["untrained_targets"] and "shows the plumbing" in said.err


def test_the_picture_is_what_the_two_networks_make_of_the_voice(voice, nets):
    model = SpeechToFace(*nets)
    from faceshards.media.sound import read_sound

    spectrogram = torch.from_numpy(compressed_spectrogram(read_sound(voice, 16_000).samples))[None]
    with torch.no_grad():
        points, texture = model.decoder(model.encoder(spectrogram))
    face = model(voice)
    np.testing.assert_allclose(face.points.ravel(), points[0].numpy(), rtol=1e-5)
    expected = texture[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(face.picture - expected).max() <= 0.5 + 1e-3


def test_errors_are_one_line(voice, nets, tmp_path, capsys):
    encoder, decoder = nets
    other = save(FaceDecoderTask(face_targets(None, 2 * WIDTH), 2 * WIDTH), tmp_path / "other.pt")
    (tmp_path / "noise.pt").write_bytes(b"noise")
    (tmp_path / "text.wav").write_text("no sound at all")
    cases = [
        (words(tmp_path / "absent.wav", nets, tmp_path / "x.png"), 2, "absent.wav"),
        (words(tmp_path / "text.wav", nets, tmp_path / "x.png"), 1, ""),
        (words(voice, (encoder, other), tmp_path / "x.png"), 2, "train both with the same"),
        (words(voice, (decoder, encoder), tmp_path / "x.png"), 2, "checkpoint of 'face-decoder'"),
        (words(voice, (tmp_path / "noise.pt", decoder), tmp_path / "x.png"), 1, "noise.pt"),
        (words(voice, (tmp_path / "none.pt", decoder), tmp_path / "x.png"), 2, "no such checkpoint"),
    ]
    for arguments, code, said in cases:
        assert run(arguments) == code, said
        error = capsys.readouterr().err
        assert said in error.replace("\n", " ") and "Traceback" not in error
    assert not (tmp_path / "x.png").exists()


def test_the_file_runs_as_a_script_from_anywhere(tmp_path):
    from faceshards.infer import predict

    ran = subprocess.run(
        [sys.executable, predict.__file__, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0 and "speech-to-face" in ran.stdout
