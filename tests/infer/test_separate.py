"""Voices apart: any length of sound through the network, by the faces of those who speak."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import wavfile

from faceshards.errors import UsageError
from faceshards.infer.faces.speakers import Speaker
from faceshards.infer.separate import Mixture, Separation, backend_of
from faceshards.media.separation import applied, recovered, sound_of, spectrum_of
from faceshards.models import checkpoint
from faceshards.models.checkpoint import Checkpoint
from faceshards.models.trained import SEPARATOR
from faceshards.shards.writer import ShardWriter
from tests.infer.conftest import told, wave_file

CONFIG = {"task": "separator", "width": 0.03, "speakers": 2, "embedding": 128}


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("separator") / "s.pt"
    model = SEPARATOR.build(CONFIG).state_dict()
    checkpoint.save(Checkpoint(1, CONFIG, model, {}, None, torch.get_rng_state()), path)
    return path


@pytest.fixture(scope="module")
def speakers():
    random = np.random.default_rng(0)
    return [Speaker(name, random.normal(size=(80, 128)).astype(np.float32)) for name in ("anna", "ben")]


@pytest.fixture
def faces(tmp_path, speakers):
    """Embeddings as files, the words that name them, and a mixture of 4.2 s."""
    words = []
    for one in speakers:
        np.save(tmp_path / f"{one.name}.npy", one.embeddings)
        words += ["--face", tmp_path / f"{one.name}.npy"]
    wave_file(tmp_path / "in" / "mix.wav", rate=44_100, seconds=4.2)
    return words


def test_three_seconds_are_what_the_network_makes_of_them(net, speakers):
    sound = np.sin(np.arange(45_000) * 0.05).astype(np.float32) * np.float32(0.5)
    found = Separation(net).voices(Mixture(sound, speakers))
    padded = np.pad(sound / np.abs(sound).max(), (800, 48_000 - 45_800))
    shown = np.stack([one.during(-0.05, 75) for one in speakers], axis=-1)[None, :, None]
    spectrum = spectrum_of(padded)
    with torch.no_grad():
        masks = Separation(net).net.net(torch.from_numpy(spectrum)[None], torch.from_numpy(shown)).numpy()
    for number in range(2):
        expected = sound_of(applied(recovered(masks[0, ..., number]), spectrum))[800:45_800] * np.abs(sound).max()
        np.testing.assert_allclose(found[number], expected, atol=1e-4)


def test_the_order_of_the_faces_is_that_of_the_voices_and_a_level_is_kept(net, speakers):
    sound = np.random.default_rng(1).normal(size=100_000).astype(np.float32) * np.float32(0.1)
    model = Separation(net)
    one, louder = (model.voices(Mixture(sound * np.float32(level), speakers)) for level in (1.0, 4.0))
    assert one.shape == (2, 100_000) and np.isfinite(one).all()
    np.testing.assert_allclose(louder, 4 * one, atol=1e-3)


def test_a_mixture_becomes_wavs_that_are_named_by_the_faces(net, faces, tmp_path, run):
    command = ["separate", tmp_path / "in", "--separator", net, "--out", tmp_path / "out", *faces]
    assert run(*command)[0] == 0
    for name in ("anna", "ben"):
        rate, samples = wavfile.read(tmp_path / "out" / "mix" / f"{name}.wav")
        assert rate == 16_000 and samples.dtype == np.int16 and len(samples) == round(4.2 * 16_000)
    record = told(tmp_path / "out" / "mix.json")
    assert record["voices"] == ["anna", "ben"] and "never held against" in record["doubts"][0]
    anna = wavfile.read(tmp_path / "out" / "mix" / "anna.wav")[1]
    (tmp_path / "in" / "silent.wav").write_bytes(wave_file(tmp_path / "s.wav", 0.0).read_bytes())
    assert run(*command)[0] == 0
    report = told(tmp_path / "out" / "faceshards-infer.json")
    assert report["counts"] == {"standing": 1} and report["failed"] == {"read": {"silent": 1}}
    whole = np.load(tmp_path / "anna.npy")
    np.save(tmp_path / "anna.npy", whole.astype(float)[:, None])  # as speech_separation keeps them
    assert run(*command, "--force")[0] == 0
    np.testing.assert_array_equal(wavfile.read(tmp_path / "out" / "mix" / "anna.wav")[1], anna)
    np.save(tmp_path / "anna.npy", np.ones((3, 128), np.float32))
    code, _, err = run(*command)
    assert code == 2 and "was made of something else" in err, "by another face"


def test_a_video_shows_who_speaks(net, photo, made, tmp_path, run):
    pytest.importorskip("dlib")
    both = np.concatenate([photo[:, ::-1], (photo * 0.6).astype(np.uint8)], axis=1)
    wav = wave_file(tmp_path / "x.wav", seconds=0.5).read_bytes()
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("two", {"json": {"container": "mp4"}, "mp4": made([both] * 4), "wav": wav})
        writer.add("one", {"json": {"container": "mp4"}, "mp4": made([photo] * 3), "wav": wav})
    command = ["separate", tmp_path / "a.tar", "--separator", net, "--out", tmp_path / "out"]
    code, out, _ = run(*command)
    assert code == 0 and "name who speaks with --face" in " ".join(out.split())
    names = sorted(one.name for one in (tmp_path / "out" / "a" / "two").iterdir())
    assert names == ["face-1.png", "face-1.wav", "face-2.png", "face-2.wav"]
    assert not (tmp_path / "out" / "a" / "one").exists()
    shown = ["--face", tmp_path / "a.tar" / "one", "--face", tmp_path / "a.tar" / "two"]
    code, _, _ = run("separate", tmp_path / "x.wav", *command[2:], *shown)
    assert code == 0 and (tmp_path / "out" / "x" / "one.wav").exists() and (tmp_path / "out" / "x" / "two.png").exists()


@pytest.mark.parametrize(
    ("faces", "code", "said"),
    [
        (["anna.npy"], 2, "tells 2 voices apart, and 1 faces are given"),
        (["anna.npy", "anna.npy"], 2, "one face twice"),
        (["anna.npy", "absent.mp4"], 2, "absent.mp4: no such file"),
        (["anna.npy", "a.tar"], 2, "SHARD.tar/KEY"),
        (["anna.npy", "short.npy"], 1, r"(T, 128) as the separator was trained on, got (3, 5)"),
        (["anna.npy", "in/mix.wav"], 1, "a sound shows no faces"),
        (["anna.npy", "rubbish.npy"], 1, "rubbish.npy"),
        (["anna.npy", "nan.npy"], 1, "no finite number"),
    ],
)
def test_faces_that_cannot_be(faces, code, said, net, tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wave_file(tmp_path / "in" / "mix.wav")
    np.save("anna.npy", np.ones((3, 128), np.float32))
    np.save("short.npy", np.ones((3, 5), np.float32))
    np.save("nan.npy", np.full((3, 128), np.nan, np.float32))
    Path("rubbish.npy").write_bytes(b"no array")
    (tmp_path / "a.tar").write_bytes(b"")
    words = [word for one in faces for word in ("--face", one)]
    found, _, err = run("separate", "in/mix.wav", "--separator", net, "--out", "out", *words)
    assert found == code and said in err.splitlines()[-1]


def test_a_sound_alone_says_what_is_needed(net, tmp_path, run):
    wave_file(tmp_path / "mix.wav")
    code, _, err = run("separate", tmp_path / "mix.wav", "--separator", net, "--out", tmp_path / "out")
    assert code == 1 and "a sound shows no faces: name who speaks with --face" in err


def test_who_told_the_faces_is_said_by_the_checkpoint():
    told_so = {"embedding": 128, "settings": {"face_embeddings": {"backend": "mobilefacenet"}}}
    assert backend_of("s.pt", told_so) == "mobilefacenet"
    assert [backend_of("s.pt", {"embedding": size}) for size in (1792, 128)] == ["facenet", "dlib"]
    with pytest.raises(UsageError, match=r"s\.pt does not say which network"):
        backend_of("s.pt", {"embedding": 7})
