"""Sources to pack, made for the bench: what the field's data sets look like, of pictures that move."""

from __future__ import annotations

import io
import pickle
import wave
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from faceshards.bench.stream.clips import GOP_25, encode, frames, kinds_of
from faceshards.media.picture import encode_jpg

#: What a small spectrogram has in place of 257 x 601: a hundred thousand whole ones would be 124 GB.
BINS, FRAMES = 17, 11
#: Sides in pixels: of VFHQ's frames, of videos, of the pictures of faces.
FRAME, VIDEO, FACE = 512, 256, 224

_A_PERSON = 10


class Source(NamedTuple):
    """A kind of source: the words behind `faceshards pack`, what making its samples is, and how it is made, of some
    size, in an empty folder: returns what is packed.
    """

    what: str
    words: tuple[str, ...]
    making: str
    make: Callable[[Path, int], Path]


def persons(folder: Path, rows: int) -> Path:
    """Persons of ten sounds and ten pictures each, all of them small arrays: as many files as rows."""
    kinds = {"audios": np.ones((2, BINS, FRAMES), np.float32), "images": np.ones(4096, np.float32)}
    bodies = {side: bytearray(_npy(array)) for side, array in kinds.items()}
    for number in range(rows):
        person, place = divmod(number, 2 * _A_PERSON)
        side = "audios" if place % 2 else "images"
        parent = folder / f"id{person:05d}" / side
        parent.mkdir(parents=True, exist_ok=True)
        bodies[side][-4:] = np.float32(number).tobytes()
        (parent / f"{place:02d}.npy").write_bytes(bodies[side])
    return folder


def spectrograms(folder: Path, count: int) -> Path:
    """One person's spectrograms, of their full size, with as many embeddings."""
    random = np.random.default_rng(0)
    whole = random.normal(size=(2, 257, 601)).astype(np.float32)
    for side in ("audios", "images"):
        (folder / "id1" / side).mkdir(parents=True)
    for number in range(count):
        whole[1, 0, 0] = number
        (folder / "id1" / "audios" / f"{number:05d}.npy").write_bytes(_npy(whole))
        (folder / "id1" / "images" / f"{number:05d}.npy").write_bytes(_npy(np.full(4096, number, np.float32)))
    return folder


def faces(folder: Path, count: int) -> Path:
    """Pictures of faces with their embeddings and landmarks."""
    folder.mkdir()
    for number, picture in enumerate(frames(FACE, count, 0)):
        (folder / f"{number:05d}.jpg").write_bytes(encode_jpg(picture))
        (folder / f"{number:05d}_embedding.npy").write_bytes(_npy(np.full(4096, number, np.float32)))
        (folder / f"{number:05d}_landmarks.npy").write_bytes(_npy(np.full(144, number, np.float32)))
    return folder


def videos(folder: Path, count: int) -> Path:
    """Clips of four seconds as mp4 files, eight of them different."""
    folder.mkdir()
    bodies = [encode(kind) for kind in kinds_of(VIDEO, 4, GOP_25, min(count, 8))]
    for number in range(count):
        (folder / f"clip{number:05d}.mp4").write_bytes(bodies[number % len(bodies)])
    return folder


def sequences(folder: Path, count: int) -> Path:
    """Sequences of EMOCA's codes with their sound, of 100 frames each."""
    codes = {"cam": (3,), "detailcode": (128,), "expcode": (50,), "lightcode": (9, 3), "posecode": (6,)}
    shapes = {**codes, "shapecode": (100,), "texcode": (50,)}
    bodies = {f"{name}.npy": _npy(np.zeros((100, *shape), np.float32)) for name, shape in shapes.items()}
    bodies["envelope.npy"] = _npy(np.zeros(64_000, np.float32))
    bodies["refimg.npy"] = _npy(np.zeros((3, 224, 224), np.float32))
    bodies["metadata.pkl"] = pickle.dumps([100])
    bodies["audio.wav"] = _wav(64_000)
    for number in range(count):
        sequence = folder / f"V0-s1-{number:05d}"
        sequence.mkdir(parents=True)
        for name, body in bodies.items():
            (sequence / name).write_bytes(body)
    return folder


def frame_zip(folder: Path, clips: int, pictures: int) -> Path:
    """A zip of folders of PNG frames, a clip each, stored, as VFHQ comes."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "frames.zip", "w", zipfile.ZIP_STORED) as out:
        for clip in range(clips):
            for number, body in enumerate(_pngs(clip, pictures)):
                out.writestr(f"Clip+{clip:04d}+P0+C0+F0-{pictures}/{number:08d}.png", body)
    return folder / "frames.zip"


def _pngs(clip: int, pictures: int) -> Iterator[bytes]:
    for picture in frames(FRAME, pictures, clip):
        yield cv2.imencode(".png", picture[:, :, ::-1])[1].tobytes()


def _wav(samples: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * samples))
    return out.getvalue()


def _npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


#: What is packed for its speed alone; frames race another packer.
SOURCES = (
    Source("clips of video files, 4 s", ("clips",), "decoding every frame once", videos),
    Source("face-decoder, 224 px JPEG files with arrays", ("face-decoder",), "decoding pictures", faces),
    Source("emoca, sequences of 100 frames", ("emoca",), "reading and checking", sequences),
    Source("speech-face, whole spectrograms and embeddings", ("speech-face",), "reading and checking", spectrograms),
)
