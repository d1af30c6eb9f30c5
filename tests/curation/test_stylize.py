"""The stage `stylize`: a twin of the clip."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np

from faceshards.curation.cartoon import Cartoon
from faceshards.curation.stylize import Stylize
from faceshards.media.probe import probe
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import wide
from faceshards.media.video.decode import frames
from tests.curation.conftest import moved


def test_the_twin_has_the_same_frames_at_the_same_rate_and_its_own_packet_table(astronaut):
    stage = Stylize()
    stage.prepare()
    clip = SimpleNamespace(frames=moved(astronaut, 7), fps=Fraction(30000, 1001))
    one, again = stage.one(clip), stage.one(clip)
    body = one.columns["styled.mp4"]
    assert body == again.columns["styled.mp4"]
    facts = probe(body)
    assert (facts.frames, facts.fps, facts.width, facts.height, facts.sound_codec) == (
        7,
        Fraction(30000, 1001),
        256,
        256,
        None,
    )
    table, media = packet_table(body)
    assert np.array_equal(table, wide(one.columns["styled.mp4.packets.npy"]))
    assert one.media == {"styled.mp4": media}
    shown = np.stack(list(frames(body))).astype(int)
    expected = np.stack([Cartoon().draw(frame) for frame in clip.frames])
    assert np.abs(shown - expected).mean() < 6  # what H.264 costs
