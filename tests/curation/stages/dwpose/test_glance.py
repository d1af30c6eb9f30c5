"""A look at one picture: face and hands are where the body has its head and wrists."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from faceshards.curation.stages.dwpose.glance import Glance
from faceshards.curation.stages.dwpose.mediapipe import MediaPipe
from faceshards.curation.stages.dwpose.person import Person
from faceshards.errors import StageError, WeightsError
from faceshards.media.video.decode import frames

SHOULDERS, WRISTS = [11, 12], [15, 16]


@pytest.fixture(scope="module")
def backend() -> MediaPipe:
    try:
        return MediaPipe(0.5, 10)
    except (WeightsError, StageError) as error:
        pytest.skip(f"{error}")


def at_once(run: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*rows: np.ndarray) -> Any:
        return run(*rows)

    return call


def people(backend: MediaPipe, picture: np.ndarray) -> list[Person]:
    """Whoever the detector sees, looked at once."""
    nets = {name: at_once(net.run) for name, net in backend.networks().items()}
    glance = Glance(picture, nets, backend._detection, backend._blaze)

    async def all_of_them() -> list[Person]:
        bodies = [await glance.body(square) for square, _ in await glance.found(0.5)]
        return [await glance.parts(body, None) for body in bodies if body is not None]

    return asyncio.run(all_of_them())


def test_hands_are_where_the_wrists_are(backend, real):
    """A clip in which a woman holds her hands together."""
    (person,) = people(backend, next(iter(frames(real / "video" / "latentsync_demo1.mp4"))))
    left, right = person.hands
    width = np.ptp(person.body.points[SHOULDERS, 0])
    for hand, wrist in ((left, WRISTS[0]), (right, WRISTS[1])):
        assert hand is not None and hand.score > 0.5
        assert np.linalg.norm(hand.points[0] - person.body.points[wrist, :2]) < 0.25 * width
    assert np.linalg.norm(left.points - right.points, axis=1).mean() > 0.05 * width  # not one hand for both


def test_a_face_is_about_the_body_s_nose_and_the_box_about_both(backend, astronaut):
    (person,) = people(backend, astronaut)
    low, high = person.face.points.min(axis=0), person.face.points.max(axis=0)
    nose = person.body.points[0, :2]
    assert (low < nose).all() and (nose < high).all()
    assert (person.body.box[:2] < low + 5).all() and (person.body.box[2:] > high - 5).all()
    assert (person.body.box >= 0).all() and (person.body.box <= 256).all()
    assert person.hands == (None, None)


def test_there_is_no_body_in_a_square_of_nothing(backend, astronaut):
    assert people(backend, np.full_like(astronaut, 100)) == []
