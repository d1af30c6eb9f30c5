"""The folder of a reader of the pages: raw clips, shards like those that the demo leaves, damaged ones, old ones."""

import os
import shutil
import zipfile
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceshards.__main__ import main
from faceshards.bench.demo.portraits import portraits
from faceshards.bench.demo.road import TRAINABLE
from faceshards.bench.demo.voice import RATE, speak
from faceshards.bench.demo.voice_file import extract_voice
from faceshards.bench.object_store import ObjectStore
from faceshards.media.encode import encode
from faceshards.media.picture import encode_png
from faceshards.media.sound import Sound
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from tests.docs.help_files import write_help_files
from tests.loaders.views.test_avspeech import member
from tests.packing.kinds.conftest import embedding, landmarks, planted, spectrogram, wav
from tests.packing.kinds.emoca.conftest import sequence, written
from tests.shards.legacy.old_tars import write_old

SIDE, FRAMES, FPS = 128, 52, 25
STAGES = "faces,face_crop,spectrogram,loudness"


def pictures(person, count):
    """A portrait that sways, uint8 (SIDE, SIDE, 3)."""
    whole = cv2.resize(portraits()[person].picture, (SIDE + 8, SIDE + 8), interpolation=cv2.INTER_AREA)
    for number in range(count):
        left = round(4 + 4 * np.sin(number / 9 + person))
        yield np.ascontiguousarray(whole[left : left + SIDE, left : left + SIDE])


def talking(person, count=FRAMES):
    voice = speak(portraits()[person].pitch, count / FPS, seed=person)
    return encode(pictures(person, count), Fraction(FPS), sound=Sound(voice, RATE))


def run(*words):
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    assert not end.value.code, words


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """See the module; made once, in a second or two, and copied for each page."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "clips").mkdir()
    for person, name in enumerate(("collins", "hopper")):
        (folder / "clips" / f"{name}_00.mp4").write_bytes(talking(person))
    archives = {"group123": ["clip_05"], "group124": ["clip_06", "clip_07"], "group125": ["clip_08"]}
    for archive, names in archives.items():
        with zipfile.ZipFile(folder / f"{archive}.zip", "w") as file:
            for person, name in enumerate(names):
                for number, picture in enumerate(pictures(person, 10)):
                    file.writestr(f"{name}/{number:04d}.png", encode_png(picture))
    shards = folder / "demo" / "shards"
    run("pack", folder / "clips", "--out", shards, "--identity", r"^([a-z]+)_\d", "--collection", "demo")
    run("pack", folder / "group124.zip", "--out", shards, "--fps", FPS, "--collection", "demo")
    run("curate", shards / "clips.tar", "--stages", STAGES, "--inline")
    run("curate", shards / "group124.tar", "--stages", "faces,face_crop", "--inline")
    extract_voice(shards, TRAINABLE, folder / "demo" / "voice.wav")
    (folder / "demo" / "raw").mkdir()
    shutil.copy(folder / "group124.zip", folder / "demo" / "raw")
    return _with_the_rest(folder)


def _with_the_rest(folder: Path) -> Path:
    """Copies of the shards under the names of a larger data set, three off a failing disk, and one of old times; a
    sequence of EMOCA's codes, a voice and faces.
    """
    for name in ("VFHQ/group124", "GRID/clips"):
        _copy(folder / "demo" / "shards" / Path(name).name, folder / "train_set" / name)
    for number in (123, 124, 125):
        _copy(folder / "demo" / "shards" / "group124", folder / "from_old_disk" / f"group{number}")
    broken = folder / "from_old_disk"
    body = bytearray((broken / "group124.tar").read_bytes())
    body[body.index(b"ftyp") + 20] ^= 1
    (broken / "group124.tar").write_bytes(body)
    (broken / "group124.parquet").unlink()
    (broken / "group125.tar").write_bytes((broken / "group125.tar").read_bytes()[:-512])
    clip = (folder / "clips" / "collins_00.mp4").read_bytes()
    sigma = {
        "mp4": clip,
        "dwpose_result.pyd": [np.ones((1, 134, 2), np.float32)] * FRAMES,
        "dwpose_score.pyd": [np.ones((1, 134), np.float32)] * FRAMES,
        "faces_bbox.pyd": [np.ones(4, np.float32)] * FRAMES,
        "exist_face_frame_index.pyd": [True] * FRAMES,
        "audio_frames.pyd": np.zeros(RATE, np.float32),
        "sample_rate.str": str(RATE),
        "fps.str": str(FPS),
    }
    (folder / "old").mkdir()
    write_old(folder / "old" / "archive_0.tar", {"good": sigma})
    run("legacy", "import", folder / "old" / "archive_0.tar", "--out", folder / "train_set" / "sigma")
    run("pack", "webdataset", folder / "old", "--out", folder / "web")
    shutil.copytree(folder / "clips", folder / "talks")
    planted(folder / "VoxCeleb", {"id1/audios/a.wav": wav(), "id1/images/a.npy": embedding()})
    planted(folder / "HQ-VoxCeleb", {"id1/a.png": encode_png(next(pictures(0, 1))), "id1/a_embedding.npy": embedding()})
    written(folder / "trainset" / "V1-RAVDESS" / "V1-Speech-Actor_01-00001", sequence(frames=60))
    _of_the_views(folder)
    write_help_files(folder, encode_png(next(pictures(0, 1))), talking(0, 85))
    return folder


def _of_the_views(folder: Path) -> None:
    """Two persons as Speech-to-face's two trainings want them, and clips of speakers with their faces' embeddings."""
    for person, seed in (("id1", 0), ("id2", 10)):
        sounds = {f"{person}/audios/{n}.npy": spectrogram(seed + n) for n in (1, 2)}
        faces = {f"{person}/images/{n}.npy": embedding(seed + n) for n in (1, 2)}
        planted(folder / "s2f_dataset", sounds | faces)
        face = {".png": encode_png(next(pictures(seed // 10, 1))), "_embedding.npy": embedding(seed)}
        face |= {"_landmarks.npy": landmarks(seed)}
        planted(folder / "face_dataset", {f"{person}/a{ending}": body for ending, body in face.items()})
    (folder / "speakers").mkdir()
    with ShardWriter(folder / "speakers" / "speakers.tar", provenance=[Provenance("pack", 1)]) as writer:
        for number in range(12):
            writer.add(f"c{number}", member(number))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in (".tar", ".parquet"):
        shutil.copy(f"{source}{suffix}", f"{target}{suffix}")


@pytest.fixture(scope="session")
def store():
    """A store that `s3://bucket` leads to."""
    with ObjectStore() as one:
        yield one


@pytest.fixture
def bucket(made, store):
    """The store with the data set in it, whatever another example has dropped from it."""
    for file in (made / "train_set").rglob("*.*"):
        store.put(f"bucket/{file.relative_to(made)}", file.read_bytes())
    return store


@pytest.fixture
def folder(made, tmp_path, bucket, monkeypatch):
    """A fresh copy for one page or one docstring, with a store behind `s3://bucket`."""
    shutil.copytree(made, tmp_path / "reader")
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PATH", os.environ["PATH"])
    return tmp_path / "reader"
