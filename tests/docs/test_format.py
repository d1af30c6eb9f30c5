"""The page suffices: what `stranger.py` writes from it alone is byte for byte what this project writes, and is read."""

import io
import json
from fractions import Fraction

import av
import numpy as np
import pyarrow.parquet as pq
import pytest

from faceshards.__main__ import main
from faceshards.errors import ShardError
from faceshards.loaders import ShardDataset, Window
from faceshards.media.sound.packets import sound_table
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.decode import frames
from faceshards.shards.index.index import index_path
from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.schema.keys import UniqueKeys
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.tar.front import Front
from faceshards.shards.tar.header import member_header
from faceshards.shards.writer import ShardWriter
from tests.docs import stranger

PACK = {"stage": "pack", "version": 9, "params": {"rate": 0.1, "é": [1, None]}, "models": {}}
LOUD = {"stage": "loudness", "version": 1, "params": {}, "models": {"m.onnx": "0" * 64}}
# Plain, escaped, empty of plain letters, of a leading dash, no UTF-8, long, cut within an escape, taken.
NAMES = [
    *(b"a", b"a clip.v2", "Zoë/日本".encode(), b"-x-y", b"caf\xe9\xff", b"n" * 201, b"n" * 188 + b"\xc3\xa9" * 9, b"a"),
    *(b"n" * 189 + b" " * 9, b"n" * 190 + b" " * 9, b"k" * 200, b"k" * 200, b"a", b"a-2", b"\n"),
]


def names_as_text():
    return [name.decode("utf-8", "surrogateescape") for name in NAMES]


@pytest.fixture(scope="module")
def clips(numbered):
    """name -> (bytes of a clip, its suffix): a varying rate with pictures out of order, sound, a long one, a stream."""
    return {
        "varying": (clip(numbered(40), [0, 1, 2, 5, 6, 9, 10], {"bf": "2", "g": "12"}), "mp4"),
        "sounding": (clip(numbered(30), [0, 1], {"g": "10"}, sound=1.3), "mp4"),
        "long": (clip(numbered(8), [0, 1 << 20], {}), "mp4"),
        "stream": (clip(numbered(20), [0, 1], {"g": "6"}, container="mpeg", codec="mpeg1video"), "mpg"),
    }


def clip(pictures, pace, options, container="mp4", codec="libx264", sound=0.0):
    """A clip whose pictures are shown at such 25ths of a second, the pace repeated; `sound`: seconds of a tone."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=25, options={"threads": "1"} | options)
        stream.height, stream.width, stream.pix_fmt = *pictures[0].shape[:2], "yuv420p"
        heard = out.add_stream("aac", rate=16000, layout="mono") if sound else None
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            rounds, at = divmod(number, len(pace))
            frame.pts, frame.time_base = rounds * (pace[-1] + 1) + pace[at], Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if heard:
            tone = np.sin(np.arange(round(16000 * sound)) * 0.2).astype(np.float32)[None]
            frame = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
            frame.rate, frame.pts = 16000, 0
            out.mux([*heard.encode(frame), *heard.encode()])
    return buffer.getvalue()


def sample(name, body, suffix):
    """The members of a clip, as the page says them."""
    table, told = stranger.packets(body)
    json_ = {
        "name": stranger.shown(name),
        "container": suffix,
        "fps": [25, 1],
        "frames": told["rows"],
        "failures": [],
        "media": {suffix: told},
        "made": dict.fromkeys((suffix, f"{suffix}.packets.npy"), stranger.fingerprint(PACK)),
    }
    return {"json": stranger.canonical(json_), suffix: body, f"{suffix}.packets.npy": table}


def ours(path, samples, provenance):
    """The same samples by this project's writer."""
    with ShardWriter(path, provenance=[Provenance.of(one) for one in provenance]) as writer:
        for key, members in samples:
            writer.add(key, members)
    return path


def same(folder, samples, provenance=(PACK, LOUD)):
    """Writes the samples twice and holds them against each other; the stranger's shard."""
    theirs, mine = folder / "theirs.tar", folder / "ours.tar"
    stranger.write(theirs, samples, provenance)
    ours(mine, samples, provenance)
    assert theirs.read_bytes() == mine.read_bytes()
    one, other = (pq.read_table(index_path(path)) for path in (theirs, mine))
    assert one.equals(other)
    stamps = [json.loads(table.schema.metadata[b"faceshards"]) for table in (one, other)]
    assert stamps[0] == stamps[1]
    verdict = verify(theirs, deep=True)
    assert verdict.whole and not verdict.foreign and verdict.members == len(samples) * len(samples[0][1])
    index = index_path(theirs).read_bytes()
    with Shard(theirs) as shard:
        for row, (key, members) in enumerate(samples):
            assert shard.keys[row] == key
            assert {name: shard.read(row, name) for name in members} == stranger.completed(members)
    assert index_path(theirs).read_bytes() == index, "the index was made anew: it was not believed"
    return theirs


def test_keys_are_those_of_the_page():
    keys = UniqueKeys()
    assert stranger.keys(NAMES) == [keys.key(name) for name in names_as_text()]


def test_names_of_any_kind_and_members_with_long_names(tmp_path):
    columns = ["json", "styled.mp4.packets.npy", "a.user-s.own", "0", "mp4"]
    bodies = [b"", b"x" * 511, b"y" * 512, b"z" * 5000]
    samples = [
        (key, {one: bodies[(row + at) % 4] for at, one in enumerate(columns)} | {"json": stranger.canonical(facts)})
        for row, (key, facts) in enumerate(
            zip(stranger.keys(NAMES), ({"name": stranger.shown(name)} for name in NAMES), strict=True)
        )
    ]
    shard = same(tmp_path, samples)
    with Shard(shard) as opened:
        assert any(len(f"{key}.styled.mp4.packets.npy") > 200 for key in opened.keys)
        assert opened.index["name"].to_pylist() == [stranger.shown(name) for name in NAMES]


def test_scalars_of_every_type(tmp_path):
    failed = [{"stage": "faces", "code": "no-face", "reason": "-"}, {"stage": "swap", "code": "needs-failed"}]
    rows = [
        {"zz": 1, "fps": [30000, 1001], "frames": 7, "text": 'é\u2028\x01"', "mp4": 3, "json": 1, "key": "k"},
        {"flag": True, "whole": -(2**63), "wide": 2**63, "real": 0.1, "failed": "x", "none": None, "offset": 2},
        {"flag": False, "whole": 5, "wide": 1, "real": 1, "mixed": "a", "frames": 1.5, "list": [1], "object": {"a": 1}},
        {"mixed": True, "fps": 25, "height": True, "duration": 3, "name": 4, "failures": failed, "list": 3, "A": 1e300},
        {"mixed": 0.5, "made": {"loudness_db": stranger.fingerprint(LOUD)}, "loudness_db": -20.25, "Ω": 1, "size": 1},
        {f"many{number:04d}": number for number in range(1010)},
    ]
    samples = [(f"s{row}", {"json": stranger.canonical(one), "mp4": b"m"}) for row, one in enumerate(rows)]
    names = pq.read_table(index_path(same(tmp_path, samples))).column_names
    assert names[:5] == ["key", "offset", "size", "json", "mp4"] and names[5] == "fps" and names[-1] == "failed"
    assert "many0900" in names and "many1009" not in names and not {"none", "list", "object"} & set(names)


def test_headers_of_long_names_and_large_sizes():
    for name in (b"a.json", b"n" * 80, b"n" * 99, b"n" * 100, b"n" * 101, b"n" * 250, "ü.json".encode()):
        for size in (0, 511, 2**33 - 1, 2**33, 10**11):
            assert stranger.member_header(name, size, 0xFEDCBA98) == member_header(name, size, 0xFEDCBA98), (name, size)


def test_front_records_of_every_size():
    for letters in (*range(0, 9000, 450), *range(7680, 7880), *range(6700, 7000)):
        record = {**PACK, "params": {"x": "y" * letters}}
        made = {stranger.fingerprint(record): record}
        front = Front("ab" * 16, 12345, 8, 4, made)
        assert stranger.front("ab" * 16, 12345, 8, 4, [record]) == front.pack(front.body_size())


def test_a_front_record_that_no_pad_fills_is_refused():
    record = {**PACK, "params": {"x": "y" * 100}}
    front = Front("ab" * 16, 12345, 8, 4, {"f": record})
    said = len(front._records())
    with pytest.raises(ShardError, match="does not fit"):
        front.pack(said + 1000)


@pytest.mark.parametrize("name", ["varying", "sounding", "long", "stream"])
def test_packet_tables_are_those_of_the_page(clips, name):
    body, _ = clips[name]
    table, told = packet_table(body)
    mine = encode_npy(narrow(table))
    theirs, said = stranger.packets(body)
    told.pop("seek", None)
    assert theirs == mine and said == told
    kinds = {"varying": np.int32, "sounding": np.int32, "long": np.int64, "stream": np.int32}
    assert np.load(io.BytesIO(theirs)).dtype == kinds[name]


def test_a_sounds_packet_table_is_that_of_the_page(clips):
    body, _ = clips["sounding"]
    table, told = sound_table(body)
    theirs, said = stranger.sound_packets(body, 0.0)
    told.pop("step", None)
    assert theirs == encode_npy(narrow(table)) and said == told


def test_clips_of_a_stranger_are_checked_and_loaded(clips, tmp_path, capsys):
    samples = [(key, sample(key.encode(), *clips[key])) for key in ("varying", "sounding")]
    silent, sounding = (members for _, members in samples)
    sounding["sound.packets.npy"], told = stranger.sound_packets(sounding["mp4"], 0.0)
    facts = json.loads(sounding["json"])
    facts["media"]["sound"] = told
    sounding["json"] = stranger.canonical(facts)
    silent["sound.packets.npy"] = b""
    shard = same(tmp_path, samples)
    (tmp_path / "ours.tar").unlink()
    index_path(tmp_path / "ours.tar").unlink()
    with pytest.raises(SystemExit) as ended:
        main(["index", str(shard), "--deep"])
    assert ended.value.code == 0 and "theirs.tar" in capsys.readouterr().out
    heard = list(ShardDataset(shard, columns=["mp4"], window=Window(frames=12, sound=16000), missing="skip"))
    assert [one["__key__"] for one in heard] == ["sounding"] and np.abs(heard[0]["sound"]).max() > 0.5
    for one in [*heard, *ShardDataset(shard, columns=["mp4"], window=Window(frames=12))]:
        pictures = np.stack(list(frames(clips[one["__key__"]][0])))
        assert np.array_equal(one["mp4"], pictures[one["__frames__"]])
