"""A batch taken apart for a caller's own collate function."""

import torch

from faceshards.loaders.decode.unbatch import samples_of


def test_rows_values_and_own_lengths():
    batch = {
        "__key__": ["a", "b"],
        "x.npy": torch.arange(6).view(2, 3),
        "r.npy": torch.tensor([[1, 0], [2, 3]]),
        "r.npy.lengths": torch.tensor([1, 2]),
        "json": [{"n": 1}, None],
        "odd.lengths": [7, 8],
    }
    first, second = samples_of(batch)
    assert list(first) == ["__key__", "x.npy", "r.npy", "json", "odd.lengths"]
    assert (
        first["x.npy"].tolist() == [0, 1, 2] and first["r.npy"].tolist() == [1] and second["r.npy"].tolist() == [2, 3]
    )
    assert (first["json"], second["json"], second["__key__"], first["odd.lengths"]) == ({"n": 1}, None, "b", 7)
