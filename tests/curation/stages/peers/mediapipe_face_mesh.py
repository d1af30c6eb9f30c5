"""MediaPipe's own FaceMesh on pictures: run by `tests.oracle`, in its Python. Not a test module."""

import mediapipe
import numpy as np


def answer(pictures: np.ndarray, follow: np.ndarray, irises: np.ndarray) -> dict[str, np.ndarray]:
    """Points of the one face in pictures, uint8 (n, H, W, 3): x, y and z in pixels, float32 (n, 468 or 478, 3); NaN
    where it finds none. `follow`: as frames of a clip; `irises`: by the network with attention, and the irises.
    """
    width, height = pictures.shape[2], pictures.shape[1]
    points = np.full((len(pictures), 478 if irises else 468, 3), np.nan, np.float32)
    options = {"static_image_mode": not follow, "refine_landmarks": bool(irises), "max_num_faces": 1}
    with mediapipe.solutions.face_mesh.FaceMesh(**options) as mesh:
        for row, picture in zip(points, pictures, strict=True):
            for face in mesh.process(picture).multi_face_landmarks or ():
                row[:] = [(point.x * width, point.y * height, point.z * width) for point in face.landmark]
    return {"points": points}
