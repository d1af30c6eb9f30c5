"""How long MediaPipe Holistic takes for pictures: PICTURES.npy, then for each line on stdin one on stdout: seconds of
the processor for all of them, each followed from the one before, and the hands that it found.

It runs in the oracles' Python, which has nothing of this project.
"""

import sys
import time

import numpy as np

if __name__ == "__main__":
    import mediapipe

    pictures = np.load(sys.argv[1])
    with mediapipe.solutions.holistic.Holistic() as net:
        for _ in sys.stdin:
            net.reset()
            net.process(pictures[0])
            start = time.process_time()
            hands = 0
            for picture in pictures:
                found = net.process(picture)
                hands += (found.left_hand_landmarks is not None) + (found.right_hand_landmarks is not None)
            sys.stdout.write(f"{time.process_time() - start} {hands}\n")
            sys.stdout.flush()
