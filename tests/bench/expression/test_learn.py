"""The expression network learns what a voice tells of persons whom it never heard, and nothing of what it does not."""

import pytest

from faceshards.bench.expression.learn import LearningScale, learn

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.slow
def test_the_jaw_follows_the_voice_of_persons_never_heard(tmp_path):
    *_, last = learn(tmp_path, LearningScale(steps=150, look=75))
    found = last.distances
    assert last.step == 150 and last.jaw_correlation > 0.9, last
    assert found["exp"] < 0.75 * found["exp_of_mean"] and found["jaw"] < 0.95 * found["jaw_of_mean"], last
    # Heads wander by themselves: whoever does better than the mean there has seen the answer.
    assert found["head"] > 0.95 * found["head_of_mean"], last
