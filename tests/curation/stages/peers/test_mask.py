"""The stage `mask` against MediaPipe's own program, on the same frames of real clips."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.curation.stages.mask import Mask
from faceshards.media.video.decode import frames
from tests.curation.on_pictures import PicturesClip, ready, results_of
from tests.oracle import asked

pytestmark = pytest.mark.peers
ORACLE = Path(__file__).with_name("mediapipe_selfie.py")


@pytest.mark.parametrize("name", ["livep_d10.mp4", "megactor_ENTF_1.mp4", "grid_bbaf2n.mpg"])
def test_a_person_s_pixels_are_theirs(real, name):
    pictures = np.stack(list(islice(frames(real / "video" / name), 16)))
    result = results_of(ready(Landmarks(), Mask()), PicturesClip(pictures))["mask"]
    assert isinstance(result, Outcome), result
    ours = np.stack(list(frames(result.columns["mask.mp4"])))[..., 1] > 127
    theirs = asked(ORACLE, pictures=pictures)["masks"] > 0.5
    common = (ours & theirs).sum() / (ours | theirs).sum()
    print(f"{name}: intersection over union {common:.4f}")
    assert common > 0.99
