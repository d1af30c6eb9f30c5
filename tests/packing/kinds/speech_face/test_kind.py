"""Samples of `speech-face`: their members, and what is turned away by name."""

import json
import re
import struct

import numpy as np
import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.media.sound.compressed import compressed_spectrogram
from faceshards.packing.kinds.speech_face.kind import PersonFolders, SpeechFaceOptions, variant_of
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.opening import open_source
from tests.packing.kinds.conftest import embedding, npy, planted, sounds, spectrogram, wav


@pytest.fixture
def samples(tmp_path):
    """samples(files, options): path -> the json and members, or the error, of each sample of a tree."""

    def made(files, **options):
        archive = open_source(planted(tmp_path / "tree", files))
        kind = PersonFolders(PackOptions(), SpeechFaceOptions(**options))
        return {clip.path: _made(kind, archive, clip) for clip in kind.listed(archive).clips}

    return made


def _made(kind, archive, clip):
    try:
        members = dict(kind.sample(archive, clip))
    except ClipError as error:
        return error
    assert set(members) <= set(kind.columns)
    return json.loads(members.pop("json").decode()), members


def test_members_are_the_files_and_the_json_says_whose_they_are(samples, persons):
    made = samples(persons)
    assert len(made) == 9
    facts, members = made["id1/audios/5r0dWxy17C8/00001"]
    assert members == {"spectrogram.npy": persons["id1/audios/5r0dWxy17C8/00001.npy"]}
    assert (facts["identity"], facts["side"], facts["spectrogram_variant"]) == ("id1", "sound", "parts")
    assert facts["files"] == {"spectrogram.npy": "id1/audios/5r0dWxy17C8/00001.npy"} and "container" not in facts
    assert made["id1/audios/5r0dWxy17C8/00002"][0]["spectrogram_variant"] == "polar"
    facts, members = made["id1/images/a/b/c/0001_embedding"]
    assert members == {"face_embedding.npy": embedding(1)} and facts["side"] == "picture"


def test_an_array_beside_its_file_is_of_one_sample_with_it(samples, persons):
    made = samples(persons)
    facts, members = made["id 2/audios/deep/er/y"]
    assert members == {"wav": wav(seed=3), "spectrogram.npy": spectrogram(3)}
    assert (facts["container"], facts["sample_rate"], facts["channels"]) == ("wav", 16000, 1)
    assert facts["sound_duration"] == pytest.approx(0.2) and facts["sound_codec"] == "pcm_s16le"
    facts, members = made["id 2/images/p"]
    assert members == {"jpg": persons["id 2/images/p.JPG"], "face_embedding.npy": None}
    assert (facts["width"], facts["height"], facts["frames"]) == (96, 64, 1)
    assert made["id 2/images/q"][1] == {"png": persons["id 2/images/q.png"], "face_embedding.npy": embedding(3)}


def test_a_name_that_is_no_text_is_spelled(samples):
    (facts, _), *_ = samples({"id1/images/\udcff.npy": embedding()}).values()
    assert facts["files"] == {"face_embedding.npy": "id1/images/\\xff.npy"} and facts["name"].endswith("\\xff")


_FLAT = np.zeros((2, 257, 601), np.float32)
_BAD = {
    "audios/shape": (npy(_FLAT[:, :, :300]), "bad-column", r"shape\.npy' must hold float32 \(2, 257, 601\), got"),
    "audios/double": (npy(_FLAT.astype(np.float64)), "bad-column", "got float64"),
    "audios/nan": (npy(np.where(_FLAT == 0, np.nan, _FLAT).astype(np.float32)), "bad-column", "308914 numbers"),
    "audios/text": (b"no array", "bad-column", "no npy file"),
    "audios/cut": (npy(_FLAT)[:-1], "bad-column", "no npy file"),
    "audios/none": (b"", "empty-file", "no bytes"),
    "images/pickle": (npy(np.array([{}], object)), "unsafe-data", "pickle"),
    "images/long": (npy(np.zeros(2622, np.float32)), "bad-column", r"\(4096,\)"),
    "images/below": (npy(np.full(4096, -1, np.float32)), "bad-column", "ReLU"),
    "images/infinite": (npy(np.full(4096, np.inf, np.float32)), "bad-column", "infinite"),
    "images/big": (b"\x93NUMPY\x01\x00" + struct.pack("<H", 65535), "unsafe-data", "header"),
}


def test_what_is_no_such_array_is_refused_by_name(samples):
    made = samples({f"id1/{name}.npy": body for name, (body, _, _) in _BAD.items()})
    for name, (_, code, said) in _BAD.items():
        error = made[f"id1/{name}"]
        assert isinstance(error, ClipError) and error.code == code and name.split("/")[1] in str(error), name
        assert re.search(said, str(error)), str(error)


def test_what_does_not_decode_is_refused_by_name(samples, make):
    png = make.frames(1)[0]
    bad = {"audios/a.wav": wav()[:30], "audios/b.mp3": b"x" * 99, "images/c.png": png[:80], "images/d.jpg": png}
    made = samples({f"id1/{name}": body for name, body in bad.items()})
    codes = {path: error.code for path, error in made.items()}
    assert codes.pop("id1/images/c") == codes.pop("id1/images/d") == "broken-image"
    assert set(codes.values()) <= {"broken-media", "truncated-media", "no-sound"} and len(codes) == 2
    assert "none of a jpg file" in str(made["id1/images/d"]) and "b.mp3" in str(made["id1/audios/b"])


def test_the_variant_is_told_by_the_values_and_held_against_what_is_said(samples):
    noise = sounds(6, 0).astype(np.float32)
    assert [variant_of(compressed_spectrogram(noise, 6.0, variant=name)) for name in ("parts", "polar")] == [
        "parts",
        "polar",
    ]
    assert variant_of(_FLAT) is None
    files = {
        "id1/audios/a.npy": spectrogram(),
        "id1/audios/b.npy": spectrogram(0, "polar"),
        "id1/audios/c.npy": npy(_FLAT),
    }
    made = samples(files, variant="polar")
    assert "is of the variant parts, --variant says polar" in str(made["id1/audios/a"])
    assert [made[f"id1/audios/{name}"][0]["spectrogram_variant"] for name in "bc"] == ["polar", "polar"]
    assert "spectrogram_variant" not in samples(files)["id1/audios/c"][0]


def test_spectrograms_of_other_parameters_are_asked_for(samples):
    small = {"id1/audios/a.npy": npy(np.ones((2, 17, 11), np.float32))}
    assert isinstance(samples(small)["id1/audios/a"], ClipError)
    assert samples(small, bins=17, frames=11)["id1/audios/a"][0]["side"] == "sound"
    for wrong in ({"variant": "original"}, {"bins": 0}):
        with pytest.raises(UsageError, match="must be"):
            SpeechFaceOptions(**wrong)
