"""Croissant metadata, and that MLCommons' own package takes it."""

import json

import pytest

from faceshards.packing.hub.croissant import Distributed, croissant
from tests.packing.hub.test_card import FOUND

PAGE = "https://huggingface.co/datasets/us/faces"
FILES = [Distributed("data/a.tar", 10240, "0" * 64), Distributed("data/a.parquet", 900, "1" * 64)]


def test_every_file_and_every_scalar_is_described():
    made = json.loads(croissant("us/faces", PAGE, FOUND, None, FILES))
    assert [one["@id"] for one in made["distribution"]] == [
        "repository", "shards", "indexes", "data/a.tar", "data/a.parquet",
    ]  # fmt: skip
    assert made["distribution"][3]["sha256"] == "0" * 64 and made["distribution"][4]["contentSize"] == "900 B"
    fields = {one["@id"]: one for one in made["recordSet"][0]["field"]}
    assert fields["samples/duration"]["dataType"] == "sc:Float" and "in s" in fields["samples/duration"]["description"]
    assert fields["samples/own"]["source"] == {"fileSet": {"@id": "indexes"}, "extract": {"column": "own"}}
    assert made["license"] == "CC-BY-4.0" and "Xie et al." in made["citeAs"]
    assert croissant("us/faces", PAGE, FOUND, None, FILES) == croissant("us/faces", PAGE, FOUND, None, FILES)


@pytest.mark.peers
def test_the_package_of_mlcommons_finds_no_error(tmp_path):
    mlcroissant = pytest.importorskip("mlcroissant", reason="make peers installs it")
    path = tmp_path / "croissant.json"
    path.write_bytes(croissant("us/faces", PAGE, FOUND, None, FILES))
    dataset = mlcroissant.Dataset(jsonld=path)  # raises where something is wrong
    assert not dataset.metadata.ctx.issues.errors
    assert {one.id for one in dataset.metadata.record_sets[0].fields} == {f"samples/{name}" for name in FOUND.scalars}
