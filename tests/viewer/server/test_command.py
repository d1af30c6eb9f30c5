"""`faceshards view` as a person and a script type it."""

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from faceshards.__main__ import main
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.server import command
from tests.viewer.server.ask import ask
from tests.viewer.server.conftest import heed_interrupts

HERE = "Only this machine can open it. Ctrl-C ends it."


@pytest.fixture
def shards(tmp_path):
    for name in ("a", "b\x1b[31m"):
        with ShardWriter(tmp_path / f"{name}.tar") as writer:
            writer.add("k", {"json": {"score": 1}, "mp4": b"x"})
    (tmp_path / "broken\x1b[2J.tar").write_bytes(b"x" * 2000)
    return tmp_path


@pytest.fixture
def shown(monkeypatch, capsys):
    """shown(*words) -> exit code, what is printed, on stdout and on stderr, by a command that serves nothing."""
    from faceshards.viewer.server import page_server

    served = []
    monkeypatch.setattr(page_server, "serve", lambda app, ear: served.append(ear.getsockname()))
    monkeypatch.setattr(command.webbrowser, "open", lambda url: served.append(url) or True)

    def run(*words):
        served.clear()
        try:
            main(["view", *map(str, words)])
            code = 0
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        return code, said.out, said.err, list(served)

    return run


def test_what_a_person_sees(shown, shards, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    code, out, err, served = shown(shards)
    lines = out.splitlines()
    assert (code, err, lines[0]) == (0, "", "2 clips of 2 shards")
    assert lines[1].startswith("left out, for it does not open: ") and "\x1b" not in out
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{22}/", lines[2]), "one line, whatever the terminal's width"
    assert lines[3:] == [HERE, "There is no browser on this machine's screen: open the address in one."]
    assert served == [("127.0.0.1", int(lines[2].split(":")[2].split("/")[0]))]


def test_a_browser_is_asked_once_where_there_is_a_screen(shown, shards, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    _, out, _, served = shown(shards / "a.tar")
    assert out.startswith("1 clip of 1 shard\n") and served[0] in out and out.rstrip().endswith(HERE)
    assert not any(isinstance(one, str) for one in shown(shards, "--no-open")[3])

    def none(url):
        raise command.webbrowser.Error("no browser")

    monkeypatch.setattr(command.webbrowser, "open", none)
    assert "There is no browser" in shown(shards)[1]


def test_a_script_is_told_one_object(shown, shards):
    code, out, _, _ = shown(shards, "--json", "--where", "score = 1")
    told = json.loads(out)
    assert code == 0 and (told["clips"], told["shards"]) == (2, 2) and told["url"].startswith("http://127.0.0.1:")
    assert [one["shard"] for one in told["broken"]] == [str(shards / "broken\x1b[2J.tar")]


def test_others_are_let_in_by_two_words_and_told_what_that_means(shown, shards):
    for host in ("0.0.0.0", "::", socket.gethostname(), "192.0.2.1"):
        code, out, err, served = shown(shards, "--host", host)
        assert (code, out, served) == (2, "", []) and "say --expose as well" in err
    code, out, _, served = shown(shards, "--host", "0.0.0.0", "--expose", "--no-open")
    assert code == 0 and served[0][0] == "0.0.0.0"
    assert "Whoever reaches this machine and knows the address sees the clips" in out
    assert re.search(rf"http://{re.escape(socket.gethostname())}:\d+/[\w-]{{22}}/", out), "the token stays"


def test_addresses_of_this_machine(shown, shards):
    for host, address in (("::1", "[::1]"), ("localhost", "localhost"), ("127.0.0.2", "127.0.0.2")):
        code, out, _, _ = shown(shards, "--host", host, "--no-open")
        assert code == 0 and f"http://{address}:" in out and HERE in out


def test_a_port_that_is_taken_and_an_address_of_another_machine(shown, shards):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        code, out, err, _ = shown(shards, "--port", port)
        assert (code, out) == (2, "") and f"--port {port}: another program listens there" in err
    code, _, err, _ = shown(shards, "--host", "192.0.2.1", "--expose")
    assert code == 2 and "name an address of this machine" in err and err.count("\n") == 1


def test_what_cannot_be_looked_at_is_one_line(shown, shards, tmp_path_factory):
    empty = tmp_path_factory.mktemp("none")
    for words, said in (
        ([empty], "no .tar shard under"),
        ([shards / "absent"], "no such file or folder"),
        ([shards / "broken\x1b[2J.tar"], "broken"),
        ([shards, "--where", "scoer > 1"], "the nearest are score"),
    ):
        code, out, err, _ = shown(*words)
        assert code in (1, 2) and out == "" and said in err and err.count("\n") == 1 and "\x1b" not in err


def test_a_real_one_by_ipv6_that_is_ended_by_ctrl_c(shards):
    words = [sys.executable, "-m", "faceshards", "view", shards, "--host", "::1", "--no-open"]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts
    )
    lines = [process.stdout.readline().rstrip() for _ in range(4)]
    url = next(line for line in lines if line.startswith("http"))
    assert ask(url).status == 200 and ask(url, host="evil.example").status == 403
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "faceshards: interrupted: judgements that were saved stand\n")
