"""Box arithmetic against plain loops and hand-made numbers."""

import numpy as np

from faceshards.models.nets.boxes import cut, kept_by_nms, moved, squared


def overlap(a: np.ndarray, b: np.ndarray, over: str) -> float:
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return wide * high / (sum(areas) - wide * high if over == "union" else min(areas))


def test_nms_equals_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    for over in ("union", "smaller"):
        corners = rng.uniform(0, 60, (80, 2))
        boxes = np.concatenate([corners, corners + rng.uniform(5, 40, (80, 2))], axis=1).astype(np.float32)
        scores = rng.uniform(0, 1, 80).astype(np.float32)
        kept: list[int] = []
        for row in sorted(range(80), key=lambda row: -scores[row]):
            if all(overlap(boxes[row], boxes[other], over) <= 0.4 for other in kept):
                kept.append(row)
        assert kept_by_nms(boxes, scores, 0.4, over).tolist() == kept  # type: ignore[arg-type]
        assert 3 < len(kept) < 80


def test_nms_is_greedy_a_suppressed_box_suppresses_nobody() -> None:
    boxes = np.array([[0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]], np.float32)
    assert kept_by_nms(boxes, np.array([0.9, 0.8, 0.7], np.float32), 0.3).tolist() == [0, 2]


def test_nms_of_nothing_and_of_ties() -> None:
    assert kept_by_nms(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), 0.5).tolist() == []
    twins = np.array([[0, 0, 5, 5]] * 3, np.float32)
    assert kept_by_nms(twins, np.ones(3, np.float32), 0.5).tolist() == [0]


def test_offsets_are_in_sides_of_the_box() -> None:
    box = np.array([[10, 20, 30, 60]], np.float32)
    assert moved(box, np.array([[0.5, -0.25, 0.0, 0.1]], np.float32)).tolist() == [[20, 10, 30, 64]]


def test_squares_are_whole_pixels_around_the_centre() -> None:
    boxes = squared(np.array([[10, 10, 20, 30], [0.4, 0.4, 7.2, 3.0], [5, 5, 5, 5]], np.float32))
    assert boxes.tolist() == [[5, 10, 25, 30], [0, -2, 7, 5], [4, 4, 5, 5]]


def test_a_cut_takes_the_right_pixels_and_black_beyond_the_frame() -> None:
    frame = np.arange(10 * 12 * 3, dtype=np.uint8).reshape(10, 12, 3)
    assert np.array_equal(cut(frame, np.array([2, 3, 6, 7], np.float32), 4), frame[3:7, 2:6])
    beyond = cut(frame, np.array([-2, 8, 2, 12], np.float32), 4)
    assert np.array_equal(beyond[:2, 2:], frame[8:10, :2])
    assert not beyond[2:].any() and not beyond[:, :2].any()
    assert not cut(frame, np.array([50, 50, 60, 60], np.float32), 4).any()


def test_a_large_cut_is_averaged_down() -> None:
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[::2] = 200
    assert np.all(cut(frame, np.array([0, 0, 64, 64], np.float32), 16) == 100)
