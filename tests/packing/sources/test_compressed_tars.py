"""Compressed tars of a folder are told, never passed over."""

import gzip
import json

import pytest

from faceshards.errors import SourceError
from faceshards.packing.sources.compressed_tars import compressed_tars, refuse_compressed
from faceshards.shards.storage.url import place


def test_those_of_a_folder_at_any_depth_or_the_one_that_is_named(tmp_path):
    for name in ("b.tar.gz", "deep/a.tgz", "deep/c.tar", ".hidden/d.tgz", "notes.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = [tmp_path / "b.tar.gz", tmp_path / "deep" / "a.tgz"]
    assert compressed_tars(tmp_path) == found and compressed_tars(found[1]) == found[1:]
    assert not compressed_tars(tmp_path / "deep" / "c.tar") and not compressed_tars(place("s3://bucket/a.tgz"))


def test_it_is_refused_by_how_it_begins():
    refuse_compressed(b"plain" * 100, "a.tar")
    with pytest.raises(SourceError, match="x: compressed with gzip: unpack it with gunzip first"):
        refuse_compressed(gzip.compress(b"y"), "x")


@pytest.mark.parametrize("kind", ["megactor", "webdataset"])
def test_packing_counts_it_as_a_tar_that_failed(run, tmp_path, kind):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.tar.gz").write_bytes(gzip.compress(b"anything"))
    for named in (tmp_path / "in", tmp_path / "in" / "deep" / "a.tar.gz"):
        code, said, err = run("pack", kind, named, "--out", tmp_path / "out", "--json")
        assert code == 1 and "a.tar.gz: compressed with gzip: unpack it with gunzip first" in err
        total = json.loads(said)["total"]
        assert (total["tars"], total["failed"], total["seen"]) == (1, 1, 0)
