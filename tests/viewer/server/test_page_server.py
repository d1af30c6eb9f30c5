"""The server as a process: it ends at once and says so, serves many, waits for nobody."""

import signal
import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from faceshards.__main__ import COMMANDS
from faceshards.shards.writer import ShardWriter
from tests.viewer.server.ask import ask


@pytest.fixture
def large(tmp_path):
    """A shard with a member that no socket's buffer holds."""
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("a", {"json": {}, "mp4": bytes(64 << 20)})
    return tmp_path / "a.tar"


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [
        (signal.SIGINT, 130, f"faceshards: interrupted: {COMMANDS['view'].stands}\n"),
        (signal.SIGTERM, 143, ""),
    ],
)
def test_a_signal_ends_it_also_while_an_answer_is_under_way(viewing, large, number, code, line):
    view = viewing(large)
    parts = urlsplit(view.url)
    takes_little = HTTPConnection(parts.hostname, parts.port)
    takes_little.request("GET", f"{parts.path}media/0/mp4")
    assert takes_little.getresponse().read(1000) == bytes(1000)
    idle = socket.create_connection((parts.hostname, parts.port))
    view.process.send_signal(number)
    _, err = view.process.communicate(timeout=60)
    assert (view.process.returncode, err) == (code, line)
    takes_little.close()
    idle.close()


def test_clients_that_are_slow_keep_nobody_waiting(viewing, large):
    url = viewing(large).url
    parts = urlsplit(url)
    slow = [socket.create_connection((parts.hostname, parts.port)) for _ in range(60)]
    for number, line in enumerate(slow):
        line.sendall(f"GET {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\n".encode())
        if number % 2:  # this one asks for 64 MB and takes none of them
            line.sendall(b"x: y\r\n\r\n".replace(b"x", b"range").replace(b"y", b"bytes=0-"))
    takes_none = []
    for _ in range(30):
        line = socket.create_connection((parts.hostname, parts.port))
        line.sendall(f"GET {parts.path}media/0/mp4 HTTP/1.1\r\nhost: {parts.netloc}\r\n\r\n".encode())
        takes_none.append(line)
    assert ask(url, "api/dataset").status == 200
    assert ask(url, "media/0/mp4", range="bytes=5-9").body == bytes(5)
    for line in (*slow, *takes_none):
        line.close()


def test_a_member_of_many_bytes_takes_little_memory(viewing, large):
    view = viewing(large)
    assert ask(view.url, "media/0/mp4", range="bytes=0-9").status == 206
    before = peak(view.process.pid)
    assert len(ask(view.url, "media/0/mp4").body) == 64 << 20
    assert peak(view.process.pid) - before < 24 << 20


def peak(pid):
    """The most bytes that a process had in memory."""
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


def test_two_look_at_the_same_shards(viewing, large):
    first, second = viewing(large), viewing(large)
    assert first.url != second.url
    assert ask(first.url).status == ask(second.url).status == 200
    stolen = first.url.replace(str(urlsplit(first.url).port), str(urlsplit(second.url).port))
    assert ask(stolen).status == 403, "a token opens its own server"
