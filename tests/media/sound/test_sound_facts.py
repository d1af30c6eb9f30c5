import pytest

from faceshards.errors import ClipError
from faceshards.media.sound.sound_facts import sound_facts


def test_real_sounds(real):
    told = sound_facts(real / "audio" / "jfk.flac")
    assert (told["sound_codec"], told["sample_rate"], told["channels"]) == ("flac", 44100, 2)
    assert told["sound_duration"] == pytest.approx(11, abs=0.1)
    assert sound_facts((real / "audio" / "hallo_1.wav").read_bytes())["sound_codec"].startswith("pcm")


def test_what_is_no_sound(real):
    with pytest.raises(ClipError):
        sound_facts(b"RIFF no sound")
    with pytest.raises(ClipError, match="longer than 1 s"):
        sound_facts(real / "audio" / "jfk.flac", max_seconds=1)
