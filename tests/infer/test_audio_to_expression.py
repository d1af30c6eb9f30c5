"""A voice becomes codes: as many frames as it lasts, about the reference, the same in pieces as at once."""

import io

import numpy as np
import pytest
import torch
from scipy.io import wavfile

from faceshards.errors import UsageError
from faceshards.infer.audio_to_expression import AudioToExpression, encoded, reference_of
from faceshards.loaders.views.code_statistics import CODES as WIDTHS
from faceshards.media.sound import envelope
from faceshards.models import checkpoint
from faceshards.models.checkpoint import Checkpoint
from faceshards.models.nets.expression import ExpressionNet
from tests.infer.conftest import told, wave_file
from tests.loaders.sequences import CODES, codes, files, packed, sound
from tests.packing.kinds.emoca.conftest import written

CONFIG = {"task": "expression", "width": 0.03, "codes": 284}
MEAN, STD = [0.5] * 284, [2.0] * 284
SETTINGS = {"deltas": True, "envelope": "column", "statistics": {"mean": MEAN, "std": STD}}


def saved(path, **settings):
    torch.manual_seed(0)
    net = ExpressionNet(0.03)
    torch.nn.init.normal_(net.last.weight)
    config = {**CONFIG, "settings": {**SETTINGS, **settings}}
    checkpoint.save(Checkpoint(1, config, net.state_dict(), {}, None, torch.get_rng_state()), path)
    return path, net.eval()


@pytest.fixture
def voice(tmp_path):
    """25 s and a bit: more than a piece."""
    noise = np.random.default_rng(0).normal(0, 3000, 25 * 16000 + 16000 + 100)
    wavfile.write(tmp_path / "voice.wav", 16000, noise.astype(np.int16))
    return tmp_path / "voice.wav"


def test_pieces_are_what_all_of_the_sound_gives(tmp_path, voice):
    path, net = saved(tmp_path / "c.pt")
    reference = np.random.default_rng(1).normal(size=(1, 284)).astype(np.float32)
    found = AudioToExpression(path)(voice, reference)
    heard = np.pad(wavfile.read(voice)[1] / np.float32(32768), (0, 540))
    with torch.no_grad():
        at_once = net(*(torch.from_numpy(one[None]) for one in (heard, envelope(heard), reference)))[0].numpy()
    assert {name: array.shape for name, array in found.items()} == {
        "shapecode": (651, 100),
        "expcode": (651, 50),
        "posecode": (651, 6),
        "detailcode": (651, 128),
    }
    np.testing.assert_allclose(np.concatenate(list(found.values()), axis=1), at_once * 2 + 0.5 + reference, atol=1e-3)


def test_without_deltas_and_statistics_the_codes_are_the_networks(tmp_path, voice):
    path, _ = saved(tmp_path / "c.pt")
    plain, _ = saved(tmp_path / "plain.pt", deltas=False, statistics=None)
    reference = np.ones((1, 284), np.float32)
    with_all, without = (AudioToExpression(one)(voice, reference)["expcode"] for one in (path, plain))
    np.testing.assert_allclose(with_all, without * 2 + 0.5 + 1, atol=1e-4)


def test_the_reference_is_a_sequences_first_frame_or_an_earlier_answers(tmp_path):
    one = files(3, 5)
    folder = written(tmp_path / "sequence", one)
    np.testing.assert_array_equal(reference_of(folder), codes(one)[:1])
    parts = dict(
        zip((name.removesuffix(".npy") for name in CODES), np.split(codes(one), [100, 150, 156], 1), strict=True)
    )
    (tmp_path / "face.npz").write_bytes(encoded(parts))
    np.testing.assert_array_equal(reference_of(tmp_path / "face.npz"), codes(one)[:1])


def _unpacks_to_nonsense():
    out = io.BytesIO()
    np.savez_compressed(out, **{name.removesuffix(".npy"): np.zeros((3, width)) for name, width in WIDTHS.items()})
    return out.getvalue()[:80] + b"\xff" * 20 + out.getvalue()[100:]


@pytest.mark.parametrize("body", [None, b"", b"no archive", _unpacks_to_nonsense()])
def test_what_is_no_reference_is_refused(tmp_path, body):
    if body is not None:
        (tmp_path / "x.npz").write_bytes(body)
    with pytest.raises(UsageError, match=r"x\.npz"):
        reference_of(tmp_path / "x.npz")


@pytest.mark.parametrize(("rows", "said"), [((3, 7), r"shapecode.npy is \(1, 7\)"), ((0,), "holds no frame")])
def test_arrays_of_another_size_are_no_reference(tmp_path, rows, said):
    shapes = {name: rows if len(rows) == 2 else (0, width) for name, width in WIDTHS.items()}
    out = io.BytesIO()
    np.savez(out, **{name.removesuffix(".npy"): np.zeros(shape) for name, shape in shapes.items()})
    (tmp_path / "x.npz").write_bytes(out.getvalue())
    with pytest.raises(UsageError, match=said):
        reference_of(tmp_path / "x.npz")


def test_a_checkpoint_that_says_nothing_of_its_codes_is_refused(tmp_path):
    path, net = saved(tmp_path / "c.pt")
    checkpoint.save(Checkpoint(1, CONFIG, net.state_dict(), {}, None, torch.get_rng_state()), path)
    with pytest.raises(UsageError, match="train it again"):
        AudioToExpression(path)


def test_the_command_answers_files_and_rows_each_about_its_own_face(tmp_path, run):
    """25 frames a second, and a second run passes over what is done."""
    path, _ = saved(tmp_path / "c.pt")
    wave_file(tmp_path / "in" / "voice.wav", seconds=2.01)
    shards = packed(tmp_path / "codes", {"one": files(3, 60)})
    words = ["audio-to-expression", tmp_path / "in", shards, "--expression", path, "--out", tmp_path / "out"]
    assert run(*words)[0] == 0
    with np.load(tmp_path / "out" / "voice.npz") as codes_of:
        assert codes_of["expcode"].shape == (51, 50) and codes_of["fps"] == 25
    record = told(tmp_path / "out" / "voice.json")
    assert (record["frames"], record["reference"]) == (51, "the mean head") and "never held" in record["doubts"][0]
    (own,) = (one for one in (tmp_path / "out").rglob("*.json") if one.stem == "one")
    assert told(own)["reference"] == "its own first frame"
    heard = np.pad(sound(files(3, 60)), (0, 540))
    expected = AudioToExpression(path).codes(heard, codes(files(3, 60))[:1])
    with np.load(own.with_suffix(".npz")) as codes_of:
        np.testing.assert_allclose(codes_of["expcode"], expected["expcode"], atol=1e-4)
    before = own.stat().st_mtime_ns
    assert run(*words)[0] == 0 and own.stat().st_mtime_ns == before
    code, _, err = run(*words, "--reference", own.with_suffix(".npz"))
    assert code == 2 and "was made of something else" in err
