"""The stage `stylize`: a twin of the clip."""

from fractions import Fraction

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.cartoon import Cartoon
from faceshards.curation.stages.stylize import Stylize, StylizeParams
from faceshards.media.probe import probe
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import wide
from faceshards.media.video.decode import frames
from faceshards.shards.schema.codecs import decode
from tests.curation.conftest import moved
from tests.curation.on_pictures import PicturesClip, result_of

RATE = Fraction(30000, 1001)


def styled(pictures: np.ndarray, chunk: int = 5, params: StylizeParams | None = None) -> Outcome:
    stage = Stylize(params)
    stage.setup()
    outcome = result_of(stage, PicturesClip(pictures, fps=RATE, chunk=chunk))
    assert isinstance(outcome, Outcome)
    return outcome


@pytest.fixture(scope="module")
def pictures(astronaut) -> np.ndarray:
    return moved(astronaut, 7)


@pytest.fixture(scope="module")
def whole(pictures) -> Outcome:
    return styled(pictures)


def test_the_twin_has_the_same_frames_at_the_same_rate_and_its_own_packet_table(pictures, whole):
    body = whole.columns["styled.mp4"]
    facts = probe(body)
    assert (facts.frames, facts.fps, facts.width, facts.height, facts.sound_codec) == (7, RATE, 256, 256, None)
    table, media = packet_table(body)
    assert np.array_equal(table, wide(decode("styled.mp4.packets.npy", whole.columns["styled.mp4.packets.npy"])))
    assert whole.media == {"styled.mp4": media} and whole.scores == {}
    shown = np.stack(list(frames(body))).astype(int)
    expected = np.stack([Cartoon().draw(frame) for frame in pictures])
    assert np.abs(shown - expected).mean() < 6  # what H.264 costs


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_its_bytes_are_the_same_again_and_wherever_chunks_end(pictures, whole, chunk):
    assert styled(pictures, chunk) == whole


def test_its_parameters_are_the_cartoon_s(pictures):
    few = styled(pictures[:2], params=StylizeParams(levels=3, saturation=0.0))
    shown = np.stack(list(frames(few.columns["styled.mp4"]))).astype(int)
    expected = np.stack([Cartoon(levels=3, saturation=0.0).draw(frame) for frame in pictures[:2]])
    assert np.abs(shown - expected).mean() < 3 and np.ptp(shown, axis=3).mean() < 6  # grey
