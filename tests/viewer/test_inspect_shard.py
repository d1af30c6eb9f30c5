import json
import re

import pytest

from faceshards.__main__ import main


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
    assert re.search(r"faces\.msg\s+5\s+1 .*faces v2", out)
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


@pytest.mark.parametrize("words", [("--show",), ("--sample", "nobody")])
def test_words_that_are_off_are_exit_code_2(run, dataset, words):
    code, _, err = run(dataset, *words)
    assert code == 2 and err.startswith("faceshards: ")


def test_a_folder_without_shards_is_exit_code_2(run, tmp_path):
    assert run(tmp_path)[0] == 2


def test_the_help_teaches(run):
    code, out, _ = run("--help")
    assert code == 0 and "faceshards inspect group124.tar --sample" in out and "--json" in out
