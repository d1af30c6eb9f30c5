"""3DXTalker's data set, stated anew from what it does (`data_provider/data_loader.py`, 02983a4).

A folder of collections, each a folder of sequences, each a folder of files. An item is a window of a sequence, of which
every file is read as a whole.
"""

from __future__ import annotations

import os

import numpy as np
from scipy.io import wavfile
from torch.utils.data import Dataset

#: What its configuration says.
FPS, RATE, FRAMES = 25, 16000, 250

_CODES = ("shapecode", "expcode", "posecode", "detailcode")


class TalkingDataset(Dataset[dict[str, np.ndarray]]):
    """Windows from random starts. A window's frames are `linspace(start, start + FRAMES, FRAMES)` cut to whole numbers:
    the last but one is left out. Sound and codes are cut to whole seconds before. A sequence that is too short, as any
    that fails, becomes another one at random. `HDTF`, by that very name of a folder, counts four times.

    It reads sound by librosa, which is not there: SciPy reads the same samples in less time. The processor of Wav2Vec2
    that it makes is not used by it.
    """

    def __init__(self, root: str, frames: int = FRAMES) -> None:
        self.frames = frames
        self.folders: list[str] = []
        for collection in sorted(os.listdir(root)):
            path = os.path.join(root, collection)
            sequences = [os.path.join(path, name) for name in sorted(os.listdir(path))]
            self.folders += [one for one in sequences if os.path.isdir(one)] * (4 if collection == "HDTF" else 1)

    def __len__(self) -> int:
        return len(self.folders)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        while True:
            try:
                return self._sample(self.folders[index])
            except Exception:  # noqa: BLE001 - so it does
                index = np.random.randint(0, len(self.folders) - 1)

    def _sample(self, folder: str) -> dict[str, np.ndarray]:
        rate, numbers = wavfile.read(os.path.join(folder, "audio.wav"))
        audio = numbers.astype(np.float32) / 32768
        codes = np.concatenate([np.load(os.path.join(folder, f"{name}.npy")) for name in _CODES], axis=-1)
        reference = codes[0:1, :]
        envelope = np.load(os.path.join(folder, "envelope.npy"))
        if len(codes) - self.frames <= 0:
            raise RuntimeError(f"{folder} is too short")
        audio, codes = _whole_seconds(audio, rate, codes)
        envelope, _ = _whole_seconds(envelope, rate, codes)
        assert len(audio) / (rate / FPS) == len(codes) and len(envelope) / (rate / FPS) == len(codes)
        start = np.random.randint(0, len(codes) - self.frames, size=1)
        numbers_of = [
            np.linspace(s, e, self.frames, dtype=int) for s, e in zip(start, start + self.frames, strict=True)
        ]
        frames = np.array(numbers_of)
        window = np.take(codes, frames, axis=0)
        samples = int(rate / FPS)
        places = (frames * samples)[..., None] + np.arange(samples)[None, None, :]
        return {
            "audio_data": np.take(audio, places).reshape((1, -1)).squeeze(0),
            "envelope_data": np.take(envelope, places).reshape((1, -1)).squeeze(0),
            "ref_frame_annot": reference,
            "annot_data": window.squeeze(0),
        }


def _whole_seconds(sound: np.ndarray, rate: int, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    seconds = min(int(len(sound) / rate), int(len(codes) / FPS))
    return sound[: int(seconds * rate)], codes[: int(seconds * FPS)]
