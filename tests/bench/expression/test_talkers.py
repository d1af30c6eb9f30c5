"""Made-up talkers are what is said of them: the same each time, packed without a fault, the jaw with the sound."""

import numpy as np

from faceshards.bench.expression.learn import LearningScale, shards_of_talkers
from faceshards.bench.expression.talkers import SAMPLES, talker
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import EmocaCodes


def test_the_jaw_opens_as_the_sound_swells_and_the_head_does_not():
    sound, arrays = talker(3, 0, 4.0)
    assert sound.dtype == np.int16 and len(sound) == 100 * SAMPLES and len(arrays["expcode"]) == 100
    swell = np.abs(sound / 32768).reshape(100, SAMPLES).mean(axis=1)
    assert np.corrcoef(swell, arrays["posecode"][:, 3])[0, 1] > 0.7
    again, _ = talker(3, 0, 4.0)
    other, _ = talker(3, 1, 4.0)
    assert np.array_equal(sound, again) and not np.array_equal(sound, other)


def test_they_are_packed_as_the_published_ones(tmp_path):
    dataset = ShardDataset(shards_of_talkers(tmp_path, LearningScale(1, 1.0)), view=EmocaCodes(None))
    assert len(dataset) == 14 and dataset[0]["codes"].shape == (25, 284)
