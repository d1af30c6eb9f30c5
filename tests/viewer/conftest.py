"""A small dataset with everything that a viewer must show: whole clips, failed ones, rejected ones, hostile names."""

import json
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceshards.media.encode import encode as encode_video
from faceshards.media.probe import probe
from faceshards.media.sound import Sound
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.keys import UniqueKeys
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

FRAMES, WIDTH, HEIGHT = 12, 64, 48
RED, GREEN, BLUE = (210, 40, 40), (40, 190, 60), (40, 60, 200)
SCRIPT = "<script>document.title='owned'</script>"
IMAGE = "<img src=x onerror=document.title='owned'>.v2"

PACK = Provenance("pack", 1, {"crf": 18})
FACES = Provenance("faces", 2, {"min_face": 40}, {"onet.lz4": "5e" * 32})
CROP = Provenance("face_crop", 1, {}, {})
SOUND = Provenance("spectrogram", 1, {"seconds": 6}, {})
LOUD = Provenance("loudness", 1, {}, {})
STYLE = Provenance("stylize", 1, {"sigma": 60}, {})
SWAP = Provenance("swap", 1, {}, {})
ALL = (PACK, FACES, CROP, SOUND, LOUD, STYLE, SWAP)


def video(colour, sound=True):
    tone = np.sin(2 * np.pi * 440 * np.arange(7680) / 16000).astype(np.float32) / 2
    frames = (np.full((HEIGHT, WIDTH, 3), colour, np.uint8) for _ in range(FRAMES))
    return encode_video(frames, Fraction(25), sound=Sound(tone, 16000) if sound else None)


def found_faces():
    """One face, the same in every frame: box (16, 12) to (48, 36)."""
    return {
        "size": [WIDTH, HEIGHT],
        "frames": FRAMES,
        "frame": list(range(FRAMES)),
        "track": [0] * FRAMES,
        "box": [[16.0, 12.0, 48.0, 36.0]] * FRAMES,
        "points": [[[26.0, 20.0], [38.0, 20.0], [32.0, 26.0], [27.0, 31.0], [37.0, 31.0]]] * FRAMES,
        "score": [0.9 + 0.001 * frame for frame in range(FRAMES)],
        "full": [True] * FRAMES,
    }


def whole_sample(name, **facts):
    body = video(RED)
    json_facts = probe(body).scalars() | {
        "name": name,
        "face_share": 1.0,
        "loudness_db": -9.03,
        "made": {
            "mp4": PACK.fingerprint,
            "faces.msg": FACES.fingerprint,
            "face.jpg": CROP.fingerprint,
            "spectrogram.npy": SOUND.fingerprint,
            "loudness_db": LOUD.fingerprint,
            "styled.mp4": STYLE.fingerprint,
            "swapped.mp4": SWAP.fingerprint,
        },
    }
    return {
        "json": json_facts | facts,
        "mp4": body,
        "faces.msg": encode("faces.msg", found_faces()),
        "face.jpg": encode("face.jpg", np.full((224, 224, 3), RED, np.uint8)),
        "spectrogram.npy": encode("spectrogram.npy", np.ones((2, 257, 601), np.float32)),
        "styled.mp4": video(GREEN, sound=False),
        "swapped.mp4": video(BLUE, sound=False),
    }


def failed_sample(name, failures, empty, **facts):
    sample = whole_sample(name, **facts)
    sample["json"]["failures"] = [dict(zip(("stage", "code", "reason"), one, strict=True)) for one in failures]
    return sample | dict.fromkeys(empty, b"")


def no_face(name):
    why = "faces.msg is empty: the stage that makes it failed"
    failures = [
        ("faces", "no-face", "no face in any of 12 frames"),
        ("face_crop", "needs-failed", why),
        ("swap", "needs-failed", why),
    ]
    return failed_sample(name, failures, ("faces.msg", "face.jpg", "swapped.mp4"), face_share=0.0)


def no_sound(name):
    failures = [("spectrogram", "no-sound", "there is no sound stream"), ("loudness", "no-sound", "no sound")]
    sample = failed_sample(name, failures, ("spectrogram.npy",))
    del sample["json"]["loudness_db"]
    return sample | {"mp4": video(RED, sound=False)}


def write(path, samples, provenance=ALL):
    keys = UniqueKeys()
    with ShardWriter(path, provenance=provenance) as writer:
        for sample in samples:
            writer.add(keys.key(sample["json"]["name"]), sample)
    return path


def report(path, seen, whole, failed, **more):
    path.write_text(json.dumps({"seen": seen, "whole": whole, "failed": failed, "files": [], **more}))


@pytest.fixture(scope="session")
def dataset(tmp_path_factory) -> Path:
    """Seen 10 = packed 6 + rejected 4; packed 6 = whole 4 + failed 2 (no-face, no-sound)."""
    folder = tmp_path_factory.mktemp("set")
    group = [
        whole_sample("Clip+astronaut+01", identity="astronaut", source="group124.zip"),
        whole_sample(SCRIPT, identity="hopper", source="group124.zip"),
        no_face(IMAGE),
        no_sound("a silent clip"),
    ]
    write(folder / "group124.tar", group)
    plain = [whole_sample(name, identity=name, source="clips") for name in ("talk", "talk 2")]
    write(folder / "clips.tar", [{k: v for k, v in one.items() if k != "styled.mp4"} for one in plain])
    rejected = [
        {"name": f"<b>{SCRIPT}</b>", "code": "broken-image", "reason": f"frame 3 does not decode {SCRIPT}"},
        {"name": "two", "code": "broken-image", "reason": "frame 1 has 0 bytes"},
        {"name": "single", "code": "too-few-frames", "reason": "1 frame, a clip needs 2"},
    ]
    group_failed = {"pack": {"broken-image": 2, "too-few-frames": 1}}
    report(folder / "group124.pack.json", 7, 4, group_failed, rejected=rejected, files=["/x/group124.tar"])
    report(folder / "clips.pack.json", 2, 2, {}, files=["clips.tar"])
    cut = [{"name": "cut.mp4", "code": "truncated-media", "reason": "the file ends early"}]
    report(folder / "cut.pack.json", 1, 0, {"pack": {"truncated-media": 1}}, rejected=cut)
    for name, clips in (("group124", 4), ("clips", 2)):
        seconds, worked = {"faces": 1.5 * clips, "swap": 0.5 * clips}, {"faces": clips, "swap": clips - 1}
        report(folder / f"{name}.curate.json", clips, clips, {}, seconds=seconds, worked=worked)
    return folder


@pytest.fixture
def samples():
    """Makers of samples, for tests that write their own shard: whole, no_face, no_sound, and `write`."""

    class Makers:
        whole = staticmethod(whole_sample)
        no_face = staticmethod(no_face)
        no_sound = staticmethod(no_sound)
        write = staticmethod(write)

    return Makers


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium a module (Playwright's Browser): while it is open no other test may run an event loop of its own.
    Skipped where there is none.
    """
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield one
        one.close()
