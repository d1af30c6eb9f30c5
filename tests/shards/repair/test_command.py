import json
import os
import re
import tarfile

import pytest

from faceshards.__main__ import main
from faceshards.bench.object_store import ObjectStore
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs `faceshards index` in 80 columns and returns its exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "80")

    def index(*words):
        with pytest.raises(SystemExit) as end:
            main(["index", *map(str, words)])
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return index


@pytest.fixture
def folder(tmp_path):
    """a (3 samples, no index yet), b (4 samples) and a foreign tar (2 samples)."""
    for name, samples in (("a", 3), ("b", 4)):
        with ShardWriter(tmp_path / f"{name}.tar", provenance=[Provenance("pack", 1)]) as writer:
            for i in range(samples):
                writer.add(f"{name}{i}", {"json": {"name": f"n{i}"}, "mp4": os.urandom(3000)})
    (tmp_path / "a.parquet").unlink()
    (tmp_path / "body").write_bytes(b"x")
    with tarfile.open(tmp_path / "foreign.tar", "w") as file:
        for name in ("x.jpg", "y.jpg"):
            file.add(tmp_path / "body", name)
    return tmp_path


def damage(tar, name):
    body = bytearray(tar.read_bytes())
    body[body.index(name) + 900] ^= 1
    tar.write_bytes(body)


def adds_up(record):
    total, shards = record["total"], record["shards"]
    states = ("whole", "unchecked", "unverified", "damaged")
    assert sum(total[state] for state in states) == total["shards"] == len(shards)
    assert total["samples"] == sum(shard["samples"] or 0 for shard in shards)
    assert total["bytes"] == sum(shard["bytes"] for shard in shards)
    for shard in shards:
        salvage = shard["repair"] and shard["repair"]["salvage"]
        if salvage and salvage["samples"] is not None:
            assert salvage["kept"] + len(salvage["lost"]) + salvage["unnamed"] == salvage["samples"]
    return total


def test_missing_indexes_are_built(run, folder):
    code, out, err = run(folder)
    assert (code, err) == (0, "")
    assert re.search(r"a\.tar +3 .* built +unverified", out) and re.search(r"b\.tar +4 .* current", out)
    assert "total    3 shards = 3 unverified; 9 samples" in out
    assert (folder / "a.parquet").exists() and (folder / "foreign.parquet").exists()
    code, out, _ = run(folder, "--json")
    assert {shard["index"] for shard in json.loads(out)["shards"]} == {"current"}


@pytest.mark.parametrize("word", ["--verify", "--deep"])
def test_a_whole_dataset_is_exit_code_0(run, folder, word):
    code, out, err = run(folder, word)
    assert (code, err) == (0, "")
    assert "3 shards = 2 whole + 1 unchecked; 9 samples" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_every_fault_is_a_line_and_exit_code_1(run, folder):
    damage(folder / "b.tar", b"b1.mp4")
    damage(folder / "b.tar", b"b3.mp4")
    assert run(folder, "--verify")[0] == 0  # headers only
    code, out, err = run(folder, "--deep")
    faults = [line for line in out.splitlines() if line.startswith("fault ")]  # a long path may be broken anywhere
    at = (folder / "b.tar").read_bytes().index(b"b1.mp4") + 512
    assert code == 1 and len(faults) == 2
    assert faults[0] == f"fault    b.tar: byte {at}: b1.mp4 differs from its checksum"
    assert err == "faceshards: 1 of 3 shards broken: b.tar: faceshards index --repair saves what is whole\n"


def test_repair_salvages_and_says_what_is_lost(run, folder):
    damage(folder / "b.tar", b"b1.mp4")
    (folder / ".b.tar.0123abcd.tmp").touch()
    code, out, err = run(folder, "--repair")
    assert code == 1 and "3 samples salvaged, 1 known to be lost" in err
    assert "lost     b1: byte" in out and "salvaged 3 kept + 1 lost = 4 samples" in out
    assert "--set-aside renames it" in out and "swept    " in out
    code, out, _ = run(folder, "--repair", "--set-aside", "--json")
    record = json.loads(out)
    total = adds_up(record)
    assert code == 1 and (total["kept"], total["lost"], total["broken"]) == (3, 1, 1)
    code, out, _ = run(folder, "--deep", "--json")
    total = adds_up(json.loads(out))
    assert code == 0 and (total["whole"], total["samples"]) == (2, 8)


def test_what_is_mended_without_loss_is_exit_code_0(run, folder):
    with open(folder / "b.tar", "ab") as file:
        file.write(b"more")
    code, out, err = run(folder / "b.tar", "--repair", "--set-aside")
    assert (code, err) == (0, "") and "salvaged 4 kept + 0 lost = 4 samples" in out
    assert run(folder / "b.tar", "--deep")[0] == 0


def test_what_cannot_be_mended_is_said_and_the_others_are(run, folder):
    (folder / "empty.tar").touch()
    damage(folder / "b.tar", b"b1.mp4")
    code, out, _ = run(folder, "--repair")
    assert code == 1 and "no help" in out and "salvaged 3 kept" in out


def test_no_name_from_data_commands_the_terminal(run, folder):
    with ShardWriter(folder / "c.tar") as writer:
        writer.add("c0", {"json": {}, "mp4": bytes(2000)})
    body = (folder / "c.tar").read_bytes().replace(b"c0.mp4", b"\x1b[1mp4")
    (folder / "c.tar").write_bytes(body)
    code, out, err = run(folder / "c.tar", "--repair")
    assert code == 1 and "\x1b" not in out + err


@pytest.mark.parametrize("words", [["--set-aside"], ["nowhere"], ["--repair", "s3://bucket/a.tar"]])
def test_options_that_make_no_sense_are_exit_code_2(run, folder, words):
    code, _, err = run(folder, *words)
    assert code == 2 and err.startswith("faceshards: ")


def test_the_help_teaches(run):
    code, out, _ = run("--help")
    assert code == 0 and "NAME-salvaged.tar" in out and "faceshards index train_set --deep" in out


def test_shards_of_a_store_are_indexed_and_checked(run, folder, monkeypatch):
    with ObjectStore() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("a", "b", "foreign"):
            store.put(f"bucket/set/{name}.tar", (folder / f"{name}.tar").read_bytes())
        store.put("bucket/set/b.parquet", (folder / "b.parquet").read_bytes())
        code, out, err = run("s3://bucket/set", "--json")
        assert (code, err) == (0, "")
        assert [one["index"] for one in json.loads(out)["shards"]] == ["built", "current", "built"]
        run(folder / "a.tar")
        assert store.get("bucket/set/a.parquet") == (folder / "a.parquet").read_bytes()
        assert run("s3://bucket/set", "--deep")[0] == 0
        damage(folder / "b.tar", b"b1.mp4")
        store.put("bucket/set/b.tar", (folder / "b.tar").read_bytes())
        code, out, _ = run("s3://bucket/set", "--deep")
        assert code == 1 and "b1.mp4 differs from its checksum" in out
