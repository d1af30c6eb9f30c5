"""Who speaks in the recordings, whose face stands for each, and the three seconds that mixtures are made of.

    |--span--|                      spans of 3 s, one each half second, that are trained on
       |--span--|
                    ...   |--last--|    the last 3 s are not

A talking clip has the face that talks in it. Of a speaker of whom there is a sound alone a photograph of another person
is the face: the network is told by it who speaks, and could not read from it how such a person sounds.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from faceshards.bench.photographs import as_clips
from faceshards.media.separation import RATE, SAMPLES
from faceshards.media.sound import read_sound
from faceshards.packing.kinds.avspeech.kind import wav

#: Sound -> picture or clip of the face: of those who are trained on, and of those who are not.
SEEN: Mapping[str, str] = {
    "audio/libri_2609.flac": "image/fp_paul_rudd.jpg",
    "audio/libri_307.flac": "image/skimage_astronaut.png",
    "audio/libri_3080.flac": "image/hallo_ref3.jpg",
    "audio/jfk.flac": "image/fp_bradley_cooper_aligned.png",
}
STRANGERS: Mapping[str, str] = {
    "audio/libri_32.flac": "image/df_img2.jpg",
    "audio/sad_RD_Radio31.wav": "image/fr_obama.jpg",
    "video/megactor_CHTF_2.mp4": "video/megactor_CHTF_2.mp4",
    "video/megactor_CHTF_3.mp4": "video/megactor_CHTF_3.mp4",
    "video/megactor_ENTF_1.mp4": "video/megactor_ENTF_1.mp4",
    "video/vretalk_face2.mp4": "video/vretalk_face2.mp4",
}

_SECONDS, _EVERY = SAMPLES / RATE, 0.5
# Faces of three seconds.
_FACES = 75


def shards_of(real: Path, work: Path) -> Path:
    """Shards `seen`, `later` (the last spans of the same speakers) and `strangers` of the recordings of a folder with
    `audio`, `image` and `video`; faces are told by the stage `face_embeddings`. What is done is not done again.
    """
    shards, drawn = work / "shards", work / "webdataset"
    if not shards.exists():
        faces = _faces(real, work)
        drawn.mkdir(parents=True, exist_ok=True)
        for name, speakers, last in (("seen", SEEN, False), ("later", SEEN, True), ("strangers", STRANGERS, True)):
            with tarfile.open(drawn / f"{name}.tar", "w") as tar:
                for sound, face in speakers.items():
                    _write(tar, real / sound, *faces[Path(face).stem], last=last)
        faceshards("pack", "webdataset", drawn, "--out", shards)
    return shards


def spans(seconds: float, *, last: bool) -> Iterable[float]:
    """Where the spans of a recording begin, in seconds: those that are trained on, or its last one."""
    final = seconds - _SECONDS
    return [final] if last else np.arange(0, final - _SECONDS, _EVERY).tolist()


def faceshards(*words: str | Path) -> None:
    """A command of ours. Raises CalledProcessError where it fails."""
    subprocess.run([sys.executable, "-m", "faceshards", *map(str, words)], check=True, stdout=sys.stderr)


def _write(tar: tarfile.TarFile, sound: Path, faces: np.ndarray, rate: float, *, last: bool) -> None:
    """A speaker's spans as members of a webdataset tar. `faces` (T, D), `rate` a second; of a photograph one."""
    samples = read_sound(sound.read_bytes(), RATE).samples
    for number, start in enumerate(spans(len(samples) / RATE, last=last)):
        rows = ((start + np.arange(_FACES) / (_FACES / _SECONDS)) * rate).astype(int).clip(max=len(faces) - 1)
        shown, heard = io.BytesIO(), samples[round(start * RATE) :][:SAMPLES]
        np.save(shown, faces[rows, None])
        facts = json.dumps({"identity": sound.stem, "start": start}).encode()
        members = {"wav": wav(heard / np.abs(heard).max()), "face_embeddings.npy": shown.getvalue(), "json": facts}
        for field, body in members.items():
            member = tarfile.TarInfo(f"{sound.stem}-{number:02d}.{field}")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))


def _faces(real: Path, work: Path) -> dict[str, tuple[np.ndarray, float]]:
    """What dlib's network says of each face, (frames, 128), and frames a second, by the names of pictures and clips."""
    from faceshards.loaders import ShardDataset

    shards, files = work / "faces", {*SEEN.values(), *STRANGERS.values()}
    stills = as_clips((real / one for one in files if one.startswith("image")), work / "photographs")
    faceshards("pack", "clips", stills, "--min-frames", "1", "--out", shards)
    faceshards("pack", "clips", *sorted(real / one for one in files if one.startswith("video")), "--out", shards)
    dlib = ("--set", "face_embeddings.backend=dlib")
    faceshards("curate", shards, "--stages", "faces,face_embeddings", *dlib, "--inline")
    data = ShardDataset(str(shards), ["face_embeddings.npy", "json"])
    rows = [data[number] for number in range(len(data))]
    return {one["__key__"]: (one["face_embeddings.npy"], float(np.divide(*one["json"]["fps"]))) for one in rows}
