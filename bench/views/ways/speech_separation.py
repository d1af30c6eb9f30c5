"""speech_separation's training set, stated anew from what it does: `data/audio/build_audio_database_v2.py` and
`data/AV_log/gentxtnew.py`, which write each mixture to disk, and `AVGenerator` of `model/lib/MyGenerator.py`, which
reads them.

    audio/AV_model_database/mix/mix-AAAAA-BBBBB.npy          float64 (298, 257, 2), of two clips
    audio/AV_model_database/crm/crm-AAAAA-BBBBB-AAAAA.npy    float64 (298, 257, 2), of each of the two
    video/face_emb/AAAAA_face_emb.npy                        float64 (75, 1, 1792), of each clip
    AV_log/AVdataset_train.txt                               a mixture a line: these names, mix, crm, crm, face, face
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

#: Of a mixture, of its faces, of its masks.
MIXTURE, FACES, MASKS = (298, 257, 2), (75, 1, 1792, 2), (298, 257, 2, 2)
MixtureBatch = list[np.ndarray]

_DATABASE, _FACES, _LIST = "audio/AV_model_database", "video/face_emb", "AV_log/AVdataset_train.txt"
_K, _C, _TINY = 10, 0.1, 1e-8


class AVGenerator(Dataset[MixtureBatch]):
    """Batches: of each mixture five files are read into new arrays of float64. It is asked for a batch at a time, as a
    Keras `Sequence` is: give a DataLoader `collate_fn=as_tensors`. The DataLoader shuffles, as `on_epoch_end` does.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lines = Path(folder, _LIST).read_text("utf-8").splitlines()

    def __len__(self) -> int:
        return len(self._lines)

    def __getitems__(self, indices: Sequence[int]) -> MixtureBatch:
        """The mixtures (B, 298, 257, 2), the faces (B, 75, 1, 1792, 2), the masks (B, 298, 257, 2, 2)."""
        mixtures, faces, masks = (np.empty((len(indices), *shape)) for shape in (MIXTURE, FACES, MASKS))
        for row, index in enumerate(indices):
            names = self._lines[index].strip().split(" ")
            mixtures[row] = np.load(f"{self._folder}/{_DATABASE}/mix/{names[0]}")
            for voice in range(2):
                masks[row, :, :, :, voice] = np.load(f"{self._folder}/{_DATABASE}/crm/{names[voice + 1]}")
                faces[row, :, :, :, voice] = np.load(f"{self._folder}/{_FACES}/{names[voice + 3]}")
        return [mixtures, faces, masks]


def as_tensors(batch: MixtureBatch) -> list[torch.Tensor]:
    """A batch as it leaves a worker."""
    return [torch.from_numpy(array) for array in batch]


def write_mixtures(root: Path, clips: Mapping[int, tuple[np.ndarray, np.ndarray]]) -> Path:
    """What the generator reads of some clips, an even number of them: of each three seconds over their peak, float32
    (48000,), and its face's embeddings (75, 1, 1792). Every clip of the first half is mixed with every one of the
    second.

    The scripts also write the clips' own spectra and the mixtures' sound, and list a tenth of the mixtures as held out;
    where an odd number of clips leaves none over, they end in an error.
    """
    for folder in (f"{_DATABASE}/mix", f"{_DATABASE}/crm", _FACES, str(Path(_LIST).parent)):
        (root / folder).mkdir(parents=True)
    numbers = list(clips)
    spectra = {number: _spectrum(sound) for number, (sound, _) in clips.items()}
    for number, (_, face) in clips.items():
        np.save(root / _FACES / f"{number:05d}_face_emb.npy", face.astype(np.float64))
    half = len(numbers) // 2
    lines = [_mix(root / _DATABASE, clips, spectra, pair) for pair in product(numbers[:half], numbers[half:])]
    (root / _LIST).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return root


def _mix(
    database: Path,
    clips: Mapping[int, tuple[np.ndarray, np.ndarray]],
    spectra: Mapping[int, np.ndarray],
    pair: tuple[int, ...],
) -> str:
    """Writes a mixture and its masks; its line of the list."""
    words = "-".join(f"{number:05d}" for number in pair)
    mixture = _spectrum(sum((clips[number][0] * (1 / len(pair)) for number in pair), np.zeros(1, np.float32)))
    np.save(database / "mix" / f"mix-{words}.npy", _parts(mixture))
    masks = [f"crm-{words}-{number:05d}.npy" for number in pair]
    for number, name in zip(pair, masks, strict=True):
        mask = _parts(spectra[number] * mixture.conj() / (np.abs(mixture) ** 2 + _TINY))
        np.save(database / "crm" / name, _K * np.tanh(_C / 2 * mask))  # K (1 - e^-CM) / (1 + e^-CM)
    return " ".join([f"mix-{words}.npy", *masks, *(f"{number:05d}_face_emb.npy" for number in pair)])


def _spectrum(sound: np.ndarray) -> np.ndarray:
    """Complex (298, 257) of 48,000 samples: frames of 512, 160 apart, under a Hann window of 400 in their middle."""
    padded = np.concatenate([sound, np.zeros(192)])
    window = np.concatenate([np.zeros(56), np.hanning(400), np.zeros(56)])
    count = (len(padded) - 512) // 160
    return np.fft.rfft(np.stack([padded[160 * frame : 160 * frame + 512] * window for frame in range(count)]), axis=1)


def _parts(values: np.ndarray) -> np.ndarray:
    return np.stack([values.real, values.imag], axis=-1)
