"""The spectrogram is that of the training: its settings, its era; others are refused by name."""

import numpy as np
import pytest

from faceshards.curation.stages.spectrogram import Spectrogram, SpectrogramParams, spectrogram_of
from faceshards.errors import ClipError, UsageError
from faceshards.infer.given.inputs import listed
from faceshards.infer.given.media import FileMedia, OpenMedia
from faceshards.infer.hearing import Hearing
from faceshards.media.sound import read_sound
from faceshards.shards.schema.provenance import Provenance
from tests.infer.conftest import MADE, SETTINGS, shard_of, wave_file

POLAR = {"settings": {"spectrogram": vars(SpectrogramParams(variant="polar", rms=-23.0))}}


def rows(path):
    opened = OpenMedia()
    return [opened(one) for one in listed([str(path)], ()).taken]


def test_a_sound_is_heard_as_the_stage_makes_it(voice):
    for config in (SETTINGS, POLAR):
        hearing = Hearing.of("voice.pt", config)
        assert not hearing.notes and hearing.record == config["settings"]["spectrogram"]
        found, source = hearing.of_media(FileMedia(voice))
        assert source == "sound" and found.shape == (2, 257, 601)
        np.testing.assert_array_equal(found, spectrogram_of(read_sound(voice, 16_000).samples, hearing.params))


@pytest.mark.parametrize(
    ("config", "given", "said"),
    [
        (POLAR, ["spectrogram.variant=parts"], r"voice\.pt was trained on spectrograms of variant 'polar', and --set"),
        (SETTINGS, ["spectrogram.hop_length=5"], "hop_length 10.0"),
        ({"settings": {"spectrogram": {"variant": "ast"}}}, [], "variant must be one of parts, polar, mel, got 'ast'"),
        ({"settings": {"spectrogram": {"loudness": 2}}}, [], "no parameter loudness"),
        ({"settings": {"spectrogram": {"variant": "mel"}}}, [], "make 1 x 80 x 601"),
        ({"settings": {"spectrogram": {"n_fft": 1024}}}, [], "make 2 x 513 x 601"),
        ({"settings": {"variant": "parts", "shape": [2, 257, 301]}}, [], "of 2 x 257 x 301, and its settings"),
        ({"settings": {"variant": "polar", "shape": [2, 257, 601]}}, ["spectrogram.variant=parts"], "'polar', and"),
        ({}, ["faces.every=5"], "got faces"),
    ],
)
def test_other_settings_are_refused_by_name(config, given, said):
    with pytest.raises(UsageError, match=said):
        Hearing.of("voice.pt", config, given)


def test_a_checkpoint_that_says_nothing_hears_what_the_user_says_and_the_user_is_told():
    plain, later = Hearing.of("a.pt", {}), Hearing.of("a.pt", {}, ["spectrogram.variant=polar", "spectrogram.rms=-23"])
    assert plain.params == SpectrogramParams() and later.params == SpectrogramParams(variant="polar", rms=-23.0)
    assert all("a.pt does not say all of the spectrograms" in one.notes[0] for one in (plain, later))
    packed = Hearing.of("a.pt", {"settings": {"variant": "polar", "shape": [2, 257, 601]}}, ["spectrogram.rms=-23"])
    assert packed.params == SpectrogramParams(variant="polar", rms=-23.0) and packed.notes


def test_what_a_view_tells_of_its_shards_is_known():
    flat = {"settings": {**vars(SpectrogramParams(audio_length=3.0)), "shape": [2, 257, 301]}}
    hearing = Hearing.of("a.pt", flat)
    assert hearing.params == SpectrogramParams(audio_length=3.0) and not hearing.notes


def test_a_column_is_taken_where_it_was_made_so_and_else_the_sound_is_heard(tmp_path):
    hearing = Hearing.of("voice.pt", SETTINGS)
    first, second, _ = rows(shard_of(tmp_path / "a.tar"))
    found, source = hearing.of_media(first)
    assert source == "column"
    np.testing.assert_array_equal(found, first.column("spectrogram.npy"))
    assert hearing.of_media(second)[1] == "sound", "a row without the column"
    assert Hearing.of("voice.pt", POLAR).of_media(first)[1] == "sound", "another era"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (MADE, "made with variant 'parts', and the checkpoint heard 'polar', and there is no sound"),
        (Provenance("spectrogram", Spectrogram.version - 1, {}), "version 3 of the stage spectrogram, not 4"),
        (Provenance("pack", 2), "not made by the stage spectrogram"),
    ],
)
def test_a_column_of_another_era_without_a_sound_is_refused_by_name(tmp_path, made, said):
    first, *_ = rows(shard_of(tmp_path / "a.tar", made, sound=False))
    with pytest.raises(ClipError, match=said) as caught:
        Hearing.of("voice.pt", POLAR).of_media(first)
    assert caught.value.code == "bad-column"


def test_silence_and_a_short_sound(tmp_path):
    hearing = Hearing.of("voice.pt", SETTINGS)
    with pytest.raises(ClipError, match="are 0") as caught:
        hearing.of_media(FileMedia(wave_file(tmp_path / "silent.wav", 0.0)))
    assert caught.value.code == "silent"
    found, _ = hearing.of_media(FileMedia(wave_file(tmp_path / "short.wav", seconds=0.5)))
    assert found.shape == (2, 257, 601) and np.isfinite(found).all()
