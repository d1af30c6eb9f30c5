"""Statistics are read from the file that `faceshards stats` writes; a code that never changes makes no NaN."""

import numpy as np
import pytest

from faceshards.__main__ import main
from faceshards.errors import UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.views.code_statistics import CODES, CodeStatistics, statistics_of
from tests.loaders.sequences import codes, files, packed

RANDOM = np.random.default_rng(0)


def test_standardising_and_restoring_are_each_others_way_back():
    std = RANDOM.random(284)
    std[7] = 0
    found = CodeStatistics(RANDOM.normal(size=284), std)
    codes = (found.mean + found.std * RANDOM.normal(size=(5, 284))).astype(np.float32)
    standardised = found.standardised(codes)
    assert standardised.dtype == np.float32 and np.abs(standardised[:, 7]).max() < 1e-6
    np.testing.assert_allclose(found.restored(standardised), codes, atol=1e-5)


def test_the_file_is_that_of_3dxtalker(tmp_path):
    np.savez(tmp_path / "data_mean_std.npz", data_mean=np.arange(284.0), data_std=np.ones(284))
    found = CodeStatistics.read(tmp_path / "data_mean_std.npz")
    assert found.mean[283] == 283 and found.scale.sum() == 284
    again = CodeStatistics.of(found.mean.tolist(), found.std.tolist())
    np.testing.assert_array_equal(again.mean, found.mean)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"data_mean": np.zeros(284)}, "lacks data_std"),
        ({"data_mean": np.zeros(50), "data_std": np.ones(50)}, r"must be 284 finite numbers, got float64 \(50,\)"),
        ({"data_mean": np.zeros(284), "data_std": np.full(284, np.nan)}, "std must be 284 finite"),
        ({"data_mean": np.zeros(284), "data_std": np.full(284, -1.0)}, "not below 0"),
        ({"data_mean": np.array([{}] * 284), "data_std": np.ones(284)}, "does not read as an npz"),
    ],
)
def test_a_file_of_something_else_is_refused_with_how_to_make_it(tmp_path, arrays, said):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(UsageError, match=rf"x\.npz.*{said}.*faceshards stats"):
        CodeStatistics.read(tmp_path / "x.npz")


@pytest.mark.parametrize("body", [None, b"", b"no archive", b"PK\3\4 cut"])
def test_what_is_no_file_of_arrays_is_refused(tmp_path, body):
    if body is not None:
        (tmp_path / "x.npz").write_bytes(body)
    with pytest.raises(UsageError, match=r"x\.npz.*faceshards stats"):
        CodeStatistics.read(tmp_path / "x.npz")


def test_no_flipped_byte_of_a_packed_npz_is_more_than_a_line(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", data_mean=np.arange(284.0), data_std=np.ones(284))
    body, kinds = (tmp_path / "x.npz").read_bytes(), set()
    for at in range(len(body)):
        (tmp_path / "x.npz").write_bytes(body[:at] + bytes([body[at] ^ 0x41]) + body[at + 1 :])
        try:
            CodeStatistics.read(tmp_path / "x.npz")
        except UsageError as error:
            kinds.add(type(error.__cause__).__name__)
    assert {"error", "NotImplementedError", "BadZipFile"} <= kinds  # the first one is zlib's


def test_an_npy_file_is_no_npz(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(284))
    with pytest.raises(UsageError, match="faceshards stats"):
        CodeStatistics.read(tmp_path / "x.npy")


def test_statistics_of_shards_are_those_of_the_command(tmp_path):
    shards = packed(tmp_path, {f"V4-{number:05d}": files(number, 5 + number) for number in range(4)})
    where = "frames > 5"
    out = tmp_path / "data_mean_std.npz"
    options = ["--columns", ",".join(CODES), "--deltas", "--joined", "--where", where, "--out", out]
    with pytest.raises(SystemExit, match="0"):
        main(["stats", str(shards), *map(str, options)])
    found, left_out = statistics_of(ShardDataset(shards, list(CODES), where=where))
    expected = CodeStatistics.read(out)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.std, expected.std, rtol=1e-9)
    assert left_out == []
    plain, _ = statistics_of(ShardDataset(shards, list(CODES)), deltas=False)
    rows = np.concatenate([codes(files(number, 5 + number)) for number in range(4)])
    np.testing.assert_allclose(plain.std, rows.std(axis=0), rtol=1e-5)


def test_a_bad_sequence_is_left_out_of_the_statistics_and_told():
    good = {name: np.ones((3, width), np.float32) for name, width in CODES.items()}
    bad = {**good, "expcode.npy": np.full((3, 50), np.nan, np.float32)}
    narrow = {**good, "posecode.npy": np.ones((3, 5), np.float32)}
    found, left_out = statistics_of([bad, good, narrow])
    assert len(left_out) == 2 and "no finite number" in left_out[0] and "posecode.npy is (3, 5)" in left_out[1]
    assert (found.std == 0).all() and (found.scale == 1).all()
    with pytest.raises(UsageError, match="no sequence has codes"):
        statistics_of([bad])
