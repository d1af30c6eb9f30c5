"""Stacking and merging: dense where every row agrees, lists elsewhere, and never dependent on how rows were spread."""

from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
import torch

from faceshards.errors import ClipError, ColumnError
from faceshards.loaders.decode.batch import Piece, merge, put, stack

VALUES = {
    "dense": [np.full((2, 2), i, np.float32) for i in range(6)],
    "swapped": [np.full(2, i, ">f4") for i in range(6)],
    "ragged": [np.arange(i) for i in range(6)],
    "mixed": [np.zeros(2, np.float32 if i < 5 else np.float64) for i in range(6)],
    "tensor": [torch.full((3,), i) for i in range(6)],
    "whole": list(range(6)),
    "flag": [i % 2 == 0 for i in range(6)],
    "number": [1 if i == 3 else 0.5 for i in range(6)],
    "text": [f"row {i}" for i in range(6)],
    "map": [{"i": i} for i in range(6)],
    "gap": [None if i == 2 else np.ones(2, np.int16) for i in range(6)],
    "names": [np.array(["a", "b"]) for i in range(6)],
}
SAMPLES = [{name: values[i] for name, values in VALUES.items()} for i in range(6)]


def pieces(*parts):
    return [
        Piece(np.array(part, np.int64), stack([SAMPLES[slot] for slot in part]) if len(part) else {}) for part in parts
    ]


def equal(one, two):
    if isinstance(one, torch.Tensor):
        return isinstance(two, torch.Tensor) and one.dtype == two.dtype and torch.equal(one, two)
    if isinstance(one, list):
        return isinstance(two, list) and len(one) == len(two) and all(map(equal, one, two))
    return np.array_equal(one, two)


def test_dense_columns_are_stacked():
    batch = stack(SAMPLES)
    assert batch["dense"].dtype == torch.float32 and batch["dense"][:, 1, 0].tolist() == list(range(6))
    assert batch["swapped"].dtype == torch.float32 and batch["swapped"][:, 0].tolist() == list(range(6))
    assert batch["tensor"].shape == (6, 3)
    assert batch["whole"].dtype == torch.int64 and batch["flag"].dtype == torch.bool


def test_all_else_stays_a_list():
    batch = merge(pieces(range(6)))
    assert [row.tolist() for row in batch["ragged"]] == [list(range(i)) for i in range(6)]
    assert [row.dtype for row in batch["mixed"]] == [torch.float32] * 5 + [torch.float64]
    assert batch["text"] == VALUES["text"] and batch["map"] == VALUES["map"]
    assert batch["gap"][2] is None and batch["gap"][0].dtype == torch.int16
    assert isinstance(batch["names"][0], np.ndarray)
    assert [value.item() for value in batch["number"]] == VALUES["number"]


@pytest.mark.parametrize(
    "parts",
    [[[0, 1, 2, 3, 4, 5]], [[0, 2, 4], [1, 3, 5]], [[5], [], [0, 1, 2, 3, 4]], [[0], [1], [2], [3], [4], [5]]],
)
def test_a_merged_batch_does_not_depend_on_the_pieces(parts):
    whole, merged = merge(pieces(range(6))), merge(pieces(*parts))
    assert list(merged) == list(whole)
    for name in VALUES:
        assert equal(merged[name], whole[name]), name


def test_a_batch_may_be_written_to():
    frozen = np.frombuffer(np.ones(4, np.float32).tobytes(), np.float32)  # as the codecs give it
    for rows in ([{"x": frozen}, {"x": frozen}], [{"x": frozen}, {"x": frozen[:2]}]):
        batch = merge([Piece(np.arange(2), stack(rows))])
        batch["x"][0][:] = 7
    assert (frozen == 1).all()


def test_an_error_is_raised_where_the_batch_is_wanted():
    broken = Piece(np.empty(0, np.int64), {}, error=ClipError("no-face", "no face"))
    with pytest.raises(ClipError, match="no face"):
        merge([*pieces([0, 1]), broken])


def test_uneven_samples_are_refused():
    with pytest.raises(ColumnError, match="same columns"):
        stack([{"a": 1}, {"b": 1}])
    with pytest.raises(ColumnError, match="same columns"):
        merge([Piece(np.array([0]), stack([{"a": 1}])), Piece(np.array([1]), stack([{"b": 1}]))])


@pytest.mark.parametrize(
    "rows",
    [
        torch.arange(6).reshape(3, 2),
        torch.arange(3.0),
        torch.tensor([True, False, True]),
        torch.ones(3, 2, dtype=torch.bfloat16),
        torch.ones(3, dtype=torch.complex64),
        torch.arange(12.0).reshape(4, 3).T,
        torch.empty(3, 0),
        torch.rand(3, 20_000),
    ],
)
def test_rows_of_any_dtype_are_put_at_their_slots(rows):
    out = torch.zeros((5, *rows.shape[1:]), dtype=rows.dtype)
    put(out, np.array([4, 0, 2]), rows)
    assert torch.equal(out[[4, 0, 2]], rows) and not out[[1, 3]].any()


def test_a_piece_takes_small_columns_along_and_leaves_large_ones_in_shared_memory():
    """Pickled as a worker's queue does: what shares memory shows what is written to it later."""
    small, large = torch.arange(6).view(2, 3), torch.zeros((2, 1 << 16), dtype=torch.uint8)
    piece = Piece(np.arange(2), {"small": small, "large": large, "list": ["a", "b"]}, 7)
    sent = ForkingPickler.dumps(piece)
    small[:], large[:] = -1, 5
    came = ForkingPickler.loads(sent)
    assert came.columns["small"].tolist() == [[0, 1, 2], [3, 4, 5]] and came.columns["list"] == ["a", "b"]
    assert (came.columns["large"] == 5).all() and came.bytes_read == 7
    came.columns["small"][0] = 9  # it is its own
    assert torch.equal(merge([came])["small"][0], torch.tensor([9, 9, 9]))
