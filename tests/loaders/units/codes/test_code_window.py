"""Windows of codes with their sound are what the files hold, out of few bytes; what does not belong together is bad."""

import io

import numpy as np
import pytest

from faceshards.errors import ClipError, ColumnError, UsageError
from faceshards.loaders.fetch.spans import DISK
from faceshards.loaders.plan.plan import resolve
from faceshards.loaders.serve.reader import SampleReader
from faceshards.loaders.units.codes.code_window import CodeWindow
from faceshards.loaders.units.deck import hand
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter
from tests.loaders.sequences import CODES, array, files, packed, sound
from tests.packing.kinds.emoca.conftest import wav

COLUMNS = ("wav", "envelope.npy", *CODES)
LONG = {f"V4-{number:05d}": files(number, 60 + number) for number in range(3)}
#: More frames than sound, and less: the shorter one counts.
SEQUENCES = {**LONG, "V4-00003": files(3, 40, 30 * 640 + 600), "V4-00004": files(4, 30, 50 * 640)}


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return packed(tmp_path_factory.mktemp("sequences"), SEQUENCES)


def reader(shards, unit, missing="error", where=None):
    needs = unit.needs
    plan = resolve([shards], needs.columns, where, missing, scalars=needs.scalars, window=needs.shuffled)
    return SampleReader(unit.deck(unit.fitted(plan, missing)), unit, DISK)


@pytest.mark.parametrize("frames", [1, 20, 60])
def test_a_window_is_what_the_files_hold(shards, frames):
    reading = reader(shards, CodeWindow(COLUMNS, frames), "skip")
    for unit in range(len(reading.deck.plan)):
        one = SEQUENCES[reading.deck.plan.key(unit)]
        sample = reading.sample(unit)
        numbers = sample["__frames__"]
        assert (np.diff(numbers) == 1).all() and len(numbers) == frames and numbers[0] >= 0
        for name in CODES:
            np.testing.assert_array_equal(sample[name], array(one[name])[numbers])
            np.testing.assert_array_equal(sample["__first__"][name], array(one[name])[:1])
        heard = slice(numbers[0] * 640, numbers[0] * 640 + 640 * frames)
        np.testing.assert_array_equal(sample["wav"], sound(one)[heard])
        np.testing.assert_array_equal(sample["envelope.npy"], array(one["envelope.npy"])[heard])


def test_only_the_windows_bytes_are_read_and_counted(shards):
    reading = reader(shards, CodeWindow(COLUMNS, 20, start="middle"), where="frames >= 60")
    reading.sample(0)
    # Heads of four arrays, of the envelope and of the sound; 20 rows of 284 numbers, 20 x 640 values and samples.
    assert reading.bytes_read == 5 * 1024 + 512 + 20 * 284 * 4 + 20 * 640 * (4 + 2)
    assert reading.requests == 12
    size = sum(len(SEQUENCES[reading.deck.plan.key(0)][name]) for name in (*CODES, "envelope.npy", "audio.wav"))
    assert reading.bytes_read < 0.4 * size


def test_random_windows_differ_by_epoch_and_reach_both_ends(shards):
    reading = reader(shards, CodeWindow(COLUMNS, 20), where="frames = 60")
    starts = [int(reading.sample(0, epoch)["__frames__"][0]) for epoch in range(300)]
    assert set(starts) == set(range(41))
    assert starts == [int(reading.sample(0, epoch)["__frames__"][0]) for epoch in range(300)]
    other = reader(shards, CodeWindow(COLUMNS, 20, seed=1), where="frames = 60")
    assert starts != [int(other.sample(0, epoch)["__frames__"][0]) for epoch in range(300)]


def test_a_sequence_is_as_long_as_the_shorter_of_codes_and_sound(shards):
    whole = reader(shards, CodeWindow(COLUMNS, None))
    assert [len(whole.sample(unit)["__frames__"]) for unit in range(5)] == [60, 61, 62, 30, 30]
    assert [len(whole.sample(unit)["wav"]) for unit in range(5)] == [640 * n for n in (60, 61, 62, 30, 30)]
    last = reader(shards, CodeWindow(COLUMNS, 30, start="first"))
    assert last.sample(3)["expcode.npy"].shape == (30, 50)


def test_all_windows_stand_one_behind_the_other(shards):
    unit = CodeWindow(COLUMNS, 20, start="all")
    reading = reader(shards, unit)
    found = [
        (sample["__key__"], int(sample["__frames__"][0])) for sample in map(reading.sample, range(len(reading.deck)))
    ]
    keys = reading.deck.plan.keys.to_pylist()
    assert found == [(key, 20 * n) for key, count in zip(keys, [3, 3, 3, 1, 1], strict=True) for n in range(count)]
    assert reading.deck.counts == [11] and list(reading.deck.units([1], 0)) == [3, 4, 5]
    other = reader(shards, CodeWindow(COLUMNS, 30, start="all"))
    assert other.deck.digest != reading.deck.digest == reader(shards, unit).deck.digest
    assert unit.cost(reading.deck, DISK, 1).requests > 11 * 10


def test_windows_of_sequences_of_unknown_length_are_not_counted(tmp_path):
    with pytest.raises(UsageError, match="do not say how long they are"):
        reader(write(tmp_path / "a.tar"), CodeWindow(COLUMNS, 20, start="all"), "skip")


def test_too_short_sequences_are_told_or_left_out(shards):
    said = r"2 of 5 clips are too short for 31 frames.*V4-00003.*sound_duration >= 1\.24"
    with pytest.raises(UsageError, match=said):
        reader(shards, CodeWindow(COLUMNS, 31))
    assert len(reader(shards, CodeWindow(COLUMNS, 31), "skip").deck) == 3
    assert len(reader(shards, CodeWindow(COLUMNS, 31), where="frames >= 31 AND sound_duration >= 1.24").deck) == 3
    with pytest.raises(UsageError, match="5 of 5"):
        reader(shards, CodeWindow(COLUMNS, 63), "skip")


def test_the_envelope_of_the_sound_is_nearly_the_column(shards):
    columns = ("wav", *CODES)
    made, stored = (reader(shards, CodeWindow(one, 20), where="frames >= 60") for one in (columns, COLUMNS))
    for epoch in range(5):
        ours, theirs = made.sample(1, epoch), stored.sample(1, epoch)
        np.testing.assert_array_equal(ours["wav"], theirs["wav"])
        assert ours["envelope.npy"].shape == theirs["envelope.npy"].shape
        assert np.abs(ours["envelope.npy"] - theirs["envelope.npy"]).mean() < 0.01
    # The sound has 100 samples behind its last frame: of whole frames a transform is quick, of a prime it is not.
    excerpt = made.unit.fetch(made.bodies, hand(made.deck, (1, 0)))
    assert len(excerpt.sound.rows()) % 640 == 0


def test_explain_counts_what_windows_read(shards):
    unit = CodeWindow(COLUMNS, 20, start="middle")
    reading = reader(shards, unit, where="frames >= 60")
    cost = unit.cost(reading.deck, DISK, 1)
    assert cost.requests == 12 * 3 and cost.nbytes == 3 * (5 * 1024 + 512 + 20 * 284 * 4 + 20 * 640 * 6)


def write(path, **changed):
    """A foreign shard of one sequence of 40 frames, without scalars in its index but those given."""
    whole = files(7, 40)
    arrays = {name: whole[name] for name in (*CODES, "envelope.npy")}
    members = {"json": {"name": "x"}, "wav": whole["audio.wav"], **arrays}
    with ShardWriter(path) as writer:
        writer.add("x", members | changed)
    return path


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"expcode.npy": np.zeros((39, 50), np.float32)}, ClipError, "expcode.npy has 39"),
        ({"wav": wav(np.zeros(15 * 640, np.int16))}, ClipError, "the sound lasts 0.6 s, 40 frames 1.6 s"),
        ({"wav": wav(np.zeros(65 * 640, np.int16))}, ClipError, "the sound lasts 2.6 s"),
        ({"wav": wav(np.zeros(40 * 1764, np.int16), 44100)}, ClipError, "44100 Hz"),
        ({"envelope.npy": np.zeros(99, np.float32)}, ClipError, "envelope.npy has 99 values"),
        ({"expcode.npy": np.zeros((), np.float32)}, ColumnError, "a single value"),
        ({"expcode.npy": b"no array"}, ColumnError, "does not decode as npy"),
        ({"wav": b"RIFF but no sound"}, ClipError, "does not decode"),
        ({"expcode.npy": None}, ColumnError, "has no 'expcode.npy'"),
    ],
)
def test_what_does_not_belong_together_is_a_bad_sample(tmp_path, changed, error, said):
    path = write(tmp_path / "a.tar", **changed)
    with pytest.raises(error, match=said):
        reader(path, CodeWindow(COLUMNS, 20), "none").sample(0)


def test_a_foreign_sequence_that_is_too_short_is_a_bad_sample(tmp_path):
    with pytest.raises(ClipError, match="40 frames with their sound have no window of 41"):
        reader(write(tmp_path / "a.tar"), CodeWindow(COLUMNS, 41)).sample(0)


@pytest.mark.parametrize("turned", [np.asfortranarray, lambda x: x.astype(">f8"), lambda x: (9 * x).astype(np.int16)])
def test_arrays_of_other_layouts_are_read_by_what_they_say(tmp_path, turned):
    out = io.BytesIO()
    expected = turned(array(files(7, 40)["expcode.npy"]))
    np.save(out, expected)
    sample = reader(write(tmp_path / "a.tar", **{"expcode.npy": out.getvalue()}), CodeWindow(COLUMNS, 20)).sample(0)
    np.testing.assert_array_equal(sample["expcode.npy"], expected[sample["__frames__"]])
    np.testing.assert_array_equal(sample["__first__"]["expcode.npy"], expected[:1])


def test_a_sound_that_is_no_wav_of_16_bits_is_decoded(tmp_path):
    noise = (sound(files(7, 40)) * 127 + 128).astype(np.uint8)
    sample = reader(write(tmp_path / "a.tar", wav=wav(noise)), CodeWindow(COLUMNS, 20)).sample(0)
    begin = int(sample["__frames__"][0]) * 640
    np.testing.assert_allclose(sample["wav"], (noise[begin : begin + 12800] - np.float32(128)) / 128, atol=1e-6)


def test_a_header_that_is_longer_than_the_head_is_no_array(tmp_path):
    body = encode("x.npy", np.zeros((40, 50), np.float32))
    longer = body[:8] + (2000).to_bytes(2, "little") + body[10:127] + b" " * 1882 + body[127:]
    with pytest.raises(Exception, match="an npy header of 2000 bytes"):
        reader(write(tmp_path / "a.tar", **{"expcode.npy": longer}), CodeWindow(COLUMNS, 20)).sample(0)
