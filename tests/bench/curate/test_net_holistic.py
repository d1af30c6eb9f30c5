"""The race against MediaPipe Holistic: no row where its clip is not here."""

from pathlib import Path

from faceshards.bench.curate import net_holistic
from faceshards.bench.curate.scale import QUICK


def test_without_the_clip_there_is_no_row(monkeypatch):
    monkeypatch.setattr(net_holistic, "CLIP", Path("/none.mp4"))
    assert list(net_holistic.measure(QUICK)) == []
