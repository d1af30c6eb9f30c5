"""Windows of codes in batches: targets, order, resume, ranks, whole sequences; what is bad is replaced and told."""

import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.views.code_statistics import CODES, CodeStatistics, statistics_of
from faceshards.loaders.views.emoca import EmocaCodes
from faceshards.shards.writer import ShardWriter
from tests.loaders.sequences import array, codes, files, packed, sound

LENGTHS = {f"V4-{number:05d}": 30 + 3 * number for number in range(9)}
SEQUENCES = {name: files(frames, frames) for name, frames in LENGTHS.items()}


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return packed(tmp_path_factory.mktemp("sequences"), SEQUENCES)


@pytest.fixture(scope="module")
def statistics(shards):
    return statistics_of(ShardDataset(shards, list(CODES)))[0]


def drawn(batches):
    """What identifies the windows of batches: key and first frame."""
    return [
        (key, int(frames[0]))
        for batch in batches
        for key, frames in zip(batch["__key__"], batch["__frames__"], strict=True)
    ]


def test_a_batch_is_what_the_model_eats(shards, statistics):
    dataset = ShardDataset(shards, view=EmocaCodes(25, statistics=statistics), seed=3)
    assert len(dataset) == 9
    for batch in dataset.loader(batch_size=3):
        assert batch["codes"].shape == (3, 25, 284) and batch["reference"].shape == (3, 1, 284)
        assert batch["audio"].shape == batch["envelope"].shape == (3, 25 * 640)
        assert {batch[name].dtype for name in ("audio", "envelope", "codes", "reference")} == {torch.float32}
        for row, key in enumerate(batch["__key__"]):
            one, numbers = SEQUENCES[key], batch["__frames__"][row].numpy()
            deltas = codes(one)[numbers] - codes(one)[:1]
            np.testing.assert_allclose(batch["codes"][row], (deltas - statistics.mean) / statistics.scale, atol=1e-4)
            np.testing.assert_array_equal(batch["reference"][row], codes(one)[:1])
            span = slice(numbers[0] * 640, numbers[-1] * 640 + 640)
            np.testing.assert_array_equal(batch["audio"][row], sound(one)[span])
            np.testing.assert_array_equal(batch["envelope"][row], array(one["envelope.npy"])[span])


def test_no_frame_is_left_out_of_a_window(shards):
    """3DXTalker's windows lack their last frame but one."""
    dataset = ShardDataset(shards, view=EmocaCodes(30), where="frames = 30")
    assert dataset[0]["__frames__"].tolist() == list(range(30))


def test_without_statistics_or_deltas_the_codes_are_plain(shards):
    plain = ShardDataset(shards, view=EmocaCodes(25, start="first", deltas=False))[0]
    deltas = ShardDataset(shards, view=EmocaCodes(25, start="first"))[0]
    np.testing.assert_array_equal(plain["codes"], codes(SEQUENCES[plain["__key__"]])[:25])
    np.testing.assert_allclose(deltas["codes"], plain["codes"] - plain["reference"], atol=1e-6)
    assert not deltas["codes"][0].any()


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_order_and_resume_hold_for_any_workers(shards, workers):
    dataset = ShardDataset(shards, view=EmocaCodes(25), seed=1)
    whole = drawn([*dataset.loader(batch_size=2), *dataset.loader(batch_size=2)])
    loader = dataset.loader(batch_size=2, num_workers=workers)
    batches = iter(loader)
    first = [next(batches) for _ in range(2)]
    state = loader.state_dict()
    del batches
    again = dataset.loader(batch_size=2, num_workers=workers)
    again.load_state_dict(state)
    assert drawn([*first, *again]) == whole[: len(whole) // 2]


def test_ranks_share_what_one_has(shards):
    dataset = ShardDataset(shards, view=EmocaCodes(25, start="all"), seed=1)
    assert len(dataset) == 9 + 2  # two are twice as long as a window
    alone = [sorted(drawn([batch])) for batch in dataset.loader(batch_size=4, rank=0, world=1)]
    each = [[*dataset.loader(batch_size=4, rank=rank, world=2)] for rank in range(2)]
    assert len(each[0]) == len(each[1]) == len(alone)
    assert [sorted(drawn(pair)) for pair in zip(*each, strict=True)] == alone


def test_evaluation_is_all_windows_as_they_stand(shards):
    loader = ShardDataset(shards, view=EmocaCodes(10, start="all")).loader(batch_size=4, shuffle=False)
    expected = [(name, 10 * n) for name, frames in LENGTHS.items() for n in range(frames // 10)]
    assert drawn(loader) == drawn(loader) == expected
    assert "windows of 10 frames" in str(ShardDataset(shards, view=EmocaCodes(10, start="all")).explain())


@pytest.mark.parametrize("workers", [0, 2])
def test_whole_sequences_are_padded_beside_their_lengths(shards, statistics, workers):
    dataset = ShardDataset(shards, view=EmocaCodes(None, statistics=statistics))
    for batch in dataset.loader(batch_size=3, num_workers=workers, shuffle=False):
        lengths = [LENGTHS[key] for key in batch["__key__"]]
        assert batch["codes.lengths"].tolist() == lengths and batch["codes"].shape == (3, max(lengths), 284)
        assert batch["audio.lengths"].tolist() == [640 * one for one in lengths]
        assert batch["audio"].shape == batch["envelope"].shape == (3, 640 * max(lengths))
        heard, count = sound(SEQUENCES[batch["__key__"][0]]), 640 * lengths[0]
        np.testing.assert_array_equal(batch["audio"][0, :count], heard[:count])
        assert not batch["audio"][0, count:].any()


def test_explain_tells_bytes_and_requests_before_they_are_read(shards):
    dataset = ShardDataset(shards, view=EmocaCodes(10, start="middle"))
    said = dataset.explain()
    loader = dataset.loader(batch_size=9)
    list(loader)
    assert said.requests == loader.requests and said.nbytes == loader.bytes_read


def test_a_bad_sequence_is_replaced_and_told(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        for number in range(6):
            one = files(number, 40)
            members = {name: one[name] for name in (*CODES, "envelope.npy")} | {"wav": one["audio.wav"]}
            if number == 2:
                members["expcode.npy"] = np.full((40, 50), np.nan, np.float32)
            if number == 4:
                members["posecode.npy"] = np.zeros((40, 7), np.float32)
            facts = {"name": "x", "frames": 40, "sound_duration": len(sound(one)) / 16000}
            writer.add(f"s{number}", {"json": facts, **members})
    loader = ShardDataset(tmp_path / "a.tar", view=EmocaCodes(20), max_faults=2).loader(batch_size=3)
    keys = {key for batch in loader for key in batch["__key__"]}
    assert keys <= {"s0", "s1", "s3", "s5"}
    assert sorted((fault.key, fault.reason) for fault in loader.faults) == [("s2", "bad-column"), ("s4", "bad-column")]
    said = " ".join(fault.message for fault in loader.faults)
    assert "no finite number" in said and "posecode.npy is (20, 7)" in said


def test_the_settings_are_plain_and_make_the_statistics_again(statistics):
    settings = EmocaCodes(25, statistics=statistics, envelope="sound").settings
    assert settings["deltas"] is True and settings["envelope"] == "sound"
    np.testing.assert_array_equal(CodeStatistics.of(**settings["statistics"]).std, statistics.std)
    assert EmocaCodes(25).settings["statistics"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"frames": 0}, "frames must be a whole number"),
        ({"start": "last"}, "start must be one of"),
        ({"envelope": "no"}, "envelope must be one of"),
        ({"statistics": 3}, "statistics must be"),
        ({"statistics": "no.npz"}, "no such statistics"),
    ],
)
def test_what_is_no_setting_is_refused(words, said):
    with pytest.raises(UsageError, match=said):
        EmocaCodes(**words)


def test_too_short_sequences_are_left_out_where_asked(shards):
    with pytest.raises(UsageError, match="7 of 9 clips are too short for 50 frames"):
        len(ShardDataset(shards, view=EmocaCodes(50)))
    assert len(ShardDataset(shards, view=EmocaCodes(50), missing="skip")) == 2
