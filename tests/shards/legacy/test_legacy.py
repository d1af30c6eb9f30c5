"""MegActor shards, as webdataset writes them, come in, and go out to what its trainers read."""

import io
import pickle
import struct
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest
import webdataset as wds

from faceshards.errors import ClipError, ColumnError, ShardError, UsageError
from faceshards.shards.legacy import export_shard, import_shard
from faceshards.shards.legacy.old_schema import split_name
from faceshards.shards.legacy.pickles import pickled
from faceshards.shards.legacy.rate import rate_of
from faceshards.shards.legacy.wave import decode_wave, encode_wave
from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.columns import COLUMNS

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

FRAMES = 5
rng = np.random.default_rng(4)


def floats(*shape: int) -> np.ndarray:
    return rng.random(shape, np.float32) * 500


def v1_sample(people: int = 2) -> dict:
    """What steps 2 to 4 of v1 write: arrays over all frames and people."""
    return {
        "mp4": rng.bytes(3000),
        "dwpose_result.pyd": floats(FRAMES, people, 134, 2),
        "dwpose_score.pyd": floats(FRAMES, people, 134),
        "faces_bbox.pyd": floats(FRAMES, people, 4),
        "exist_face_frame_index.pyd": np.arange(FRAMES),
        "mp4_styled": rng.bytes(2000),
        "swapped.mp4": rng.bytes(1000),
        "source.png": np.full((4, 4, 3), 7, np.uint8),
        "source_path": "faces/anna.png",
    }


def sigma_sample(people: tuple[int, ...] = (1, 1, 2, 1, 1)) -> dict:
    """What steps 1 and 2 of Sigma write: a list over frames, and the sound at its own rate."""
    return {
        "mp4": rng.bytes(3000),
        "dwpose_result.pyd": [floats(count, 134, 2) for count in people],
        "dwpose_score.pyd": [floats(count, 134) for count in people],
        "faces_bbox.pyd": [floats(4) if count == 1 else np.zeros(4, np.float32) for count in people],
        "exist_face_frame_index.pyd": [count == 1 for count in people],
        "audio_frames.pyd": rng.standard_normal(7350).astype(np.float32),
        "sample_rate.str": "44100",
        "fps.str": "29.97",
    }


def write_old(path: Path, samples: dict[str, dict]) -> Path:
    """An old tar, by the writer that the old scripts use."""
    with open(path, "wb") as stream, wds.TarWriter(stream) as sink:
        for key, fields in samples.items():
            sink.write({"__key__": key, **fields})
    return path


def read_old(path: Path) -> list[dict]:
    """What an old trainer has in hand: raw bytes by webdataset, pickles by `pickle.loads`."""
    return [
        {
            name: pickle.loads(body) if name.endswith(".pyd") else body  # noqa: S301 - our own bytes, as the trainer does
            for name, body in sample.items()
            if not name.startswith("__")
        }
        for sample in wds.WebDataset(str(path), shardshuffle=False)
    ]


def same(a: object, b: object) -> bool:
    """Equal values of one type: arrays also in dtype and shape, lists item by item."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@pytest.mark.parametrize(("kind", "make"), [("v1", v1_sample), ("sigma", sigma_sample)])
def test_out_again_is_what_came_in(tmp_path, kind, make):
    old = write_old(tmp_path / "old.tar", {"Clip+a": make(), "Clip+b": make()})
    taken = import_shard(old, tmp_path / "new.tar")
    assert (taken.kind, taken.whole, taken.seen, taken.failed, taken.left_out) == (kind, 2, 2, [], ())
    assert verify(tmp_path / "new.tar", deep=True).whole
    given = export_shard(tmp_path / "new.tar", tmp_path / "again.tar", kind)
    assert (given.whole, given.seen, given.left_out, given.absent) == (2, 2, (), ())
    for before, after in zip(read_old(old), read_old(tmp_path / "again.tar"), strict=True):
        assert before.keys() == after.keys()
        for name, value in before.items():
            assert same(value, after[name]), name


def test_each_meaning_has_a_column_of_its_own(tmp_path):
    v1, sigma = v1_sample(), sigma_sample()
    import_shard(write_old(tmp_path / "a.tar", {"a": v1}), tmp_path / "v1.tar")
    import_shard(write_old(tmp_path / "b.tar", {"b": sigma}), tmp_path / "sigma.tar")
    with Shard(tmp_path / "v1.tar") as shard:
        assert shard.read(0, "mp4") == v1["mp4"] and shard.read(0, "styled.mp4") == v1["mp4_styled"]
        np.testing.assert_array_equal(shard.get(0, "dwpose.npy"), v1["dwpose_result.pyd"].reshape(-1, 134, 2))
        np.testing.assert_array_equal(shard.get(0, "dwpose_frame.npy"), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
        np.testing.assert_array_equal(shard.get(0, "person_box.npy"), v1["faces_bbox.pyd"].reshape(-1, 4))
        np.testing.assert_array_equal(shard.get(0, "face_frames.npy"), np.arange(5))
        facts = shard.json(0)
        assert facts["name"] == "a" and facts["swapped_source"] == "faces/anna.png" and facts["frames"] == FRAMES
        assert not {"face_box.npy", "face_valid.npy"} & set(shard.columns)
        assert set(shard.columns) <= set(COLUMNS)
        made = {shard.provenance[one].stage for one in facts["made"].values()}
        assert made == {"import"} and set(facts["made"]) == set(shard.columns) - {"json"}
    with Shard(tmp_path / "sigma.tar") as shard:
        np.testing.assert_array_equal(shard.get(0, "dwpose_frame.npy"), [0, 1, 2, 2, 3, 4])
        np.testing.assert_array_equal(shard.get(0, "face_box.npy"), np.stack(sigma["faces_bbox.pyd"]))
        assert shard.get(0, "face_valid.npy").tolist() == [True, True, False, True, True]
        facts = shard.json(0)
        assert facts["fps"] == [30000, 1001] and facts["legacy"] == {"kind": "sigma", "fps.str": "29.97"}
        assert (facts["sample_rate"], facts["channels"]) == (44100, 1)
        assert facts["sound_duration"] == pytest.approx(7350 / 44100)
        assert set(shard.columns) <= set(COLUMNS)


def test_equal_tars_give_equal_shards(tmp_path):
    old = write_old(tmp_path / "old.tar", {"a": v1_sample()})
    import_shard(old, tmp_path / "one.tar")
    import_shard(old, tmp_path / "two.tar")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_a_clip_without_anybody(tmp_path):
    sample = v1_sample() | {"faces_bbox.pyd": np.zeros((FRAMES, 0), np.float32)}
    import_shard(write_old(tmp_path / "old.tar", {"a": sample}), tmp_path / "new.tar")
    with Shard(tmp_path / "new.tar") as shard:
        assert shard.get(0, "person_box.npy").shape == (0, 4)
    export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "v1")
    assert same(read_old(tmp_path / "again.tar")[0]["faces_bbox.pyd"], sample["faces_bbox.pyd"])


def test_people_that_come_and_go_in_v1(tmp_path):
    """numpy before 1.24 made an array of objects of a ragged list, and pickled that."""
    counts = (2, 0, 1, 3, 1)
    frames = {name: np.empty(FRAMES, object) for name in ("dwpose_result.pyd", "dwpose_score.pyd", "faces_bbox.pyd")}
    for i, count in enumerate(counts):
        frames["dwpose_result.pyd"][i] = floats(count, 134, 2)
        frames["dwpose_score.pyd"][i] = floats(count, 134)
        frames["faces_bbox.pyd"][i] = floats(count, 4) if count else np.zeros(0, np.float32)
    outcome = import_shard(write_old(tmp_path / "old.tar", {"a": v1_sample() | frames}), tmp_path / "new.tar")
    assert outcome.whole == 1
    with Shard(tmp_path / "new.tar") as shard:
        assert shard.get(0, "dwpose_frame.npy").tolist() == [0, 0, 2, 3, 3, 3, 4]
        np.testing.assert_array_equal(shard.get(0, "person_box.npy"), np.concatenate([
            one for one in frames["faces_bbox.pyd"] if one.size
        ]))  # fmt: skip
    export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "v1")
    again = read_old(tmp_path / "again.tar")[0]["dwpose_result.pyd"]
    assert same(again, list(frames["dwpose_result.pyd"]))


BAD = {
    "Sigma's mask in v1": ("exist_face_frame_index.pyd", [True] * FRAMES),
    "Sigma's boxes in v1": ("faces_bbox.pyd", [floats(4)] * FRAMES),
    "another number of points": ("dwpose_result.pyd", floats(FRAMES, 2, 133, 2)),
    "whole numbers for points": ("dwpose_result.pyd", np.zeros((FRAMES, 2, 134, 2), int)),
    "fewer scores than people": ("dwpose_score.pyd", floats(FRAMES, 1, 134)),
    "fewer frames than the clip": ("faces_bbox.pyd", floats(FRAMES - 1, 2, 4)),
    "a dict": ("faces_bbox.pyd", {"a": 1}),
    "a number": ("dwpose_score.pyd", 3.5),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_field_costs_its_own_columns(tmp_path, name):
    field, value = BAD[name]
    old = write_old(tmp_path / "old.tar", {"a": v1_sample(), "b": v1_sample() | {field: value}})
    outcome = import_shard(old, tmp_path / "new.tar", "v1")
    assert outcome.whole == 1 and [(one.key, one.code, one.kept) for one in outcome.failed] == [
        ("b", "bad-column", True)
    ]
    with Shard(tmp_path / "new.tar") as shard:
        (failure,) = shard.json(1)["failures"]
        assert failure["stage"] == "import" and field.split("_")[0] in failure["reason"]
        empty = {column for column in shard.columns if not shard.read(1, column)}
        assert empty and empty < {column for column in shard.columns if column.endswith("npy")}
        assert shard.read(0, "mp4") and shard.read(1, "mp4") and not shard.json(0)["failures"]
    given = export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "v1")
    assert (given.whole, [one.key for one in given.failed]) == (1, ["b"])


class Touches:
    """Pickles as a call that would make a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def test_a_pickle_that_acts_is_a_bad_field_and_does_not_act(tmp_path):
    marker = tmp_path / "marker"
    samples = {
        "a": v1_sample(),
        "b": v1_sample() | {"faces_bbox.pyd": Touches(marker)},
        "c": v1_sample() | {"dwpose_result.pyd": np.array([Touches(marker)], object)},
    }
    outcome = import_shard(write_old(tmp_path / "old.tar", samples), tmp_path / "new.tar")
    assert outcome.whole == 1 and [one.code for one in outcome.failed] == ["unsafe-data"] * 2
    assert not marker.exists()
    pickle.loads(pickle.dumps(Touches(marker)))  # noqa: S301 - the proof that pickle itself would have acted
    assert marker.exists()


def test_uneven_samples_and_samples_without_a_clip(tmp_path):
    samples = {"a": v1_sample(), "b": v1_sample(), "c": v1_sample(), "d": v1_sample()}
    del samples["b"]["mp4_styled"], samples["b"]["dwpose_score.pyd"], samples["c"]["mp4"]
    samples["d"]["mp4"] = b""
    outcome = import_shard(write_old(tmp_path / "old.tar", samples), tmp_path / "new.tar")
    assert (outcome.whole, outcome.seen, outcome.kept) == (1, 4, 2)
    assert [(one.key, one.code) for one in outcome.failed] == [
        ("b", "bad-column"),
        ("c", "no-video"),
        ("d", "empty-file"),
    ]
    with Shard(tmp_path / "new.tar") as shard:
        assert shard.keys == ["a", "b"] and len(shard.json(1)["failures"]) == 2
        assert shard.read(1, "styled.mp4") == shard.read(1, "dwpose.npy") == b"" != shard.read(1, "person_box.npy")


def test_an_aborted_run_of_the_old_scripts_left_no_end(tmp_path):
    old = write_old(tmp_path / "old.tar", {"a": v1_sample(), "b": v1_sample(), "c": v1_sample()})
    with tarfile.open(old) as tar:
        cut = next(member.offset_data for member in tar if member.name == "c.mp4") + 700
    with open(old, "r+b") as file:
        file.truncate(cut)
    outcome = import_shard(old, tmp_path / "new.tar")
    assert (outcome.whole, outcome.kept, outcome.seen) == (2, 2, 4)
    assert [one.code for one in outcome.failed] == ["no-video", "unreadable-entry"]
    with open(old, "r+b") as file:
        file.truncate(100)
    with pytest.raises(ShardError, match="no sample can be imported"):
        import_shard(old, tmp_path / "none.tar")
    assert not (tmp_path / "none.tar").exists()


def test_keys_with_dots_that_webdataset_would_cut(tmp_path):
    """Sigma's keys are made of file names: `id1` and `2.5.mp4` give the key `id12.5`."""
    first, second = sigma_sample(), sigma_sample()
    import_shard(write_old(tmp_path / "old.tar", {"id12.5": first, "id12.6": second}), tmp_path / "new.tar")
    with Shard(tmp_path / "new.tar") as shard:
        assert [shard.json(row)["name"] for row in range(2)] == ["id12.5", "id12.6"]
        assert [shard.read(row, "mp4") for row in range(2)] == [first["mp4"], second["mp4"]]
        assert shard.keys == ["id12=2E5", "id12=2E6"]


@pytest.mark.parametrize(
    ("name", "key", "field"),
    [
        ("Clip+1.mp4", "Clip+1", "mp4"),
        ("./a/b.swapped.mp4", "a/b", "swapped.mp4"),
        ("a.b.dwpose_result.pyd", "a.b", "dwpose_result.pyd"),
        ("a.xpose_result.pyd", "a", "xpose_result.pyd"),
        ("a.b.txt", "a", "b.txt"),
        ("k.1.b.txt", "k.1", "b.txt"),
        ("a.pyd", "a", "pyd"),
        ("nodot", "nodot", ""),
        ("d.x/nodot", "d.x/nodot", ""),
        (".mp4", "", "mp4"),
    ],
)
def test_keys_end_where_the_field_begins(name, key, field):
    assert split_name(name, {"k.1"}) == (key, field)


def test_repeated_keys_and_unknown_fields(tmp_path):
    extra = {"xpose_result.pyd": floats(3, 17, 2), "note.str": "ü", "cls": 7, "odd.pyd": {"a": [1]}, "a b.bin": b"x"}
    old = tmp_path / "old.tar"
    with open(old, "wb") as stream, wds.TarWriter(stream) as sink:
        for _ in range(2):
            sink.write({"__key__": "a", **v1_sample(), **extra})
    outcome = import_shard(old, tmp_path / "new.tar")
    assert outcome.left_out == ("a b.bin",) and [one.reason.split()[0] for one in outcome.failed] == ["odd.pyd"] * 2
    with Shard(tmp_path / "new.tar") as shard:
        assert shard.keys == ["a", "a-2"]
        np.testing.assert_array_equal(shard.get(1, "xpose_result.npy"), extra["xpose_result.pyd"])
        assert shard.get(0, "note.txt") == "ü" and shard.read(0, "cls") == b"7"
    assert set(export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "v1").left_out) == {
        "cls", "note.txt", "odd.npy", "xpose_result.npy"
    }  # fmt: skip


def test_what_the_old_trainer_would_miss_is_named(tmp_path):
    sample = {name: value for name, value in sigma_sample().items() if name in ("mp4", "fps.str")}
    import_shard(write_old(tmp_path / "old.tar", {"a": sample}), tmp_path / "new.tar")
    outcome = export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "sigma")
    assert outcome.whole == 1 and set(outcome.absent) == set(sigma_sample()) - set(sample)
    assert read_old(tmp_path / "again.tar") == [{"mp4": sample["mp4"], "fps.str": b"29.97"}]


def test_the_clips_facts_come_from_whoever_knows_codecs(tmp_path):
    """At 29 frames a second by its container and 29.97 by fps.str, five frames play 5.6 ms longer than their sound."""

    def describe(body: bytes) -> tuple:
        if body == b"broken":
            raise ClipError("broken-media", "no moov")
        return {"fps": [29, 1], "frames": FRAMES, "width": 640}, np.ones((1, 6), np.int64), {"codec": "h264"}

    samples = {"a": sigma_sample() | {"swapped.mp4": b"broken"}, "b": sigma_sample() | {"mp4": b"broken"}}
    samples["b"]["swapped.mp4"] = b"fine"
    samples["c"] = sigma_sample() | {"swapped.mp4": b"fine"}
    outcome = import_shard(write_old(tmp_path / "old.tar", samples), tmp_path / "new.tar", describe=describe)
    assert [(one.key, one.code, one.kept) for one in outcome.failed] == [
        ("a", "broken-media", True), ("b", "broken-media", False)
    ]  # fmt: skip
    with Shard(tmp_path / "new.tar") as shard:
        assert (
            shard.keys == ["a", "c"] and shard.read(0, "swapped.mp4") == shard.read(0, "swapped.mp4.packets.npy") == b""
        )
        facts = shard.json(1)
        assert facts["fps"] == [30000, 1001] and facts["width"] == 640
        assert facts["sound_drift"] == pytest.approx(5 / 29 - 5 * 1001 / 30000, abs=1e-9)
        assert facts["media"] == {"mp4": {"codec": "h264"}, "swapped.mp4": {"codec": "h264"}}
        assert shard.get(1, "swapped.mp4.packets.npy").shape == (1, 6)
    for name in ("dwpose_result.pyd", "faces_bbox.pyd", "exist_face_frame_index.pyd"):
        short = sigma_sample() | {name: sigma_sample()[name][:-1]}
        failed = import_shard(write_old(tmp_path / "s.tar", {"a": short}), tmp_path / "n.tar", describe=describe).failed
        assert "has 4 frames, the clip 5" in failed[0].reason


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", (25, 1)), ("25.0", (25, 1)), ("29.97", (30000, 1001)), ("29.97002997002997", (30000, 1001)),
        ("23.976", (24000, 1001)), ("59.94", (60000, 1001)), ("30.0", (30, 1)), ("12.5", (25, 2)), (" 24\n", (24, 1)),
        ("14.985", (15000, 1001)), ("30.02", (1501, 50)),
    ],
)  # fmt: skip
def test_rates_in_decimals(text, rate):
    assert rate_of(text).as_integer_ratio() == rate


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-25", "0", "1e9", "1e999999999", "25 fps", "1/0", "9" * 5000, "1001"]
)
def test_texts_that_are_no_rate(text):
    with pytest.raises(ColumnError, match=r"fps\.str"):
        rate_of(text)


def test_the_wav_is_one_that_others_read_and_keeps_every_bit():
    samples = np.array([0.0, -0.0, 1.0, np.nan, 1e-40, -1.5], np.float32)
    body = encode_wave(samples, 16000)
    # by the fields' places in the RIFF specification
    assert body[:4] == b"RIFF" and struct.unpack_from("<I", body, 4)[0] == len(body) - 8 and body[8:16] == b"WAVEfmt "
    assert struct.unpack_from("<IHHIIHH", body, 16) == (18, 3, 1, 16000, 64000, 4, 32)
    back, rate = decode_wave(body)
    assert rate == 16000 and back.tobytes() == samples.tobytes()
    for bad in (samples.astype(np.float16), samples.reshape(2, 3), np.arange(3)):
        with pytest.raises(ColumnError, match="waveform"):
            encode_wave(bad, 16000)


def test_other_wavs_are_not_taken_for_ours():
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(8))
    for body in (out.getvalue(), b"", b"RIFF", encode_wave(np.zeros(4, np.float32), 8000)[:30]):
        with pytest.raises(ColumnError, match="wav"):
            decode_wave(body)


def test_pickles_name_what_old_numpy_knows():
    value = {"a": floats(2, 3), "b": [np.zeros(4, np.float32)], "c": b"numpy._core.multiarray", "d": "numpy._core.x"}
    body = pickled(value)
    assert body[:2] == b"\x80\x03" and body.count(b"numpy._core") == 2  # those of the values
    again = pickle.loads(body)  # noqa: S301 - our own bytes
    assert all(same(value[name], again[name]) for name in value)


def test_words_that_are_off(tmp_path):
    old = write_old(tmp_path / "old.tar", {"a": v1_sample()})
    with pytest.raises(UsageError, match="another name"):
        import_shard(old, old)
    with pytest.raises(UsageError, match="kind"):
        import_shard(old, tmp_path / "new.tar", "v2")
    import_shard(old, tmp_path / "new.tar")
    with pytest.raises(UsageError, match="another name"):
        export_shard(tmp_path / "new.tar", tmp_path / "new.tar", "v1")
    with pytest.raises(UsageError, match="kind"):
        export_shard(tmp_path / "new.tar", tmp_path / "again.tar", "auto")
