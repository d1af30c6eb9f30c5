"""How long MediaPipe's own FaceMesh with irises takes for the frames of a clip: PICTURES.npy.

It runs in the oracles' Python; nothing of this project is imported.
"""

import sys
import time

import numpy as np


def seconds(pictures: np.ndarray) -> float:
    """CPU seconds for pictures, uint8 (n, H, W, 3) RGB, each followed from the one before."""
    import mediapipe

    with mediapipe.solutions.face_mesh.FaceMesh(refine_landmarks=True, max_num_faces=1) as mesh:
        mesh.process(pictures[0])  # the graph is set up at the first picture
        start = time.process_time()
        found = sum(mesh.process(picture).multi_face_landmarks is not None for picture in pictures)
        spent = time.process_time() - start
    if found < 0.9 * len(pictures):
        sys.exit(f"it found a face in {found} of {len(pictures)} pictures")
    return spent


if __name__ == "__main__":
    sys.stdout.write(f"{seconds(np.load(sys.argv[1]))}\n")
