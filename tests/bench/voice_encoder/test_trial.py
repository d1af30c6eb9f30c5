"""That the voice encoder learns whose voice it hears, by the preset and the commands that a user has."""

from pathlib import Path

import pytest

from faceshards.bench.voice_encoder.speakers import made_speakers, real_speakers
from faceshards.bench.voice_encoder.trial import Trial

pytestmark = pytest.mark.slow


def test_it_tells_ten_made_up_voices_apart(tmp_path: Path) -> None:
    found = Trial.of(made_speakers(), tmp_path).learned(looks=1)
    assert found.speakers == 10 and found.held == 50
    assert found.looks[-1].top1 >= 0.9, found
    assert found.untrained < 0.4 and found.by_pitch < 0.8, found  # it heard more than the pitch, and had to learn it


def test_it_tells_real_voices_better_than_chance(real: Path, tmp_path: Path) -> None:
    found = Trial.of(real_speakers(real / "audio"), tmp_path).learned(looks=1)
    assert found.speakers >= 5 and found.looks[-1].top1 > found.chance, found
