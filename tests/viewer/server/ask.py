"""A request that is spelled out: the path as it is, any method, any headers."""

import socket
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit


def ask(url: str, path: str = "", method: str = "GET", body: bytes | None = None, **headers: str) -> HTTPResponse:
    """The answer, read, to `method` for `path` below the address (or, from a / on, in its place)."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=30)
    target = path if path.startswith("/") else parts.path + path
    connection.putrequest(method, target, skip_host="host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body is not None:
        connection.putheader("content-length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


def raw(url: str, words: bytes) -> bytes:
    """What the server sends back to these very bytes until it closes, which it may before all are sent, or is silent
    for two seconds.
    """
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=2) as line:
        said = b""
        try:
            line.sendall(words)
            while piece := line.recv(65536):
                said += piece
        except (TimeoutError, ConnectionError):
            pass
        return said
