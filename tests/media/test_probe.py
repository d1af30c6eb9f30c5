import io
import math
import random
import re
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition

from faceshards.errors import ClipError
from faceshards.media.probe import ClipMetadata, probe
from faceshards.media.sound import read_sound
from faceshards.media.tables.packets import packet_table
from faceshards.media.video.decode import frames

FPS = [Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60)]
CONTAINERS = [
    ("mp4", "libx264", "mp4", "h264"),
    ("mov", "libx264", "mov", "h264"),
    ("matroska", "libx264", "mkv", "h264"),
    ("webm", "libvpx-vp9", "webm", "vp9"),
    ("webm", "libvpx", "webm", "vp8"),
    ("avi", "mpeg4", "avi", "mpeg4"),
    ("mpeg", "mpeg1video", "mpg", "mpeg1video"),
]

# The movie header of this clip, which the table copied, counts 64 ms of AAC priming that its edit lists cut away.
TRUE_DURATIONS = {"sadtalker_wda_aoc.mp4": 8.0}


def code(body) -> str:
    with pytest.raises(ClipError) as caught:
        probe(body)
    return caught.value.code


@pytest.mark.parametrize("fps", FPS, ids=str)
def test_an_mp4s_rate_count_and_duration_are_exact(fps, numbered, made):
    metadata = probe(made(numbered(40), fps=fps))
    assert (metadata.fps, metadata.frames, metadata.start) == (fps, 40, 0.0)
    assert metadata.duration == pytest.approx(float(40 / fps), abs=1e-9)
    assert (metadata.width, metadata.height) == (112, 64)
    assert metadata.sound_codec is None and metadata.sample_rate is None


@pytest.mark.parametrize(("format_name", "encoder", "suffix", "codec"), CONTAINERS)
def test_every_container_with_a_column_is_known_by_its_bytes(format_name, encoder, suffix, codec, numbered, made):
    metadata = probe(made(numbered(30), format_name, encoder))
    assert (metadata.container, metadata.video_codec, metadata.frames) == (suffix, codec, 30)
    assert float(metadata.fps) == pytest.approx(25, rel=0.01)
    assert metadata.duration == pytest.approx(30 / 25, abs=1 / 25)


def test_pictures_that_an_edit_list_cuts_away_do_not_count(numbered, made, cut):
    metadata = probe(cut(made(numbered(40), options={"g": "12"}), 17))
    assert (metadata.frames, metadata.start) == (23, 0.0)
    assert metadata.duration == pytest.approx(23 / 25)


def test_bytes_memoryview_and_path_say_the_same(tmp_path, numbered, made):
    clip = made(numbered(10))
    path = tmp_path / "odd name - http:.mp4"
    path.write_bytes(clip)
    assert probe(clip) == probe(memoryview(clip)) == probe(path)


def test_scalars_are_flat_json_without_what_is_unknown():
    metadata = ClipMetadata("mp4", "h264", 64, 48, Fraction(30000, 1001), 30, 1.0, 0.0, Fraction(1, 30000))
    assert metadata.scalars() == {
        "container": "mp4",
        "video_codec": "h264",
        "width": 64,
        "height": 48,
        "frames": 30,
        "duration": 1.0,
        "start": 0.0,
        "fps": [30000, 1001],
    }


def test_rubbish_is_refused_by_name(tmp_path, wave):
    rng = random.Random(0)
    assert code(b"") == "empty-file"
    assert code(b"\0" * 5000) == "broken-media"
    assert code(rng.randbytes(100_000)) == "broken-media"
    assert code(b"ftyp") == "broken-media"
    assert code(wave(np.zeros((800, 1)), 8000)) == "no-video"
    assert code(tmp_path / "absent.mp4") == "unreadable-entry"
    assert code(tmp_path) == "unreadable-entry"


def test_a_container_without_a_column_is_refused(numbered, made):
    assert code(made(numbered(20), "mpegts")) == "broken-media"


def test_a_cover_picture_is_no_video():
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        voice = out.add_stream("aac", rate=16000, layout="mono")
        cover = out.add_stream("mjpeg", options={"threads": "1"})
        cover.width = cover.height = 32
        cover.pix_fmt = "yuvj420p"
        cover.disposition = Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), "fltp", "mono")
        frame.rate = 16000
        out.mux(cover.encode(av.VideoFrame(32, 32, "yuvj420p")) + cover.encode())
        out.mux(voice.encode(frame) + voice.encode())
    assert code(buffer.getvalue()) == "no-video"
    assert read_sound(buffer.getvalue()).duration == pytest.approx(1.0, abs=0.07)


def test_a_playlist_opens_no_other_file(tmp_path, numbered, made):
    (tmp_path / "secret.mp4").write_bytes(made(numbered(5)))
    target = tmp_path / "secret.mp4"
    assert code(f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n".encode()) == "broken-media"
    assert code(f"ffconcat version 1.0\nfile '{target}'\n".encode()) == "broken-media"


def test_a_frame_beyond_the_limit_is_too_large(numbered, made):
    clip = made(numbered(2))
    with pytest.raises(ClipError, match="max_pixels") as caught:
        probe(clip, max_pixels=112 * 64 - 1)
    assert caught.value.code == "too-large"
    assert probe(clip, max_pixels=112 * 64).frames == 2


def test_damage_anywhere_is_a_reason_and_never_a_crash(numbered, made):
    """Flipped, cut and spliced bytes: each reader answers or gives a reason code."""
    rng = random.Random(5)
    clips = [
        made(numbered(12), *kind) for kind in (("mp4",), ("webm", "libvpx"), ("avi", "mpeg4"), ("mpeg", "mpeg1video"))
    ]
    reasons = set()
    for _ in range(120):
        clip = bytearray(rng.choice(clips))
        for _ in range(rng.choice([1, 4, 40])):
            at = rng.randrange(len(clip))
            clip[at : at + rng.choice([1, 1, 4])] = rng.randbytes(rng.choice([1, 1, 4]))
        for read in (probe, packet_table, read_sound, lambda body: list(frames(body))):
            try:
                read(bytes(clip))
            except ClipError as error:
                reasons.add(error.code)
    assert reasons <= {
        "broken-media", "truncated-media", "no-video", "no-frames", "no-sound", "mixed-sizes", "too-large"
    }  # fmt: skip


def test_every_real_clip_is_what_its_table_says(real):
    wrong = {}
    rows = real_rows(real)
    assert len(rows) >= 21
    for name, said in rows.items():
        metadata = probe(real / "video" / name)
        found = {
            "size": f"{metadata.width}x{metadata.height}",
            "fps": f"{float(metadata.fps):.2f}",
            "codec": metadata.video_codec,
            "frames": metadata.frames,
            "sound": (metadata.sound_codec, metadata.sample_rate),
        }
        # The table gives the container's duration: from 0 to where the longer stream ends.
        ends = [metadata.start + metadata.duration]
        if metadata.sound_duration is not None:
            ends.append(metadata.sound_start + metadata.sound_duration)
        late = math.fabs(max(ends) - TRUE_DURATIONS.get(name, said["duration"]))
        del said["duration"]
        if found != said or late > 1 / metadata.fps:
            wrong[name] = (found, said, late)
    assert wrong == {}


def real_rows(real) -> dict[str, dict]:
    """The README's table: clip -> what it says."""
    pattern = re.compile(
        r"\| video/(?P<name>\S+) \|.* (?P<duration>[\d.]+)s (?P<size>\d+x\d+) (?P<fps>[\d.]+)fps (?P<codec>\w+); "
        r"(?:audio (?P<sound>\w+) (?P<rate>\d+)Hz|no audio stream); (?P<frames>\d+) frames decoded"
    )
    rows = {}
    for match in filter(None, map(pattern.match, (real / "README.md").read_text("utf-8").splitlines())):
        row = match.groupdict()
        rows[row["name"]] = {
            "size": row["size"],
            "fps": row["fps"],
            "codec": row["codec"],
            "frames": int(row["frames"]),
            "sound": (row["sound"], row["rate"] and int(row["rate"])),
            "duration": float(row["duration"]),
        }
    return rows
