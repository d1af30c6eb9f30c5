"""A pipeline's samples that an expression keeps."""

import gc
from functools import partial

import pytest
import webdataset as wds

from faceshards.bench.object_store import ObjectStore
from faceshards.errors import UsageError
from faceshards.loaders.webdataset import select, tar_samples


def number(sample):
    return int(sample["__key__"].split("-")[1])


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_select_keeps_what_an_expression_keeps_in_any_pipeline(data):
    stages = [wds.SimpleShardList([str(path) for path in sorted(data.glob("*.tar"))]), wds.tarfile_to_samples()]
    kept = wds.DataPipeline(*stages, wds.shuffle(30, seed=1), select("number % 7 = 0"))
    assert sorted(int(sample["__key__"].split("-")[1]) for sample in kept) == list(range(0, 100, 7))
    with pytest.raises(UsageError, match="no recipe"):
        list(wds.DataPipeline(*stages, select("no-such-recipe")))
    gc.collect()  # what webdataset leaves open


def renumbered(one, sample):
    sample["json"]["number"] = 9 - one


def test_select_sees_a_shard_that_was_rewritten(write_shard):
    path = write_shard("twice", range(10))
    pipeline = wds.DataPipeline(partial(tar_samples, [{"url": str(path)}]), select("number < 3"))
    assert [number(sample) for sample in pipeline] == [0, 1, 2]
    size = path.stat().st_size
    path.unlink()
    write_shard("twice", range(10), renumbered)
    assert path.stat().st_size == size  # the time of its writing tells
    assert [number(sample) for sample in pipeline] == [7, 8, 9]


def test_select_in_a_store_asks_once_an_epoch_and_shard(tmp_path, monkeypatch, write_shard):
    path = write_shard("twice", range(10))
    url = "s3://bucket/set/twice.tar"
    pipeline = wds.DataPipeline(partial(_raw_samples, url), select("number < 3"))
    with ObjectStore(tmp_path / "store") as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        store.put("bucket/set/twice.tar", path.read_bytes())
        assert [number(sample) for sample in pipeline] == [0, 1, 2]
        store.log(clear=True)
        assert [number(sample) for sample in pipeline] == [0, 1, 2]
        assert len(store.log()) == 1
        path.unlink()
        write_shard("twice", range(10), renumbered)
        store.put("bucket/set/twice.tar", path.read_bytes())
        assert [number(sample) for sample in pipeline] == [7, 8, 9]


def _raw_samples(url):
    for one in range(10):
        yield {"__key__": f"twice-{one:04d}", "__url__": url}


@pytest.mark.parametrize("name", ["__url__", "__key__"])
def test_select_says_what_a_sample_lacks(data, name):
    def without(sample):
        return {key: value for key, value in sample.items() if key != name}

    with pytest.raises(UsageError, match=f"has no '{name}': select needs .*put select before") as caught:
        list(select("number < 3")(map(without, tar_samples([{"url": str(data / "a.tar")}]))))
    assert "\n" not in str(caught.value)
    assert name == "__key__" or "'a-0000'" in str(caught.value)
