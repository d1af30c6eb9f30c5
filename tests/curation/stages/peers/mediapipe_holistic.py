"""MediaPipe's own Holistic on pictures: run by `tests.oracle`, in its Python. Not a test module."""

import time

import mediapipe
import numpy as np

_PARTS = {"pose": ("pose_landmarks", 33), "face": ("face_landmarks", 468)}
_HANDS = {"left": ("left_hand_landmarks", 21), "right": ("right_hand_landmarks", 21)}


def answer(pictures: np.ndarray, follow: np.ndarray) -> dict[str, np.ndarray]:
    """Points of the one person in pictures, uint8 (n, H, W, 3), x and y in pixels, NaN where it finds none: `pose`
    (n, 33, 2) with `visibility` (n, 33), `face` (n, 468, 2), hands `left` and `right` (n, 21, 2); and `seconds` of
    processor time. `follow`: as frames of a clip; nothing is smoothed.
    """
    count, height, width = pictures.shape[:3]
    parts = _PARTS | _HANDS
    made = {name: np.full((count, points, 2), np.nan, np.float32) for name, (_, points) in parts.items()}
    made["visibility"] = np.zeros((count, 33), np.float32)
    with mediapipe.solutions.holistic.Holistic(static_image_mode=not follow, smooth_landmarks=False) as net:
        net.process(pictures[0])
        net.reset()
        start = time.process_time()
        for number, picture in enumerate(pictures):
            found = net.process(picture)
            for name, (attribute, _) in parts.items():
                if (points := getattr(found, attribute)) is not None:
                    made[name][number] = [(one.x * width, one.y * height) for one in points.landmark]
            if found.pose_landmarks is not None:
                made["visibility"][number] = [one.visibility for one in found.pose_landmarks.landmark]
        made["seconds"] = np.array(time.process_time() - start)
    return made
