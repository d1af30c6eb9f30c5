"""Mixtures of speakers: against the formulas on whole clips, in an order that resumes, with sides that share nobody."""

import numpy as np
import pytest
import torch

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.views.avspeech import SpeechMixtures
from faceshards.media.sound import resample
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

EMBEDDING = 6


def voice(number: int, samples: int = 48_000) -> np.ndarray:
    """int16 noise of its own level, with a tone."""
    rng = np.random.default_rng(number)
    tone = np.sin(np.arange(samples) * (0.02 + 0.01 * number))
    return ((0.3 * tone + rng.uniform(-0.2, 0.2, samples)) * (8000 + 500 * number)).astype(np.int16)


def wav(samples: np.ndarray, rate: int = 16_000) -> bytes:
    """A WAV file of mono 16-bit samples, written out."""
    sizes = [len(samples) * 2 + 36, 16, rate, rate * 2, len(samples) * 2]
    riff, fmt, hertz, second, data = (size.to_bytes(4, "little") for size in sizes)
    head = b"RIFF" + riff + b"WAVEfmt " + fmt + b"\x01\x00\x01\x00" + hertz + second + b"\x02\x00\x10\x00data" + data
    return head + samples.astype("<i2").tobytes()


def face(number: int, rows: int = 75) -> np.ndarray:
    return np.random.default_rng(100 + number).normal(size=(rows, EMBEDDING)).astype(np.float32)


def member(number: int, **other) -> dict:
    facts = {"name": f"c{number}", "identity": f"p{number // 2}", "fps": [25, 1], "frames": 75, "sound_duration": 3.0}
    facts |= {"split": "val" if number >= 8 else "train", **other.pop("json", {})}
    sample = {"json": facts, "wav": wav(voice(number)), "face_embeddings.npy": encode("x.npy", face(number))}
    return sample | other


GAPS = face(0) * (np.arange(75) > 2)[:, None]


def written(path, samples) -> str:
    with ShardWriter(path, provenance=[Provenance("pack", 1)]) as writer:
        for number, sample in enumerate(samples):
            writer.add(f"c{number}", sample)
    return str(path)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Twelve clips of six persons."""
    return written(tmp_path_factory.mktemp("clips") / "clips.tar", map(member, range(12)))


def formulas(one: int, other: int) -> tuple[np.ndarray, np.ndarray]:
    """Mixture and masks of two clips as speech_separation writes them, step by step in double precision."""
    spectra = []
    for number in (one, other):
        heard = voice(number) / np.abs(voice(number)).max()
        padded = np.concatenate([heard, np.zeros(192)])
        window = np.concatenate([np.zeros(56), np.hanning(400), np.zeros(56)])
        spectra.append(np.stack([np.fft.rfft(padded[160 * t :][:512] * window) for t in range(298)]))
    mixture = (spectra[0] + spectra[1]) / 2
    masks = []
    for spectrum in spectra:
        y, s, size = mixture, spectrum, np.abs(mixture) ** 2 + 1e-8
        real, imaginary = (y.real * s.real + y.imag * s.imag) / size, (y.real * s.imag - y.imag * s.real) / size
        mask = np.stack([real, imaginary], axis=-1)
        masks.append(10 * (1 - np.exp(-0.1 * mask)) / (1 + np.exp(-0.1 * mask)))
    return np.stack([mixture.real, mixture.imag], axis=-1), np.stack(masks, axis=-1)


def test_a_mixture_is_what_the_formulas_say(clips):
    dataset = ShardDataset(clips, view=SpeechMixtures())
    sample = dataset["c0,c2"]
    mixture, masks = formulas(0, 2)
    assert sample["mixture"].shape == (298, 257, 2) and sample["mixture"].dtype == np.float32
    assert sample["masks"].shape == (298, 257, 2, 2) and sample["faces"].shape == (75, 1, EMBEDDING, 2)
    assert np.abs(sample["mixture"] - mixture).max() < 1e-4
    loud = np.abs(mixture).max(-1) > 1e-2  # below, single precision of a quotient of nearly nothing
    assert np.abs(sample["masks"] - masks)[loud].max() < 1e-2 and np.abs(sample["masks"]).max() <= 10
    assert np.array_equal(sample["faces"][:, 0, :, 1], face(2))
    batch = next(iter(dataset.loader(3)))
    assert batch["masks"].shape == (3, 298, 257, 2, 2) and batch["masks"].dtype == torch.float32
    again = dataset[batch["__key__"][1]]
    assert all(np.array_equal(again[name], batch[name][1].numpy()) for name in ("mixture", "faces", "masks"))


def keys(loader) -> list[str]:
    return [key for batch in loader for key in batch["__key__"]]


def test_every_combination_comes_once_an_epoch_and_resumes(clips):
    dataset = ShardDataset(clips, view=SpeechMixtures(most=20), seed=5)
    loader = dataset.loader(4)
    first = keys(loader)
    assert len(dataset) == 20 and len(set(first)) == 20 and "mixtures of 2 voices of 6 speakers" in repr(dataset)
    assert all(int(a[1:]) // 2 != int(b[1:]) // 2 for a, b in (key.split(",") for key in first))
    second = keys(loader)
    assert set(second) == set(first) and second != first
    cut, state = [], None
    whole = dataset.loader(4)
    for batch in whole:
        cut += batch["__key__"]
        if len(cut) == 8:
            state = whole.state_dict()
            break
    resumed = ShardDataset(clips, view=SpeechMixtures(most=20), seed=5).loader(4, num_workers=1)
    resumed.load_state_dict(state)
    assert cut + keys(resumed) == first
    with pytest.raises(UsageError):
        ShardDataset(clips, view=SpeechMixtures(most=19), seed=5).loader(4).load_state_dict(state)


def test_what_where_keeps_apart_no_mixture_brings_together(clips):
    sides = [ShardDataset(clips, view=SpeechMixtures(), where=f"split = '{side}'") for side in ("train", "val")]
    used = [{key for sample in side for key in sample["__key__"].split(",")} for side in sides]
    assert used == [{f"c{n}" for n in range(8)}, {f"c{n}" for n in range(8, 12)}]
    with pytest.raises(UsageError, match="at least 3 speakers, got 2 in 4 rows"):
        len(ShardDataset(clips, view=SpeechMixtures(3), where="split = 'val'"))


def test_three_voices(clips):
    sample = ShardDataset(clips, view=SpeechMixtures(3))[0]
    assert sample["masks"].shape == (298, 257, 2, 3) and sample["faces"].shape == (75, 1, EMBEDDING, 3)
    assert len(sample["__key__"].split(",")) == 3
    loud = np.abs(sample["mixture"]).min(-1) > 0.5
    masks = 20 * np.arctanh(sample["masks"][loud] / 10)
    assert np.abs(masks.sum(-1) - [3, 0]).max() < 0.05  # of a mean of three


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wav": wav(voice(0) * 0)}, r"wav holds nothing but silence"),
        ({"wav": wav(voice(0)[:40_000])}, r"wav lasts 2\.50 s, a mixture needs 3: .*where='sound_duration >= 3'"),
        ({"face_embeddings.npy": encode("x.npy", face(0, 74))}, r"has 74 rows, three seconds need 75"),
        (
            {"face_embeddings.npy": encode("x.npy", face(0) * (np.arange(75) > 2)[:, None])},
            r"no face in 3 of 75 pictures",
        ),
        ({"face_embeddings.npy": encode("x.npy", np.zeros(75, np.float32))}, r"a face a row, got \(75,\)"),
        ({"wav": b"RIFF nothing"}, r"c0"),
    ],
)
def test_a_clip_that_does_not_do_is_named(tmp_path, change, said):
    path = written(tmp_path / "bad.tar", [member(0, **change), member(2), member(4), member(6)])
    with pytest.raises(Exception, match=said) as caught:
        ShardDataset(path, view=SpeechMixtures())["c0,c1"]
    assert "bad.tar, sample c0,c1" in str(caught.value) and "\n" not in str(caught.value)
    loader = ShardDataset(path, view=SpeechMixtures(), max_faults=2).loader(2)
    assert {key.split(",")[0] for key in keys(loader)} == {"c2"} and len(loader.faults) == 2


def test_sounds_and_faces_of_other_kinds(tmp_path):
    short, slow = voice(0)[:47_500], face(2, 150)
    own = np.concatenate([face(1), np.ones((9, EMBEDDING), np.float32)])[:75, None].astype(np.float64)
    samples = [
        member(0, wav=wav(short)),  # ends a little early, as a codec's frames do
        member(2, json={"fps": [50, 1]}, **{"face_embeddings.npy": encode("x.npy", slow)}),
        member(4, wav=wav(np.round(resample(voice(4) / 32_768, 16_000, 32_000) * 32_768).astype(np.int16), 32_000)),
        member(6, **{"face_embeddings.npy": encode("x.npy", own)}),
    ]
    dataset = ShardDataset(written(tmp_path / "kinds.tar", samples), view=SpeechMixtures())
    sample = dataset["c0,c1"]
    assert np.array_equal(sample["faces"][:, 0, :, 1], slow[::2]) and np.isfinite(sample["masks"]).all()
    other = dataset["c2,c3"]
    assert other["faces"].dtype == np.float32 and np.allclose(other["faces"][:, :, :, 1], own)
    near = ShardDataset(written(tmp_path / "plain.tar", [member(4), member(6)]), view=SpeechMixtures())[0]
    assert np.abs(other["mixture"] - near["mixture"]).mean() < 0.15 * np.abs(near["mixture"]).mean()  # resampled


def test_bad_arguments_and_lacking_columns(clips):
    for arguments, said in [(([1],), "speakers must be a whole number >= 2"), ((2,), None)]:
        if said:
            with pytest.raises(UsageError, match=said):
                SpeechMixtures(*arguments)
    with pytest.raises(UsageError, match="most must be a whole number >= 1, got 0"):
        SpeechMixtures(most=0)
    with pytest.raises(UsageError, match="faces must be the name of a column"):
        SpeechMixtures(faces=None)
    with pytest.raises(ColumnError, match=r"identity\.npy"):
        len(ShardDataset(clips, view=SpeechMixtures(faces="identity.npy")))
    with pytest.raises(UsageError, match="SpeechMixtures says what is read"):
        ShardDataset(clips, columns=["wav"], view=SpeechMixtures())


def test_who_told_the_faces_is_learned_and_two_networks_are_refused(tmp_path):
    """dlib and mobilefacenet both give 128 numbers."""

    def shard(name, backend, numbers):
        made = [Provenance("pack", 1), Provenance("face_embeddings", 1, {"backend": backend})]
        with ShardWriter(tmp_path / f"{name}.tar", provenance=made) as writer:
            for number in numbers:
                writer.add(f"c{number}", member(number))

    shard("a", "dlib", range(4))
    dataset = ShardDataset(str(tmp_path), view=SpeechMixtures())
    assert dataset[0]["faces"].shape[2] == EMBEDDING
    assert dataset.view.settings["face_embeddings"] == {"backend": "dlib"}
    shard("b", "mobilefacenet", range(4, 8))
    said = r"faces were made in more than one way: of a\.tar backend=dlib, of b\.tar backend=mobilefacenet"
    with pytest.raises(UsageError, match=said):
        len(ShardDataset(str(tmp_path), view=SpeechMixtures()))
    assert "face_embeddings" not in SpeechMixtures().settings
