"""What explain() says is what an epoch then does."""

import pytest

from faceshards.loaders import ShardDataset


def test_rows_bytes_and_requests_of_an_epoch(data):
    dataset = ShardDataset(data, ["x.npy", "big.npy"], where="number < 45")
    said = dataset.explain()
    loader = dataset.loader(45)
    list(loader)
    assert (said.nbytes, said.requests) == (loader.bytes_read, loader.requests) == (45 * (152 + 5128), 90)
    assert (said.shards, said.shards_in_all, said.rows, said.rows_in_all) == (2, 3, 45, 100)
    text = str(said)
    for line in (
        "shards    2 of 3",
        "rows      45 of 100",
        "237,600 read for 237,600 wanted",
        "requests  90",
        "48 lanes",
    ):
        assert line in text, text


@pytest.mark.parametrize(
    ("batch", "world", "text"),
    [
        (24, 4, "ranks     4, 6 rows each of every global batch"),
        (24, 5, "5 ranks divide not both the batch and 48 lanes, so local batches differ"),
        (10, 4, "with 2 to 3, 2 to 3, 2 to 3, 2 to 3 rows"),
    ],
)
def test_what_each_rank_gets_of_a_batch(data, batch, world, text):
    dataset = ShardDataset(data, ["x.npy"])
    assert text in str(dataset.explain(batch, world))
    sizes = [[len(part["__key__"]) for part in dataset.loader(batch, rank=rank, world=world)] for rank in range(world)]
    assert [sum(step) for step in zip(*sizes, strict=True)] == [batch] * (100 // batch)
    said = dataset.explain(batch, world).rows_of_ranks
    for step, rows in enumerate(zip(*sizes, strict=True)):
        assert said[step % len(said)] == rows


def test_a_huge_batch_is_reckoned_not_counted(data):
    rows = ShardDataset(data, ["x.npy"]).explain(48 * 10**12 + 5, 5).rows_of_ranks
    assert len(rows) == 48 and all(sum(one) == 48 * 10**12 + 5 for one in rows)
