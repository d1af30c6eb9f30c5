import json
import re
import statistics
import tarfile

import pytest

from faceshards.__main__ import main
from faceshards.bench.object_store import ObjectStore
from faceshards.shards.schema.states import no_value


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs `faceshards inspect` and returns its exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "120")

    def inspect(*words):
        with pytest.raises(SystemExit) as end:
            main(["inspect", *map(str, words)])
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return inspect


def test_the_table_says_what_is_there(run, dataset):
    code, out, err = run(dataset)
    assert (code, err) == (0, "")
    assert re.search(r"group124\.tar\s+4\s+2\s+2 .*whole", out) and re.search(r"total\s+6\s+4\s+2 ", out)
    assert re.search(r"faces\s+no-face\s+1 ", out) and re.search(r"spectrogram\s+no-sound\s+1 ", out)
    assert re.search(r"faces\.msg\s+5\s+1\s+[\d.]+ kB", out) and re.search(
        r"faces\.msg\s+faces v2\s+\w{12}\s+6\s+1", out
    )
    assert re.search(r"onet\.lz4\s+5e5e5e5e5e5e5e5e\s+faces", out)
    assert re.search(r"face_share\s+6\s+0\s+1\s+1 .*▃█|face_share\s+6\s+0\s+1\s+1 .*[▂▃]█", out)


def test_json_is_one_object_that_adds_up(run, dataset):
    code, out, _ = run(dataset, "--json")
    record = json.loads(out)
    assert code == 0 and [shard["samples"] for shard in record["shards"]] == [2, 4]
    for one in (*record["shards"], record["total"]):
        assert one["whole"] + sum(reason["samples"] for reason in one["failed"]) == one["samples"]
        assert one["health"]["state"] == "whole"
    assert record["total"]["health"]["members_checked"] == 4 * 7 + 2 * 6
    made = {column["name"]: column["made"] for column in record["total"]["columns"]}
    assert made["faces.msg"][0]["models"] == {"onet.lz4": "5e" * 32}


def test_at_80_columns_every_number_is_there(run, dataset, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run(dataset)
    assert code == 0 and max(map(len, out.splitlines())) <= 80 and "…" not in out
    assert re.search(r"Columns *\n.*\n column +samples +empty +bytes +share +min +median +max", out)
    assert "health: 2 whole = 2 shards; 40 members held against their checksums" in out


def test_the_sizes_of_columns_add_up(run, dataset):
    """Every byte of the tars is some column's or the headers'; sizes are those that tarfile sees."""
    record = json.loads(run(dataset, "--json")[1])
    sizes = {}
    for path in (dataset / "clips.tar", dataset / "group124.tar"):
        with tarfile.open(path) as tar:
            for member in tar.getmembers():
                if member.isfile():
                    sizes.setdefault(member.name.split(".", 1)[1], []).append(tar.extractfile(member).read())
    for one in (*record["shards"], record["total"]):
        assert sum(column["bytes"] for column in one["columns"]) + one["overhead"] == one["bytes"]
        assert 0 < sum(column["share"] for column in one["columns"]) < 1
    assert record["total"]["bytes"] == sum(path.stat().st_size for path in dataset.glob("*.tar"))
    for column in record["total"]["columns"]:
        bodies = sizes[column["name"]]
        present = [len(body) for body in bodies if body != no_value(column["name"])]
        assert (column["bytes"], column["samples"]) == (sum(map(len, bodies)), len(present))
        assert (column["min"], column["median"], column["max"]) == (
            min(present),
            int(statistics.median(present)),
            max(present),
        )


def test_where_samples_come_from_adds_up(run, samples, tmp_path):
    facts = [
        {"collection": "VFHQ", "licence": "CC BY 4.0", "source": "a.zip"},
        {"collection": "VFHQ", "licence": "CC BY 4.0", "source": "b.zip"},
        {"collection": "VFHQ", "licence": "CC BY 4.0", "source": "b.zip"},
        {"collection": "GRID", "source": "c.zip"},
        {},
    ]
    samples.write(tmp_path / "a.tar", [samples.whole(f"n{i}", **one) for i, one in enumerate(facts)])
    record = json.loads(run(tmp_path, "--json")[1])["total"]
    found = {(one["collection"], one["licence"], one["source"]): one["samples"] for one in record["origins"]}
    assert found == {
        ("VFHQ", "CC BY 4.0", "a.zip"): 1,
        ("VFHQ", "CC BY 4.0", "b.zip"): 2,
        ("GRID", "", "c.zip"): 1,
        ("", "", ""): 1,
    }
    out = run(tmp_path)[1]
    assert re.search(r"VFHQ +CC BY 4\.0 +b\.zip, a\.zip +3", out) and re.search(r"GRID +not said +c\.zip +1", out)


def test_a_filter_restricts_everything_but_the_check(run, dataset):
    code, out, _ = run(dataset, "--where", "face_share < 0.5", "--json")
    record = json.loads(out)
    assert code == 0 and record["where"] == "face_share < 0.5"
    total = record["total"]
    assert (total["samples"], total["unfiltered"], total["whole"]) == (1, 6, 0)
    assert total["failed"] == [{"stage": "faces", "code": "no-face", "samples": 1}]
    assert total["health"] == {"state": "whole", "detail": "", "members_checked": 40}
    assert sum(column["bytes"] for column in total["columns"]) + total["overhead"] == total["bytes"]
    (share,) = [one for one in total["scalars"] if one["name"] == "face_share"]
    assert (share["samples"], share["max"]) == (1, 0.0)
    assert "where face_share < 0.5: 1 of 6 samples" in run(dataset, "--where", "face_share < 0.5")[1]
    assert json.loads(run(dataset, "--where", "frames < 0", "--json")[1])["total"]["samples"] == 0


def test_a_filter_may_be_a_recipe(run, dataset, tmp_path, monkeypatch):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "mine.toml").write_text('has-face = "face_share > 0.5"')
    monkeypatch.chdir(tmp_path)
    assert json.loads(run(dataset, "--where", "has-face", "--json")[1])["total"]["samples"] == 5


def test_quick_reads_neither_bodies_nor_json(run, dataset, tmp_path):
    """Bytes of a json are wrong, and nobody notices: only the index is read. Counts are those of the whole look."""
    long = json.loads(run(dataset, "--json")[1])["total"]
    for name in ("group124.tar", "group124.parquet", "clips.tar", "clips.parquet"):
        (tmp_path / name).write_bytes((dataset / name).read_bytes())
    body = bytearray((tmp_path / "group124.tar").read_bytes())
    body[body.index(b'"face_share"') + 2] ^= 1
    (tmp_path / "group124.tar").write_bytes(body)
    code, out, _ = run(tmp_path, "--quick", "--json")
    quick = json.loads(out)["total"]
    assert code == 0 and quick["health"]["state"] == "unchecked"
    for name in ("samples", "whole", "failed", "bytes", "origins", "scalars"):
        assert quick[name] == long[name]
    for fast, slow in zip(quick["columns"], long["columns"], strict=True):
        assert {**fast, "made": []} == {**slow, "made": []}
    made = {column["name"]: column["made"] for column in quick["columns"]}
    assert made["faces.msg"][0]["stage"] == "faces"
    assert run(tmp_path)[0] == 1


def test_a_prefix_of_a_store_is_inspected_as_a_folder_is(run, dataset, monkeypatch, tmp_path):
    here = json.loads(run(dataset, "--json")[1])
    with ObjectStore() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("group124", "clips"):
            for suffix in ("tar", "parquet"):
                store.put(f"bucket/set/{name}.{suffix}", (dataset / f"{name}.{suffix}").read_bytes())
        code, out, err = run("s3://bucket/set", "--json")
        assert (code, err) == (0, "")
        there = json.loads(out)
        assert [shard["path"] for shard in there["shards"]] == [
            f"s3://bucket/set/{n}.tar" for n in ("clips", "group124")
        ]
        assert there["total"]["health"]["state"] == "unchecked"
        assert {**there["total"], "health": None} == {**here["total"], "health": None}
        deep = json.loads(run("s3://bucket/set", "--deep", "--json")[1])
        assert deep["total"]["health"] == here["total"]["health"]
        store.log(clear=True)
        assert run("s3://bucket/set", "--quick")[0] == 0
        wide = sum(path.stat().st_size for path in dataset.glob("*.tar"))
        assert sum(one["sent"] for one in store.log()) < wide / 2
        assert re.search(r"Shards in s3://bucket/set", run("s3://bucket/set")[1])
        code, out, _ = run("s3://bucket/set", "--sample", "talk", "--out", tmp_path / "x", "--show")
        assert code == 0 and (tmp_path / "x" / "talk.sheet.png").read_bytes().startswith(b"\x89PNG")
        body = bytearray((dataset / "clips.tar").read_bytes())
        body[body.index(b"\x93NUMPY") + 5000] ^= 1
        store.put("bucket/set/clips.tar", bytes(body))
        assert run("s3://bucket/set", "--deep")[0] == 1


def test_a_damaged_shard_is_exit_code_1_and_one_line(run, dataset, tmp_path):
    body = bytearray((dataset / "clips.tar").read_bytes())
    body[-3000] ^= 1
    (tmp_path / "clips.tar").write_bytes(body[:-512])
    code, out, err = run(tmp_path / "clips.tar", "--json")
    assert code == 1 and json.loads(out)["total"]["health"]["state"] == "damaged"
    assert err.count("\n") == 1 and "damaged" in err and "Traceback" not in err


def test_names_from_data_cannot_command_the_terminal(run, samples, tmp_path):
    sample = samples.no_face("a")
    sample["json"] |= {"sc\x1b[31mre": 1.5}
    sample["json"]["failures"][0] |= {"code": "x\x1b]0;owned\x07y", "reason": "[red]not markup[/red]\r\n"}
    code, out, _ = run(samples.write(tmp_path / "a.tar", [sample]))
    assert code == 0
    assert "\x1b" not in out and "\x07" not in out and "\r" not in out
    assert "[red]not markup[/red]" in out


def test_a_sample_is_taken_out(run, dataset, tmp_path):
    code, out, _ = run(dataset, "--sample", "talk", "--out", tmp_path / "x", "--show")
    files = [line for line in out.splitlines() if line]
    assert (
        code == 0
        and len(files) == 7
        and all((tmp_path / "x") in map(type(tmp_path), [f.rsplit("/", 1)[0]]) for f in files)
    )
    assert (tmp_path / "x" / "talk.sheet.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "words",
    [
        ("--show",),
        ("--sample", "nobody"),
        ("--quick", "--deep"),
        ("--sample", "talk", "--where", "true"),
        ("--where", "no_such_scalar > 1"),
        ("--where", ""),
        ("--where", "1; drop table x"),
    ],
)
def test_options_that_make_no_sense_are_exit_code_2(run, dataset, words):
    code, _, err = run(dataset, *words)
    assert code == 2 and err.startswith("faceshards: ")


def test_a_folder_without_shards_is_exit_code_2(run, tmp_path):
    assert run(tmp_path)[0] == 2


def test_the_help_teaches(run):
    code, out, _ = run("--help")
    assert code == 0 and "faceshards inspect train_set/VFHQ/group124.tar --sample" in out and "--json" in out
