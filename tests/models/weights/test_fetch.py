"""Pull and add: from a real local server, a file is whole and right under its name, or it is not there."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from faceshards.errors import StorageError, UsageError, WeightsError
from faceshards.models.weights import fetch, registry
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS

BODY = bytes(range(256)) * 9000  # more than one buffer
SHA256 = hashlib.sha256(BODY).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves the right file, and every way in which a server can be wrong."""

    def do_GET(self) -> None:
        bodies = {"/right": BODY, "/longer": BODY + b"!", "/other": BODY[::-1], "/short": BODY[:-1], "/cut": BODY[:-9]}
        if self.path.startswith("/to-"):
            target = {"/to-right": "/right", "/to-plain": "http://example.org/x", "/to-file": "file:///etc/passwd"}
            self.send_response(302)
            self.send_header("Location", target[self.path])
            self.end_headers()
        elif self.path in bodies:
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY if self.path == "/cut" else bodies[self.path])))
            self.end_headers()
            self.wfile.write(bodies[self.path])
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path / "weights"))
    for name, size, sha256 in (("toy", len(BODY), SHA256), ("unpublished", None, None)):
        entry = Weights(name, (f"{name}.bin",), size, sha256, "CC0", "example.org", "tests")
        monkeypatch.setitem(WEIGHTS, name, entry)
    return tmp_path / "weights"


@pytest.mark.parametrize("path", ["/right", "/to-right"])
def test_pull_keeps_the_right_file(server: str, folder: Path, path: str) -> None:
    seen: list[int] = []
    assert fetch.pull("toy", url=server + path, progress=seen.append) == folder / "toy.bin"
    assert (folder / "toy.bin").read_bytes() == BODY
    assert registry.find("toy") == folder / "toy.bin"
    assert seen == sorted(seen) and seen[-1] == len(BODY) and len(seen) > 1
    assert [path.name for path in folder.iterdir()] == ["toy.bin"]


def test_pull_from_a_file_url(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mirror").write_bytes(BODY)
    assert fetch.pull("toy", url=(tmp_path / "mirror").as_uri()).read_bytes() == BODY


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/longer", "more than"),
        ("/other", "must be"),
        ("/short", "must be"),
        ("/cut", "must be"),
        ("/absent", "404"),
        ("/to-plain", "not https"),
        ("/to-file", "not"),
    ],
)
def test_pull_keeps_nothing_else(server: str, folder: Path, path: str, message: str) -> None:
    folder.mkdir()
    (folder / "toy.bin").write_bytes(b"what was there")
    with pytest.raises(WeightsError, match=message):
        fetch.pull("toy", url=server + path)
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("toy.bin", b"what was there")]


@pytest.mark.parametrize("url", ["http://example.org/x", "ftp://example.org/x", "data:,x", "/etc/hosts", "HTTP://a"])
def test_pull_asks_only_safe_addresses(folder: Path, url: str) -> None:
    with pytest.raises(WeightsError, match="https://"):
        fetch.pull("toy", url=url)


def test_a_server_that_does_not_answer_is_an_error_with_a_remedy(folder: Path) -> None:
    with pytest.raises(WeightsError, match="weights add toy FILE"):
        fetch.pull("toy", url="http://127.0.0.1:9/x")


def test_pull_without_an_address_or_a_hash(server: str, folder: Path) -> None:
    with pytest.raises(WeightsError, match="no address"):
        fetch.pull("toy")
    with pytest.raises(WeightsError, match="--sha256"):
        fetch.pull("unpublished", url=server + "/right")
    with pytest.raises(WeightsError, match="must be 000"):
        fetch.pull("unpublished", url=server + "/right", sha256="0" * 64)
    assert fetch.pull("unpublished", url=server + "/right", sha256=SHA256.upper()) == registry.find("unpublished")


def test_add_checks_a_published_hash(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(BODY[1:])
    with pytest.raises(WeightsError, match="is not toy"):
        fetch.add("toy", mine)
    mine.write_bytes(BODY)
    with pytest.raises(WeightsError, match="is not toy"):
        fetch.add("toy", mine, sha256="0" * 64)
    assert fetch.add("toy", mine) == registry.find("toy")
    with pytest.raises(UsageError, match="absent: no such file"):
        fetch.add("toy", tmp_path / "absent")


def test_add_pins_a_file_without_a_published_hash(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(b"my own weights")
    path = fetch.add("unpublished", mine)
    assert registry.find("unpublished") == path
    assert registry.recorded(path) == hashlib.sha256(b"my own weights").hexdigest()
    path.write_bytes(b"changed later")
    with pytest.raises(WeightsError, match="is not unpublished"):
        registry.find("unpublished")


def test_a_folder_that_cannot_be_written_is_a_storage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (tmp_path / "mine").write_bytes(BODY)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path / "mine" / "below-a-file"))
    with pytest.raises(StorageError, match="FACESHARDS_WEIGHTS"):
        fetch.add("toy", tmp_path / "mine")
