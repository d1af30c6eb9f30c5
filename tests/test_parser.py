"""What all commands share: -h, help without odd types, URLs that are taken or refused by name before any work."""

import inspect
import re
from typing import get_type_hints

import pytest

from faceshards.__main__ import main
from faceshards.parser import HELP, every_parser

PARSERS = dict(every_parser())


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")

    def command(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(words))
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return command


@pytest.mark.parametrize("name", PARSERS)
def test_help_is_the_same_everywhere(run, name):
    code, out, err = run(*name.split(), "-h")
    assert (code, err) == (0, "") and out == run(*name.split(), "--help")[1]
    assert f"Usage: faceshards {name}" in out and re.search(r"--help +-h +Show this message and exit", out)
    assert not re.search(r"<bool>|list\[|completion|BOOLEAN", out), out
    for flag in (one for one in PARSERS[name].params if getattr(one, "is_flag", False)):
        assert re.search(rf"{flag.opts[0]} +[A-Z\[]", out), f"{flag.opts[0]} shows a type"


KINDS = [name.split()[1] for name in PARSERS if name.startswith("export ")]
#: What a command needs besides the argument that is a URL.
NEEDED = {
    "train voice-encoder": {"data": "absent", "out": "run"},
    "train face-decoder": {"data": "absent", "out": "run"},
    "train expression": {"data": "absent", "out": "run"},
    "train separator": {"data": "absent", "out": "run"},
    "infer speech-to-face": {"audio": "a", "voice_encoder": "b", "face_decoder": "c", "out": "d"},
    "infer face-to-face": {"inputs": "a", "face_decoder": "b", "out": "c"},
    "infer separate": {"inputs": "a", "separator": "b", "out": "c"},
    "infer audio-to-expression": {"inputs": "a", "expression": "b", "out": "c"},
    "infer export": {"checkpoint": "a.pt", "out": "a.onnx"},
    "legacy import": {"tars": "a.tar", "out": "out"},
    "legacy export": {"shards": "a.tar", "out": "out", "kind": "v1"},
    "curate": {"paths": "absent.tar"},
    "compact": {"src": "absent.tar", "dst": "out", "where": "true"},
    "inspect": {"paths": "absent.tar", "sample": "x"},
    "report": {"paths": "absent.tar"},
    "explain": {"shard": "absent.tar", "key": "k"},
    "index": {"paths": "absent.tar"},
    "pack avspeech": {"catalog": "absent.csv"},
    "pack celebv": {"paths": "absent.zip"},
    "pack clips": {"paths": "absent.zip"},
    "pack emoca": {"path": "absent"},
    "pack face-decoder": {"paths": "absent"},
    "pack megactor": {"paths": "absent.tar"},
    "pack speech-face": {"paths": "absent"},
    "pack vfhq": {"paths": "absent.zip"},
    **{f"export {kind}": {"shards": "absent.tar", "folder": "out"} for kind in KINDS},
    "export megactor": {"shards": "absent.tar", "folder": "out", "kind": "v1"},
    "stats": {"paths": "absent.tar", "out": "a.json"},
    "dedupe": {"paths": "absent.tar", "out": "a.parquet"},
    "recipes": {"files": "a.toml"},
    "judgements save": {"paths": "absent.tar", "source": "a.csv"},
    "judgements export": {"paths": "absent.tar", "out": "a.csv"},
    "judgements merge": {"tables": "a.csv", "out": "b.csv"},
    "weights add": {"name": "yolox_l", "file": "a"},
    "weights convert": {"file": "a.h5", "out": "a.pt"},
}
NO_PLACE = ("sample", "kind", "name", "where", "key", "column")
#: Where a URL is taken.
TAKEN = {("inspect", "paths"), ("report", "paths"), ("index", "paths"), ("pack clips", "out"),
         ("compact", "src"), ("compact", "dst"),
         ("curate", "paths"), ("stats", "paths"), ("dedupe", "paths"), ("explain", "shard"),
         ("judgements save", "paths"), ("judgements export", "paths"),
         ("train voice-encoder", "data"), ("train face-decoder", "data"), ("train expression", "data"),
         ("train separator", "data"),
         ("infer speech-to-face", "audio"), ("infer face-to-face", "inputs"), ("infer separate", "inputs"),
         ("infer audio-to-expression", "inputs"),
         *((f"export {kind}", "shards") for kind in KINDS)}  # fmt: skip
PLACES = [
    *((name, one) for name, needed in NEEDED.items() for one in needed if one not in NO_PLACE),
    ("pack clips", "out"), *((f"pack {kind}", "zip_path") for kind in ("celebv", "clips", "vfhq")),
    *((f"pack {kind}", "annotations") for kind in ("celebv", "clips", "vfhq")),
    ("pack avspeech", "videos"), ("pack avspeech", "cache"), ("pack avspeech", "cookies"),
    ("inspect", "out"), ("report", "out"), ("curate", "config"), ("curate", "scratch"), ("demo", "out"),
    ("demo", "source"), ("bench shards", "work"), ("bench stream", "work"), ("bench curate", "work"),
    ("bench views", "work"), ("bench viewer", "work"),
    ("train voice-encoder", "face_encoder"), ("train voice-encoder", "face_decoder"),
    ("train face-decoder", "face_encoder"), ("train expression", "statistics"),
    ("infer face-to-face", "face_encoder_weights"), ("infer audio-to-expression", "reference"),
]  # fmt: skip


def test_every_path_of_every_command_is_looked_at_here():
    found = set()
    for name, parser in PARSERS.items():
        kinds = get_type_hints(inspect.unwrap(parser.callback)) if parser.params else {}
        found |= {(name, parameter) for parameter, kind in kinds.items() if "Path" in str(kind)}
    assert found | TAKEN == set(PLACES)


def line(name: str, url_for: str) -> list[str]:
    """The command line in which one parameter is a URL."""
    parser = PARSERS[name]
    given = dict(NEEDED.get(name, {}))
    if url_for == "zip_path":
        given.pop("paths")
    given[url_for] = "s3://bucket/no.tar"
    words = name.split()
    for one in parser.params:
        if one.name in given:
            option = [one.opts[0]] if one.opts[0].startswith("-") else []
            words += [*option, given[one.name]]
    return words


@pytest.mark.parametrize(("name", "parameter"), [one for one in dict.fromkeys(PLACES) if one not in TAKEN])
def test_what_is_of_this_machine_refuses_a_url_by_name(run, name, parameter, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*line(name, parameter))
    assert code == 2 and err.startswith("faceshards: s3://bucket/no.tar: ") and "disk" in err, err
    assert (out, err.count("\n")) == ("", 1) and not list(tmp_path.iterdir()), "before any work"


@pytest.mark.parametrize("kind", [["megactor"], ["celebv"], []])
def test_a_data_set_of_the_hub_is_led_to_its_own_command(run, kind):
    code, out, err = run("pack", *kind, "hf://datasets/ORG/NAME", "--out", "no")
    rule = "is packed by faceshards pack hf hf://datasets/ORG/NAME"
    assert code == 2 and f"hf://datasets/ORG/NAME: a data set of the Hub {rule}" in err and err.count("\n") == 1
    assert not out


def test_a_command_line_that_makes_no_sense_is_one_line(run):
    for words, said in ((["inspect"], "PATHS is missing"), (["inspect", "--otu", "x"], "--otu"), (["train", "x"], "x")):
        code, out, err = run(*words)
        assert code == 2 and said in err and err.count("\n") == 1 and "--help` teaches" in err and not out
    assert HELP == ["--help", "-h"]


def test_a_group_alone_teaches(run):
    code, out, _ = run("weights")
    assert code == 0 and "Usage: faceshards weights" in out
