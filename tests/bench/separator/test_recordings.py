"""Spans of recordings: those that are trained on hold nothing of the last one."""

import numpy as np
import pytest

from faceshards.bench.separator.recordings import SEEN, STRANGERS, spans


@pytest.mark.parametrize("seconds", [7.0, 11.0, 19.91])
def test_the_last_span_is_heard_in_no_other(seconds):
    (last,) = spans(seconds, last=True)
    starts = np.array(spans(seconds, last=False))
    assert last + 3 == pytest.approx(seconds) and len(starts) == np.ceil(2 * (seconds - 6))
    assert starts[0] == 0 and (starts + 3 < seconds - 3).all()


def test_nobody_is_on_both_sides_and_no_face_stands_for_two():
    assert not SEEN.keys() & STRANGERS.keys()
    faces = [*SEEN.values(), *STRANGERS.values()]
    assert len(set(faces)) == len(faces)
    talking = {**SEEN, **STRANGERS}
    assert all(face == sound for sound, face in talking.items() if sound.startswith("video"))
