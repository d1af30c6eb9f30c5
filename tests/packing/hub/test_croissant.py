"""Croissant metadata, and that MLCommons' own package takes it."""

import json
import subprocess
from pathlib import Path

import pytest

from faceshards.packing.hub.croissant import Distributed, croissant
from tests.packing.hub.test_card import FOUND

PYTHON = Path(__file__).resolve().parents[3] / ".peers" / "bin" / "python"
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


CHECK = """
import json, sys, mlcroissant
dataset = mlcroissant.Dataset(jsonld=sys.argv[1])  # raises where something is wrong
fields = [one.id for one in dataset.metadata.record_sets[0].fields]
print(json.dumps([sorted(map(str, dataset.metadata.ctx.issues.errors)), sorted(fields)]))
"""


@pytest.mark.peers
@pytest.mark.skipif(not PYTHON.exists(), reason="`make peers` installs mlcroissant")
def test_the_package_of_mlcommons_finds_no_error(tmp_path):
    path = tmp_path / "croissant.json"
    path.write_bytes(croissant("us/faces", PAGE, FOUND, None, FILES))
    done = subprocess.run([PYTHON, "-c", CHECK, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    errors, fields = json.loads(done.stdout.splitlines()[-1])
    assert not errors and fields == sorted(f"samples/{name}" for name in FOUND.scalars)
