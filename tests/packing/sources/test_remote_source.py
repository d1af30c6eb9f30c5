"""A tar of a web server, read by spans of one version."""

import http.server
import threading

import pytest

from faceshards.errors import ClipError
from faceshards.packing.sources.remote_source import RemoteSource
from faceshards.shards.storage.url import Url

BODY = bytes(range(256)) * 1000


class Server(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def do_GET(self):
        begin, end = self.headers["Range"].removeprefix("bytes=").split("-")
        part = BODY[int(begin) : int(end) + 1]
        self.send_response(206)
        for name, text in (
            ("Content-Length", len(part)),
            ("Content-Range", f"bytes {begin}-{int(begin) + len(part) - 1}/{len(BODY)}"),
            ("ETag", '"one"'),
        ):
            self.send_header(name, str(text))
        self.end_headers()
        self.wfile.write(part)


def test_spans_are_the_object_s_bytes():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        source = RemoteSource(Url.parse(f"http://127.0.0.1:{server.server_port}/a.tar"))
        assert (source.size, source.start(3)) == (len(BODY), b"\0\1\2")
        for at, size in ((0, 10), (200_000, 512), (100, 150_000), (len(BODY) - 5, 5), (7, 0)):
            assert source.span(at, size) == BODY[at : at + size]
        with pytest.raises(ClipError, match="lie outside"):
            source.span(len(BODY), 1)
        assert source.identity()["size"] == len(BODY) and "one" in source.identity()["version"]
        server.shutdown()
