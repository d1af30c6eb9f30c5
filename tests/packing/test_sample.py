import io
import json
import os
import zipfile
from contextlib import closing
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.video.decode import frames
from faceshards.packing.options import PackOptions
from faceshards.packing.sample import make_sample
from faceshards.packing.sources.clip_list import list_clips
from faceshards.packing.sources.opening import open_source


@pytest.fixture
def sample(tmp_path):
    """sample(files, **options): the sample of the only clip that the files make in a zip."""

    def make(files: dict[str, bytes], **options):
        with zipfile.ZipFile(tmp_path / "src.zip", "w") as out:
            for name, body in files.items():
                out.writestr(name, body)
        with closing(open_source(tmp_path / "src.zip")) as archive:
            [clip] = list_clips(archive).clips
            return make_sample(archive, clip, PackOptions(**options))

    return make


def named(pictures: list[bytes], folder: str = "c", suffix: str = "png") -> dict[str, bytes]:
    return {f"{folder}/{i}.{suffix}": body for i, body in enumerate(pictures)}


def test_frames_become_h264_at_their_rate(make, sample):
    pictures = make.pictures(40, 65, 47)
    members = sample(named([make.picture(one) for one in pictures]), fps=Fraction(30000, 1001), crf=10, gop=7)
    with av.open(io.BytesIO(members["mp4"])) as container:  # FFmpeg itself, past our own reader
        stream = container.streams.video[0]
        decoded = [frame for frame in container.decode(stream)]
        facts = (stream.codec_context.name, stream.pix_fmt, stream.width, stream.height, stream.average_rate)
        keys = [i for i, frame in enumerate(decoded) if frame.key_frame]
    assert facts == ("h264", "yuv420p", 64, 46, Fraction(30000, 1001))
    assert len(decoded) == 40 and keys[0] == 0 and max(np.diff([*keys, 40])) <= 7
    shown = np.stack(list(frames(members["mp4"]))).astype(int)
    originals = np.stack(pictures)[:, :46, :64]
    apart = np.array([[np.abs(one - other).mean() for other in originals] for one in shown])
    assert apart.argmin(1).tolist() == list(range(40)) and apart.diagonal().max() < 6


def test_the_facts_of_frames(make, sample):
    members = sample(
        named(make.frames(5, "JPEG"), "root/id007/clip.v1", "jpg"), identity=r"(id\d+)", labels={"licence": "CC0"}
    )
    facts = json.loads(members["json"])
    table = np.load(io.BytesIO(members["mp4.packets.npy"]), allow_pickle=False)
    made = PackOptions().made(True).fingerprint
    assert table.shape == (5, 8) and table.dtype == np.int32
    assert [members["mp4"][o : o + s][4] & 31 for o, s in table[:, 2:4]][1:] == [1] * 4  # H.264 slices (7.4.1)
    assert {
        name: facts[name] for name in ("name", "container", "source", "identity", "licence", "failures", "made")
    } == {
        "name": "clip.v1",
        "container": "mp4",
        "source": "src.zip",
        "identity": "id007",
        "licence": "CC0",
        "failures": [],
        "made": {"mp4": made, "mp4.packets.npy": made, "sound.packets.npy": made},
    }
    numbers = {
        name: facts[name] for name in ("fps", "frames", "width", "height", "duration", "start", "video_codec", "bytes")
    }
    assert numbers == {
        "fps": [30, 1],
        "frames": 5,
        "width": 64,
        "height": 48,
        "duration": pytest.approx(5 / 30, abs=1e-4),
        "start": 0,
        "video_codec": "h264",
        "bytes": len(members["mp4"]),
    }
    assert facts["media"]["mp4"]["codec"] == "h264" and "sample_rate" not in facts


def test_other_groups_with_names_become_scalars(clip, sample):
    pattern = (
        "(?P<identity>id[0-9]+)/(?P<source_id>[^/]+)/(?P<part>[0-9]+)_(?P<source_start>[0-9.]+)_(?P<frames>[0-9]+)"
    )
    facts = json.loads(sample({"id7/dQw4w9WgXcQ/01_2.5_9.mp4": clip}, identity=pattern)["json"])
    named = {
        name: facts[name] for name in ("identity", "source_id", "part", "source_start", "annotated_frames", "frames")
    }
    assert list(named.values()) == ["id7", "dQw4w9WgXcQ", "01", 2.5, "9", 6]
    assert "identity" not in json.loads(sample({"a/1.mp4": clip}, identity="a/(?P<part>.)")["json"])


@pytest.mark.parametrize(
    ("pattern", "identity"),
    [("id[0-9]+", "id7"), ("(?P<identity>b)/id", "b"), ("a/(.)/", "b"), ("nobody", None), ("(x)?", None)],
)
def test_the_person_is_found_in_the_whole_path(clip, sample, pattern, identity):
    facts = json.loads(sample({"a/b/id7/clip.mp4": clip}, identity=pattern)["json"])
    assert facts.get("identity") == identity


def test_a_video_is_kept_byte_for_byte(make, sample):
    body = make.mp4(12, sound=True)
    members = sample({"v/a clip.mp4": body})
    facts = json.loads(members["json"])
    assert members["mp4"] == body and list(members) == ["json", "mp4", "mp4.packets.npy", "sound.packets.npy"]
    assert (facts["sample_rate"], facts["channels"], facts["sound_codec"]) == (16000, 1, "aac")
    assert facts["name"] == "a clip" and facts["frames"] == 12 and facts["fps"] == [25, 1]
    table = np.load(io.BytesIO(members["sound.packets.npy"]), allow_pickle=False)
    with av.open(io.BytesIO(body)) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    assert [body[offset : offset + size] for offset, size in table[:, 2:4].tolist()] == packets
    assert facts["media"]["sound"]["codec"] == "aac" and facts["failures"] == []


def test_a_clip_whose_sound_does_not_decode_is_kept_and_says_so(make, sample):
    body = bytearray(make.mp4(12, sound=True))
    with av.open(io.BytesIO(body)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(audio=0) if packet.size]
    for offset, size in places:
        body[offset : offset + size] = b"\xff" * size
    members = sample({"v/a.mp4": bytes(body)})
    facts = json.loads(members["json"])
    assert members["sound.packets.npy"] is None and facts["states"] == {"sound.packets.npy": "failed"}
    assert "sound" not in facts["media"]
    assert [(one["stage"], one["code"]) for one in facts["failures"]] == [("pack", "broken-media")]


def code(sample, files, **options) -> tuple[str, str]:
    with pytest.raises(ClipError) as caught:
        sample(files, **options)
    return caught.value.code, str(caught.value)


def test_frames_that_cannot_be_packed(make, sample):
    pictures = make.frames(4)
    broken = dict(named(pictures), **{"c/2.png": pictures[2][: len(pictures[2]) // 2]})
    assert code(sample, broken)[0] == "broken-image" and "'c/2.png'" in code(sample, broken)[1]
    assert code(sample, dict(named(pictures), **{"c/1.png": b""}))[0] == "empty-file"
    assert code(sample, dict(named(pictures), **{"c/3.png": b"GIF89a"}))[0] == "broken-image"
    other = dict(named(pictures), **{"c/3.png": make.picture(make.pictures(1, 66, 48)[0])})
    assert code(sample, other) == (
        "mixed-sizes",
        "frame 'c/3.png' is 66x48, the clip's first frame is 64x48: make them one size",
    )
    assert code(sample, named(pictures[:1]))[0] == "too-few-frames"
    assert code(sample, named(pictures), min_frames=5)[0] == "too-few-frames"
    assert code(sample, named(pictures), max_pixels=64 * 48 - 1)[0] == "too-large"
    assert sample(named(pictures[:1]), min_frames=1)["mp4"]


def test_videos_that_cannot_be_packed(make, clip, sample):
    middle = bytearray(make.mp4(30))
    middle[len(middle) // 2 : len(middle) // 2 + 400] = bytes(400)
    cases = {
        "empty-file": b"",
        "truncated-media": clip[: len(clip) * 2 // 3],
        "broken-media": b"these are no media at all" * 100,
        "too-few-frames": make.mp4(1),
    }
    assert {name: code(sample, {"a.mp4": body})[0] for name, body in cases.items()} == {name: name for name in cases}
    assert code(sample, {"a.mp4": clip}, max_pixels=100)[0] == "too-large"
    # The container is whole and says 30 frames: only decoding shows that some are gone.
    assert code(sample, {"a.mp4": bytes(middle)})[0] in ("broken-media", "truncated-media")


def test_a_file_with_sound_alone_has_no_video(make, sample):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=16000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.rate = 16000
        out.mux([*stream.encode(frame), *stream.encode()])
    assert code(sample, {"a.mp4": buffer.getvalue()})[0] == "no-video"


def test_names_that_are_no_utf8_are_readable_in_the_json(clip, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    with open(os.fsencode(folder) + b"/caf\xe9.mp4", "wb") as file:
        file.write(clip)
    archive = open_source(folder)
    [one] = list_clips(archive).clips
    assert json.loads(make_sample(archive, one, PackOptions())["json"].decode("utf-8"))["name"] == r"caf\xe9"


def test_frames_that_the_decoder_takes_for_damaged_are_counted(make, sample):
    body = make.mp4(12)
    assert json.loads(sample({"v/a.mp4": body})["json"])["damaged_frames"] == 0
    with av.open(io.BytesIO(body)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    offset, size = packets[5]
    broken = bytearray(body)
    # Zeros are no code of CAVLC's (ITU-T H.264, 9.1: each has a one); a row of ones is one valid code after another.
    broken[offset + size // 2 : offset + size] = bytes(size - size // 2)
    found = json.loads(sample({"v/a.mp4": bytes(broken)})["json"])
    assert found["frames"] == 12 and 1 <= found["damaged_frames"] <= 12
    assert json.loads(sample(named(make.frames(3)))["json"])["damaged_frames"] == 0
