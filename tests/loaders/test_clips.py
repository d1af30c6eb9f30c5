"""Windows of clips: frames equal to a full decode, sound of exactly their span, only the bytes that they need."""

import io
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import ShardDataset, Window
from faceshards.media.decode import frames
from faceshards.media.packets import display_order, packet_table
from faceshards.media.sound import read_sound
from faceshards.media.sound_packets import sound_table
from faceshards.media.table_rows import narrow
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter

ROOT = Path(__file__).resolve().parents[2]


def write(path, clips, **columns):
    """A shard of clips (name -> mp4 bytes) with their packet tables, as packing writes them; `columns` add more."""
    path.parent.mkdir(exist_ok=True)
    with ShardWriter(path) as writer:
        for name, clip in clips.items():
            table, media = packet_table(clip)
            facts = {"name": name, "frames": len(display_order(table)), "media": {"mp4": media}}
            members = {"json": facts, "mp4": clip, "mp4.packets.npy": narrow(table), "sound.packets.npy": None}
            if "sound" in name:
                sounds, facts["media"]["sound"] = sound_table(clip)
                members["sound.packets.npy"] = narrow(sounds)
            writer.add(name, members | {column: make(facts["frames"]) for column, make in columns.items()})
    return path


def sample(dataset, key, epoch=0):
    unit = dataset.plan.keys.to_pylist().index(key)
    return dataset.rows().sample(unit, epoch)


@pytest.fixture
def clip(numbered, made):
    return made(numbered(60), "mp4", "libx264", {"g": "12", "bf": "2"})


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
        rows = dataset.rows()
        found = rows.sample(0, 3)
        np.testing.assert_array_equal(found["mp4"], np.stack(list(frames(clip)))[found["__frames__"]])
        assert rows.bytes_read < len(clip)


def test_random_windows_come_from_seed_epoch_and_row(clip, tmp_path):
    path = write(tmp_path / "data" / "a.tar", {name: clip for name in "abcdefgh"})

    def begins(seed, epoch, **words):
        dataset = ShardDataset(path, ["mp4"], window=Window(5), seed=seed, **words)
        return {key: int(sample(dataset, key, epoch)["__frames__"][0]) for key in dataset.plan.keys.to_pylist()}

    first = begins(0, 0)
    assert len(set(first.values())) > 3 and begins(0, 0) == first
    assert begins(1, 0) != first != begins(0, 1)
    assert begins(0, 0, where="key > 'c'").items() <= first.items()  # whatever else matches


def test_only_the_groups_of_the_window_are_read(numbered, made, tmp_path):
    clip = made(numbered(600), "mp4", "libx264", {"g": "25", "bf": "2", "x264-params": "scenecut=0:open-gop=0"})
    path = write(tmp_path / "data" / "a.tar", {"a": clip})
    table, _ = packet_table(clip)
    dataset = ShardDataset(path, ["mp4"], window=Window(75))
    json_size = int(dataset.plan.extents["json"].size[0])
    for epoch in range(10):
        rows = dataset.rows()
        begin = int(rows.sample(0, epoch)["__frames__"][0])
        group = table[begin // 25 * 25 : -(-(begin + 75) // 25) * 25]
        span = int(group[-1, 2] + group[-1, 3] - group[0, 2])
        assert rows.bytes_read <= json_size + (75 + 80) * 56 + span
        assert rows.bytes_read < len(clip) / 3 and rows.requests == 3


@pytest.mark.parametrize("rate", [24, Fraction(30000, 1001), 50, 60])
def test_a_rate_of_its_own_by_the_stated_rule(numbered, made, tmp_path, rate):
    clip = made(numbered(120), "mp4", "libx264", {"g": "12"}, Fraction(rate))
    path = write(tmp_path / "data" / "a.tar", {"a": clip})
    whole = np.stack(list(frames(clip)))
    for epoch in range(5):
        found = sample(ShardDataset(path, ["mp4"], window=Window(40, fps=25)), "a", epoch)
        numbers = found["__frames__"]
        # Independently: picture k is the last one that began by k/25 s after the first, to within a tick of the clip.
        away = (numbers - numbers[0]) / float(rate)
        wanted = np.arange(40) / 25
        assert (away <= wanted + 1e-4).all() and (wanted < away + 1 / float(rate) + 1e-4).all()
        np.testing.assert_array_equal(found["mp4"], whole[numbers])


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


def test_clips_that_are_too_short_are_named_or_left_out(numbered, made, tmp_path):
    clips = {name: made(numbered(count), "mp4", "libx264", {}) for name, count in (("a", 30), ("b", 10), ("c", 40))}
    path = write(tmp_path / "data" / "a.tar", clips)
    with pytest.raises(UsageError, match=r"1 of 3 clips are too short for 20 frames, first 'b': .*'frames >= 20'"):
        len(ShardDataset(path, ["mp4"], window=Window(20)))
    assert len(ShardDataset(path, ["mp4"], window=Window(20), where="frames >= 20")) == 2
    assert len(ShardDataset(path, ["mp4"], window=Window(20, stride=2), missing="skip")) == 1
    with pytest.raises(UsageError):
        len(ShardDataset(path, ["mp4"], window=Window(50), missing="skip"))


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


def test_wrong_windows_are_refused(clip, tmp_path):
    path = write(tmp_path / "data" / "a.tar", {"a": clip})
    wrong = [{"frames": 0}, {"stride": 0}, {"fps": 0}, {"fps": 25, "stride": 2}, {"start": "last"}, {"size": (0, 5)}]
    for words in (*wrong, {"sound": 0}):
        words = {"frames": 2} | words
        with pytest.raises(UsageError):
            Window(**words)
    with pytest.raises(ColumnError, match="needs a video"):
        ShardDataset(path, ["json"], window=Window(1))


@pytest.fixture(scope="module")
def packed(real, tmp_path_factory):
    """The real clips, packed."""
    out = tmp_path_factory.mktemp("packed")
    command = [sys.executable, str(ROOT / "packing" / "pack.py"), str(real / "video"), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return out


def all_of(packed, **words):
    """Every real clip: (its bytes, its window's sample), two windows each."""
    for column in ("mp4", "mpg"):
        dataset = ShardDataset(packed, [column], missing="skip", **words)
        rows = dataset.rows()
        for unit in range(len(dataset)):
            place, row = dataset.plan.place(unit)
            with Shard(place) as shard:
                clip, facts = shard.read(row, column), shard.json(row)
            for epoch in range(2):
                yield clip, facts, column, rows.sample(unit, epoch)


def test_every_real_clip_window_for_window(packed):
    seen = set()
    for clip, facts, column, found in all_of(packed, window=Window(10)):
        whole = list(frames(clip))
        for number, picture in zip(found["__frames__"], found[column], strict=True):
            np.testing.assert_array_equal(picture, whole[number])
        seen.add(facts["name"])
    assert len(seen) == 21


def test_the_sound_is_of_exactly_the_windows_span(packed):
    heard, same = 0, []
    for clip, _, _, found in all_of(packed, window=Window(10, sound=16000), where="sound_codec IS NOT NULL"):
        with av.open(io.BytesIO(clip)) as container:
            stream = container.streams.video[0]
            packets = [packet for packet in container.demux(stream) if packet.size and not packet.is_discard]
            times = sorted(float(packet.pts * stream.time_base) for packet in packets)
        first = int(found["__frames__"][0])
        end = times[first + 10] if first + 10 < len(times) else 2 * times[first + 9] - times[first + 8]
        assert abs(len(found["sound"]) - (end - times[first]) * 16000) <= 1
        begin = round((times[first] - times[0]) * 16000)
        expected = np.pad(read_sound(clip, 16000).samples, (0, 20_000))[begin : begin + len(found["sound"])]
        same.append(np.abs(found["sound"] - expected).max() <= 1e-3)
        heard += 1
    # Noise that AAC's decoder makes up itself (PNS) is another one each time: of few clips.
    assert heard > 30 and np.mean(same) > 0.8


def test_explain_says_about_what_windows_cost(numbered, made, tmp_path):
    clip = made(numbered(400), "mp4", "libx264", {"g": "25"})
    columns = {"x.npy": lambda frames: np.zeros((frames, 3))}
    path = write(tmp_path / "data" / "a.tar", {f"clip{number}": clip for number in range(24)}, **columns)
    dataset = ShardDataset(path, ["mp4", "x.npy"], window=Window(50))
    said = dataset.explain()
    loader = dataset.loader(24)
    list(loader)
    assert said.requests == loader.requests == 24 * 4  # json, table, packets, x.npy
    assert said.nbytes == pytest.approx(loader.bytes_read, rel=0.2)
