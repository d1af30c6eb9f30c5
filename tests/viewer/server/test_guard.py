"""Who gets an answer, and what each answer forbids a browser."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from faceshards.viewer.server.guard import OURS, POLICY, Guard
from tests.viewer.server.ask import ask, raw


@pytest.fixture
def url(served, dataset):
    return served(dataset)


def test_without_the_token_there_is_nothing(url):
    parts = urlsplit(url)
    token = parts.path.strip("/")
    near = (f"/{token[:-1]}/", f"/x{token}/", f"//{token}/", f"/{token}x/", f"/{token.swapcase()}/")
    for path in ("/", "/static/page.css", *near, "/%00", "/%c3%a9"):
        answer = ask(url, path)
        assert answer.status in (403, 404), path
        assert set(json.loads(answer.body)) == {"error"} and token.encode() not in answer.body


def test_a_person_who_lacks_the_token_reads_a_line(url):
    answer = ask(url, "/", accept="text/html,*/*")
    assert answer.status == 403
    assert answer.body == b"faceshards: the address lacks its token: open the one that `faceshards view` printed\n"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("LocalHost:9", 200),  # the near end of a tunnel has a port of its own
        ("[::1]:{port}", 200),
        ("evil.example:{port}", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost:80@evil.example", 403),
        ("", 403),
        ("[::1", 403),
    ],
)
def test_a_name_that_a_stranger_points_here_gets_nothing(url, host, status):
    assert ask(url, host=host.format(port=urlsplit(url).port)).status == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 200),
        ("https://127.0.0.1:{port}", 403),
        ("http://127.0.0.1:1", 403),
        ("http://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_another_page_gets_nothing(url, origin, status):
    assert ask(url, origin=origin.format(port=urlsplit(url).port)).status == status


def test_only_the_page_itself_writes_and_nothing_else_is_done(url):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"):
        assert ask(url, method=method).status in (400, 403), method
    origin = {"origin": f"http://{urlsplit(url).netloc}"}
    assert ask(url, "api/dataset", "POST", b"{}").status == 403
    assert ask(url, "api/dataset", "POST", b"{}", **origin).status == 405
    assert ask(url, "", "HEAD").status == 200 and ask(url, "", "HEAD").body == b""


def test_every_answer_forbids_a_page_to_load_or_run_what_is_not_the_servers(url):
    there = ("", "static/main.js", "api/dataset", "media/0/mp4")
    for path in (*there, "static/absent", "api/absent", "media/0/absent", "media/9999999/mp4", "/wrong/"):
        headers = ask(url, path).headers
        assert headers["content-security-policy"] == POLICY, path
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin" and "server" not in headers
    assert "unsafe" not in POLICY and "*" not in POLICY and "http" not in POLICY


def test_requests_that_are_none_end_and_others_go_on(url):
    parts = urlsplit(url)
    huge = f"GET {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\na: {'b' * 3_000_000}\r\n\r\n"
    assert b" 200 " not in raw(url, huge.encode()), "it is refused or broken off"
    assert b" 400 " in raw(url, b"\x16\x03\x01 hello\r\n\r\n")
    assert raw(url, f"GET {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\n".encode()) == b"", "it waits for the rest"
    upgrade = f"GET {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"
    assert raw(url, upgrade.encode()).startswith(b"HTTP/1.1 200 "), "there are no web sockets: an answer as to any GET"
    assert ask(url).status == 200


def test_an_error_of_ours_is_one_line_for_the_page_and_all_of_it_for_the_terminal(capsys):
    async def broken(scope, receive, send):
        raise RuntimeError("the secret\x1b[31m of a name")

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/t/", "scheme": "http", "headers": [(b"host", b"localhost")]}
    with ThreadPoolExecutor(1) as pool:  # a browser's driver may have a loop in this one
        pool.submit(asyncio.run, Guard(broken, "t")(scope, None, send)).result()
    assert sent[0]["status"] == 500 and json.loads(sent[1]["body"]) == {"error": OURS}
    assert (b"content-security-policy", POLICY.encode()) in sent[0]["headers"]
    said = capsys.readouterr().err
    assert "RuntimeError: the secret" in said and "\x1b" not in said and "Traceback" in said
