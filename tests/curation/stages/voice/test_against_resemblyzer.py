"""The voice is that of the maker's own program: cosine, on real speech."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.voice.voice import Voice
from faceshards.media.sound import Sound
from faceshards.media.sound.read import read_sound
from faceshards.shards.schema.codecs import decode
from tests.curation.on_pictures import PicturesClip, ready, result_of
from tests.oracle import asked

VIDEOS = ("latentsync_demo1", "livep_d20", "megactor_CHTF_2", "megactor_ENTF_1", "sadtalker_wda_aoc", "vretalk_face4")
SCRIPT = Path(__file__).with_name("resemblyzer_oracle.py")


def voice(stage: Voice, sound: Sound) -> np.ndarray:
    result = result_of(stage, PicturesClip(sound=sound))
    assert isinstance(result, Outcome), result
    return decode("voice.npy", result.columns["voice.npy"])


@pytest.mark.peers
def test_it_is_resemblyzers_of_the_same_samples_and_of_the_same_files(real):
    (stage,) = ready(Voice())
    audio = {path.stem.replace("-", "_"): path for path in sorted((real / "audio").iterdir())}
    videos = {name: real / "video" / f"{name}.mp4" for name in VIDEOS}
    sounds = {name: read_sound(path.read_bytes()) for name, path in {**audio, **videos}.items()}
    theirs = asked(SCRIPT, **{name: sound.samples for name, sound in sounds.items()})
    read = asked(SCRIPT, **{name: str(path) for name, path in audio.items()})
    ours = {name: voice(stage, sound) for name, sound in sounds.items()}
    assert len(sounds) == 15
    assert min(float(ours[name] @ theirs[name]) for name in sounds) > 0.99999
    assert min(float(ours[name] @ read[name]) for name in audio) > 0.999
