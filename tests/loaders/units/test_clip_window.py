"""Windows of clips: frames equal to a full decode, sound of exactly their span, only the bytes that they need."""

import io
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.loaders import ShardDataset, Window
from faceshards.media.encode import encode
from faceshards.media.sound import Sound, read_sound
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.decode import frames
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter
from tests.loaders.units.conftest import sample, write

ROOT = Path(__file__).resolve().parents[3]


def test_a_windows_frames_are_those_of_the_full_decode(clip, tmp_path):
    path = write(tmp_path / "data" / "a.tar", {"a": clip})
    whole = np.stack(list(frames(clip)))
    for window in (
        Window(7),
        Window(5, stride=3),
        Window(60),
        Window(1),
        Window(9, start="first"),
        Window(9, start="middle"),
    ):
        dataset = ShardDataset(path, ["mp4"], window=window)
        for epoch in range(4):
            found = sample(dataset, "a", epoch)
            numbers = found["__frames__"]
            assert np.diff(numbers).tolist() == [window.stride] * (window.frames - 1)
            np.testing.assert_array_equal(found["mp4"], whole[numbers])
        if window.start != "random":
            assert numbers[0] == {"first": 0, "middle": (60 - 9) // 2}[window.start]


def test_windows_by_the_wide_tables_of_older_shards(clip, tmp_path):
    table, media = packet_table(clip)
    del media["rows"]
    for name, kept in {"a": media, "b": {name: fact for name, fact in media.items() if name != "seek"}}.items():
        path = tmp_path / f"{name}.tar"
        with ShardWriter(path) as writer:
            facts = {"frames": 60, "media": {"mp4": kept}}
            writer.add("a", {"json": facts, "mp4": clip, "mp4.packets.npy": table})
        dataset = ShardDataset(path, ["mp4"], window=Window(7))
        rows = dataset.reader()
        found = rows.sample(0, 3)
        np.testing.assert_array_equal(found["mp4"], np.stack(list(frames(clip)))[found["__frames__"]])
        assert rows.bytes_read < len(clip)


def test_only_the_groups_of_the_window_are_read(numbered, made, tmp_path):
    clip = made(numbered(600), "mp4", "libx264", {"g": "25", "bf": "2", "x264-params": "scenecut=0:open-gop=0"})
    path = write(tmp_path / "data" / "a.tar", {"a": clip})
    table, _ = packet_table(clip)
    dataset = ShardDataset(path, ["mp4"], window=Window(75))
    json_size = int(dataset.plan.extents["json"].size[0])
    for epoch in range(10):
        rows = dataset.reader()
        begin = int(rows.sample(0, epoch)["__frames__"][0])
        group = table[begin // 25 * 25 : -(-(begin + 75) // 25) * 25]
        span = int(group[-1, 2] + group[-1, 3] - group[0, 2])
        assert rows.bytes_read <= json_size + (75 + 80) * 56 + span
        assert rows.bytes_read < len(clip) / 3 and rows.requests == 3


def test_several_streams_and_columns_share_one_window(numbered, made, tmp_path):
    clip = made(numbered(60), "mp4", "libx264", {"g": "12"})
    twin = made([255 - one for one in numbered(60)], "mp4", "libx264", {"g": "30"})
    table, media = packet_table(twin)
    face = {
        "size": [64, 48], "frames": 60, "frame": [n for n in range(60) for _ in range(n % 3)],
        "score": [n / 100 for n in range(60) for _ in range(n % 3)],
    }  # fmt: skip
    pose_frame = np.repeat(np.arange(60), 2)
    with ShardWriter(tmp_path / "a.tar") as writer:
        own, facts = packet_table(clip)
        writer.add(
            "a",
            {
                "json": {"frames": 60, "media": {"mp4": facts, "swapped.mp4": media}},
                "mp4": clip, "mp4.packets.npy": own, "swapped.mp4": twin, "swapped.mp4.packets.npy": table,
                "faces.msg": face, "face_valid.npy": np.arange(60) % 2 == 0, "mine.npy": np.arange(60) * 10,
                "dwpose.npy": np.arange(120 * 134 * 2, dtype=np.float32).reshape(120, 134, 2),
                "dwpose_frame.npy": pose_frame, "other.npy": np.arange(3),
            },
        )  # fmt: skip
    columns = ["mp4", "swapped.mp4", "faces.msg", "face_valid.npy", "mine.npy", "dwpose.npy", "other.npy"]
    dataset = ShardDataset(tmp_path / "a.tar", columns, window=Window(8, stride=2, per_frame=["mine.npy"]))
    found = sample(dataset, "a", 3)
    numbers = found["__frames__"]
    np.testing.assert_array_equal(found["mp4"], np.stack(list(frames(clip)))[numbers])
    np.testing.assert_array_equal(found["swapped.mp4"], np.stack(list(frames(twin)))[numbers])
    assert found["face_valid.npy"].tolist() == (numbers % 2 == 0).tolist()
    assert found["mine.npy"].tolist() == (numbers * 10).tolist() and found["other.npy"].tolist() == [0, 1, 2]
    assert found["faces.msg"]["frame"] == [at for at, n in enumerate(numbers) for _ in range(n % 3)]
    assert found["faces.msg"]["score"] == [n / 100 for n in numbers for _ in range(n % 3)]
    assert found["faces.msg"]["frames"] == 8 and found["faces.msg"]["size"] == [64, 48]
    assert found["dwpose.npy"].shape == (16, 134, 2) and found["dwpose.npy"][0, 0, 0] == numbers[0] * 2 * 268


def test_foreign_clips_without_a_table_are_decoded_whole(clip, tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        for name in "ab":
            writer.add(name, {"json": {}, "mp4": clip})
    whole = np.stack(list(frames(clip)))
    dataset = ShardDataset(tmp_path / "a.tar", ["mp4"], window=Window(7))
    for key in "ab":
        found = sample(dataset, key)
        np.testing.assert_array_equal(found["mp4"], whole[found["__frames__"]])


def test_a_flipped_bit_anywhere_in_what_a_window_reads_is_a_fault(clip, tmp_path):
    path = write(tmp_path / "data" / "a.tar", {name: clip for name in ("a", "b", "c", "d")})
    body = bytearray(path.read_bytes())
    with Shard(path) as shard:
        places = {name: shard.extent(1, name) for name in ("mp4", "mp4.packets.npy", "json")}
    table, _ = packet_table(clip)
    window = Window(12, start="first")
    clean = sample(ShardDataset(path, ["mp4"], window=window), "b")["mp4"]
    for column, at in (("mp4", int(table[3, 2]) + 40), ("mp4.packets.npy", 128 + 5 * 32 + 8), ("json", 30)):
        damaged = bytearray(body)
        damaged[places[column].offset + at] ^= 4
        path.write_bytes(damaged)
        dataset = ShardDataset(path, ["mp4"], window=window, max_faults=3)
        loader = dataset.loader(4)
        (batch,) = list(loader)
        assert "b" not in batch["__key__"] and [fault.key for fault in loader.faults] in (["b"], [])
        again = dataset.loader(4)
        next(iter(again))
        (fault,) = again.faults
        assert fault.key == "b" and fault.reason in ("broken-media", "wrong-crc", "bad-column"), column
    path.write_bytes(body)
    np.testing.assert_array_equal(sample(ShardDataset(path, ["mp4"], window=window), "b")["mp4"], clean)


@pytest.fixture(scope="module")
def packed(real, tmp_path_factory):
    """The real clips, packed."""
    out = tmp_path_factory.mktemp("packed")
    command = [sys.executable, str(ROOT / "packing" / "pack.py"), str(real / "video"), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return out


def all_of(packed, **words):
    """Every real clip: its bytes, its json, its column, and two windows' samples."""
    for column in ("mp4", "mpg"):
        dataset = ShardDataset(packed, [column], missing="skip", **words)
        rows = dataset.reader()
        for unit in range(len(dataset)):
            place, row = dataset.plan.shard_and_row(unit)
            with Shard(place) as shard:
                clip, facts = shard.read(row, column), shard.json(row)
            yield clip, facts, column, [rows.sample(unit, epoch) for epoch in range(2)]


def test_every_real_clip_window_for_window(packed):
    seen = set()
    for clip, facts, column, both in all_of(packed, window=Window(10)):
        wanted = {number for found in both for number in found["__frames__"].tolist()}
        whole = {number: picture for number, picture in enumerate(frames(clip)) if number in wanted}
        for found in both:
            for number, picture in zip(found["__frames__"].tolist(), found[column], strict=True):
                np.testing.assert_array_equal(picture, whole[number])
        seen.add(facts["name"])
    assert len(seen) == 21


def test_the_sound_is_of_exactly_the_windows_span(packed):
    heard, same = 0, []
    for clip, _, _, both in all_of(packed, window=Window(10, sound=16000), where="sound_codec IS NOT NULL"):
        with av.open(io.BytesIO(clip)) as container:
            stream = container.streams.video[0]
            packets = [packet for packet in container.demux(stream) if packet.size and not packet.is_discard]
            times = sorted(float(packet.pts * stream.time_base) for packet in packets)
        whole = np.pad(read_sound(clip, 16000).samples, (0, 20_000))
        for found in both:
            first = int(found["__frames__"][0])
            end = times[first + 10] if first + 10 < len(times) else 2 * times[first + 9] - times[first + 8]
            assert abs(len(found["sound"]) - (end - times[first]) * 16000) <= 1
            begin = round((times[first] - times[0]) * 16000)
            same.append(np.abs(found["sound"] - whole[begin : begin + len(found["sound"])]).max() <= 1e-3)
            heard += 1
    # Noise that AAC's decoder makes up itself (PNS) is another one each time: of few clips.
    assert heard > 30 and np.mean(same) > 0.8


def spoken(pictures, fps=25):
    """An mp4 with a sound of as long."""
    tone = np.sin(np.arange(len(pictures) * 16000 // fps) / 8).astype(np.float32) / 2
    return encode(pictures, Fraction(fps), sound=Sound(tone, 16000))


@pytest.mark.parametrize("window", [Window(5, stride=3, sound=16000), Window(3, stride=12, sound=16000)])
def test_the_sound_of_strided_windows_is_of_their_span(numbered, tmp_path, window):
    path = write(tmp_path / "a.tar", {"sound": spoken(numbered(100))})
    lengths = {len(sample(ShardDataset(path, ["mp4"], window=window), "sound", epoch)["sound"]) for epoch in range(8)}
    assert lengths == {window.frames * window.stride * 16000 // 25}


def test_windows_of_a_rolling_refresh_begin_earlier(numbered, made, tmp_path):
    clip = made(numbered(100), "mp4", "libx264", {"bf": "2", "x264-params": "intra-refresh=1:keyint=25"})
    path = write(tmp_path / "a.tar", {"a": clip})
    dataset = ShardDataset(path, ["mp4"], window=Window(7))
    whole = np.stack(list(frames(clip)))
    for epoch in range(25):
        found = sample(dataset, "a", epoch)
        np.testing.assert_array_equal(found["mp4"], whole[found["__frames__"]])


def two(path, clips, tables=True):
    """A shard of samples that each have an mp4 and a swapped.mp4 (None where it failed)."""
    with ShardWriter(path) as writer:
        for name, both in clips.items():
            json, members = {"frames": 60, "media": {}}, {}
            for column, body in zip(("mp4", "swapped.mp4"), both, strict=True):
                members |= {column: body, f"{column}.packets.npy": None}
                if body is not None and tables:
                    table, json["media"][column] = packet_table(body)
                    members[f"{column}.packets.npy"] = narrow(table)
            writer.add(name, {"json": json, **members})
    return path


@pytest.mark.parametrize("tables", [True, False])
def test_a_second_video_that_is_shorter_is_a_bad_sample(numbered, made, tmp_path, tables):
    clip, short = made(numbered(60)), made(numbered(10))
    clips = {"a": (clip, clip), "b": (clip, short), "c": (clip, clip)}
    path = two(tmp_path / "a.tar", clips, tables)
    dataset = ShardDataset(path, ["mp4", "swapped.mp4"], window=Window(10, start="middle"), max_faults=1)
    loader = dataset.loader(3)
    (batch,) = loader
    assert "b" not in batch["__key__"]
    (fault,) = loader.faults
    assert (fault.key, fault.reason) == ("b", "too-few-frames") and "swapped.mp4 has 10 frames" in fault.message


@pytest.mark.parametrize("workers", [0, 2])
def test_missing_none_delivers_none_for_a_video_that_failed(numbered, made, tmp_path, workers):
    clip = made(numbered(60))
    path = two(tmp_path / "a.tar", {"a": (clip, clip), "b": (clip, None), "c": (clip, clip)})
    for size in (None, (32, 24)):
        window = Window(10, size=size)
        dataset = ShardDataset(path, ["mp4", "swapped.mp4"], window=window, missing="none")
        loader = dataset.loader(3, num_workers=workers)
        (batch,) = loader
        assert sorted(batch["__key__"]) == ["a", "b", "c"] and not loader.faults
        for key, own, twin in zip(batch["__key__"], batch["mp4"], batch["swapped.mp4"], strict=True):
            assert (twin is None) == (key == "b")
            assert key == "b" or torch.equal(own, twin)
        loader.close()


def test_silent_clips_are_named_or_left_out_where_sound_is_wanted(numbered, made, tmp_path):
    path = write(tmp_path / "a.tar", {"sound": spoken(numbered(60)), "silent": made(numbered(60))})
    window = Window(10, sound=16000)
    with pytest.raises(UsageError, match=r"1 of 2 clips have no sound, first 'silent': .*missing='skip'"):
        len(ShardDataset(path, ["mp4"], window=window))
    assert ShardDataset(path, ["mp4"], window=window, missing="skip").plan.keys.to_pylist() == ["sound"]


@pytest.mark.parametrize(
    "changes",
    [
        {"media": "http://x"}, {"media": [1]}, {"media": None}, {"media": {"mp4": {}}}, {"media": {"mp4": "s"}},
        {"seek": [1]}, {"seek": [-5, -5]}, {"time_base": [1, 0]}, {"codec": 5}, {"reorder": "x"}, {"width": -1},
        {"pix_fmt": "zzz"}, {"tag": "zzzzz"}, {"extradata": "%%%"}, {"rows": "x"}, {"rows": 59}, {"codec": "png"},
    ],
    ids=str,
)  # fmt: skip
def test_odd_facts_are_a_foreign_clips_or_a_bad_sample(clip, tmp_path, changes):
    table, media = packet_table(clip)
    odd = {"frames": 60} | (changes if "media" in changes else {"media": {"mp4": media | changes}})
    good = {"frames": 60, "media": {"mp4": media}}
    with ShardWriter(tmp_path / "a.tar") as writer:
        for name, json in {"a": good, "b": odd, "c": good}.items():
            writer.add(name, {"json": json, "mp4": clip, "mp4.packets.npy": narrow(table)})
    dataset = ShardDataset(tmp_path / "a.tar", ["mp4"], window=Window(7), max_faults=3)
    loader = dataset.loader(3)
    (batch,) = loader
    if loader.faults:
        assert [fault.key for fault in loader.faults] == ["b"]
    else:
        whole = np.stack(list(frames(clip)))
        for found, numbers in zip(batch["mp4"].numpy(), batch["__frames__"].numpy(), strict=True):
            np.testing.assert_array_equal(found, whole[numbers])


def test_a_foreign_clip_is_read_once_for_pictures_and_sound(numbered, tmp_path):
    clip = spoken(numbered(60))
    with ShardWriter(tmp_path / "a.tar") as writer:
        for name in "abc":
            writer.add(name, {"json": {"fps": 0}, "mp4": clip})
    dataset = ShardDataset(tmp_path / "a.tar", ["mp4", "json"], window=Window(10, sound=16000))
    said = dataset.explain()
    loader = dataset.loader(3)
    (batch,) = loader
    json = int(dataset.plan.extents["json"].size[0])
    assert loader.bytes_read == said.nbytes == 3 * (len(clip) + json) and loader.requests == said.requests == 6
    assert batch["sound"].shape == (3, 6400) and batch["json"] == [{"fps": 0}] * 3
