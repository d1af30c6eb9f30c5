"""One connection to the store: bodies in, answers out, a line in the log each, and what a fault makes of them."""

from __future__ import annotations

import io
import socket
import struct
import threading
import time
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, BinaryIO

from faceshards.bench.object_store.faults import StoreFault
from faceshards.bench.object_store.forms import byte_range, unchunked
from faceshards.bench.object_store.objects import Refused, Stored
from faceshards.bench.object_store.throttle import PIECE

if TYPE_CHECKING:
    from faceshards.bench.object_store.server import Server

_COPY = 1 << 18


class Connection(BaseHTTPRequestHandler):
    """What the operations need of it: `key` is bucket/key, `query` the words behind it, `fault` the rule that fell on
    the request.
    """

    protocol_version = "HTTP/1.1"
    server: Server
    wbufsize = -1  # headers and body leave together
    disable_nagle_algorithm = True  # else the end of a body may wait 40 ms for an acknowledgement
    key: str
    query: dict[str, str]
    operation: str
    received: int
    fault: StoreFault | None

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the log is asked for."""

    def handle_expect_100(self) -> bool:
        """Asks for the body at once: a client that hears nothing sends it only after a second."""
        self.send_response_only(HTTPStatus.CONTINUE)
        self.end_headers()
        self.wfile.flush()
        return True

    def _is_final(self, fault: StoreFault) -> bool:
        """Does what a rule says; whether that was the answer."""
        match fault.does:
            case "delay":
                time.sleep(fault.seconds)
            case "stop":
                self._note(0, 0)  # it came, and is not carried out
                threading.Event().wait()
            case "swap":
                body = self.server.objects.get(fault.other).path.read_bytes()
                self.server.objects.put(self.key, self.server.objects.receive(io.BytesIO(body), len(body)), None, None)
            case "reset":
                self._die()
                return True
            case "status":
                self._drain()
                self._refuse(fault.status, "SlowDown" if fault.status == 503 else "InternalError")
                return True
        return False

    def _die(self) -> None:
        """Ends the connection without an answer."""
        self._note(0, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _answer_is_lost(self) -> bool:
        """Whether a rule says so: what was asked for is done, and nobody hears of it."""
        if self.fault is None or self.fault.does != "lose":
            return False
        self._die()
        return True

    def _note(self, status: int, sent: int) -> dict[str, Any]:
        """The request's line in the log, written before its answer: who has the answer finds the line."""
        line = {"operation": self.operation, "key": self.key, "status": status, "sent": sent}
        line |= {"received": self.received, "headers": {name.lower(): value for name, value in self.headers.items()}}
        self.server.note(line)
        return line

    def _refuse(self, status: int, code: str) -> None:
        body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
        self._send(status, body, {"Connection": "close"})  # what the client still sends is not a request

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        if self._answer_is_lost():
            return
        self._note(status, len(body))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Content-Type": "application/xml", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.server.faults.throttle.wait(len(body))
            self.wfile.write(body)
        self.wfile.flush()

    def _object(self, version: Stored) -> None:
        wanted = self.headers.get("If-Match")
        if wanted not in (None, "*") and wanted != version.etag:
            raise Refused(412, "PreconditionFailed")
        if self._answer_is_lost():
            return
        start, stop = byte_range(self.headers.get("Range"), version.size)
        partial = self.headers.get("Range") is not None
        with version.path.open("rb") as file:
            line = self._note(206 if partial else 200, 0)
            self.send_response(line["status"])
            self.send_header("Content-Length", str(stop - start))
            self.send_header("ETag", version.etag)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Last-Modified", formatdate(version.written, usegmt=True))
            if partial:
                self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{version.size}")
            self.end_headers()
            if self.command != "HEAD":
                self._stream(file, start, stop, line)
        self.wfile.flush()

    def _stream(self, file: BinaryIO, start: int, stop: int, line: dict[str, Any]) -> None:
        file.seek(start)
        cut = stop
        if self.fault and self.fault.does in ("truncate", "stall"):
            cut = start + (stop - start) // 2
            self.close_connection = True
        position = start
        while position < cut:
            piece = file.read(min(PIECE if self.server.faults.throttle.bandwidth else _COPY, cut - position))
            position += len(piece)
            line["sent"] = position - start
            self.server.faults.throttle.wait(len(piece))
            self.wfile.write(piece)
        if cut < stop and self.fault and self.fault.does == "stall":
            self.wfile.flush()
            time.sleep(self.fault.seconds)

    def _received(self) -> Stored:
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = unchunked(self.rfile)
            self.received = len(body)
            return self.server.objects.receive(io.BytesIO(body), len(body))
        self.received = int(self.headers.get("Content-Length", "0"))
        return self.server.objects.receive(self.rfile, self.received)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _drain(self) -> None:
        left = int(self.headers.get("Content-Length", "0"))
        while left > 0 and (piece := self.rfile.read(min(left, _COPY))):
            left -= len(piece)
