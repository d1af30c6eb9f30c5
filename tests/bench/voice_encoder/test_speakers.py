"""Speakers: two by two of one pitch, nothing of what is held out is trained on, and folders as packing takes them."""

import numpy as np
from scipy.io import wavfile

from faceshards.bench.made_voice import RATE
from faceshards.bench.voice_encoder.speakers import HEARD, VoiceSpans, made_speakers, real_speakers, write_speakers


def test_ten_are_made_up_the_same_each_time():
    first, again = ([*made_speakers(2, 1)] for _ in range(2))
    assert len(first) == 10 and {len(one.trained) for one in first} == {2} and {len(one.held) for one in first} == {1}
    assert {len(sound) for one in first for sound in (*one.trained, *one.held)} == {round(HEARD * RATE)}
    assert all(np.array_equal(one.held[0], other.held[0]) for one, other in zip(first, again, strict=True))
    assert not any(np.array_equal(one.trained[0], one.held[0]) for one in first)


def test_spans_of_a_file_share_no_sample_with_those_held_out(tmp_path):
    for name, seconds in (("long", 20), ("short", 4)):
        wavfile.write(tmp_path / f"{name}.wav", RATE, np.arange(seconds * RATE, dtype=np.int32) << 8)
    for one, seconds in zip(real_speakers(tmp_path, 5), (20, 4), strict=True):
        numbers = [np.round(sound * 2**23).astype(int) for sound in (*one.trained, *one.held)]
        trained, held = set(np.concatenate(numbers[:5])), np.concatenate(numbers[5:])
        assert len(one.trained) == 5 and max(trained) < 0.6 * seconds * RATE <= held.min()
        assert len(set(held)) == len(held) and max(map(len, numbers)) <= 3 * RATE


def test_folders_are_those_of_speech_to_face(tmp_path):
    sound = np.zeros(RATE)
    faces = write_speakers([VoiceSpans("anna", [sound, sound], [sound]), VoiceSpans("ben", [sound], [])], tmp_path)
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*")) == [
        "held/anna/audios/000.wav",
        "trained/anna/audios/000.wav", "trained/anna/audios/001.wav", "trained/anna/images/face.npy",
        "trained/ben/audios/000.wav", "trained/ben/images/face.npy",
    ]  # fmt: skip
    face = np.load(tmp_path / "trained/ben/images/face.npy")
    assert face.shape == (4096,) and face.min() == 0 and np.array_equal(face, faces["ben"])
