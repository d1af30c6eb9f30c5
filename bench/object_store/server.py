"""The store's HTTP side: the operations of S3 that the project uses, path-style, signatures not looked at.

Objects are also plain files of HTTP: `GET /bucket/key`.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import asdict
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from faceshards.bench.object_store.faults import Faults, StoreFault
from faceshards.bench.object_store.objects import Objects, Refused
from faceshards.bench.object_store.operations import Operations

_MOST_LOGGED = 100_000
#: Paths below this are the store's own: counters, faults.
CONTROL = "/-/"


class Server(ThreadingHTTPServer):
    """Serves objects on 127.0.0.1; `log` holds a line for each request."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, objects: Objects) -> None:
        super().__init__(("127.0.0.1", port), StoreHandler)
        self.objects, self.faults = objects, Faults()
        self.log: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def note(self, line: dict[str, Any]) -> None:
        """Adds a request to the log."""
        with self.lock:
            if len(self.log) < _MOST_LOGGED:
                self.log.append(line)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of the server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class StoreHandler(Operations):
    """Which operation a request is; the control pages."""

    def do_GET(self) -> None:
        """GetObject, the lists, the control pages."""
        self._answer()

    do_HEAD = do_PUT = do_POST = do_DELETE = do_GET

    def _answer(self) -> None:
        url = urlsplit(self.path)
        self.key = unquote(url.path).lstrip("/")
        self.query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        if url.path.startswith(CONTROL):
            self._control(url.path.removeprefix(CONTROL))
            return
        self.operation = self._operation()
        self.received = 0
        self.fault = self.server.faults.take(self.operation, self.key)
        time.sleep(self.server.faults.latency)
        if self.fault and self._is_final(self.fault):
            return
        try:
            getattr(self, f"_{self.operation}")()
        except Refused as error:
            self._refuse(error.status, error.code)

    def _operation(self) -> str:
        has = self.query.keys()
        bucket = "/" not in self.key.rstrip("/")
        match self.command:
            case "HEAD":
                return "HeadObject"
            case "GET":
                return "ListMultipartUploads" if "uploads" in has else "ListObjectsV2" if bucket else "GetObject"
            case "PUT" if "partNumber" in has:
                return "UploadPartCopy" if self.headers.get("x-amz-copy-source") else "UploadPart"
            case "PUT":
                return "PutObject"
            case "POST" if "delete" in has:
                return "DeleteObjects"
            case "POST":
                return "CreateMultipartUpload" if "uploads" in has else "CompleteMultipartUpload"
            case _:
                return "AbortMultipartUpload" if "uploadId" in has else "DeleteObject"

    def _control(self, name: str) -> None:
        self.operation = "-"
        given = json.loads(self._body() or b"null")
        match name:
            case "log":
                with self.server.lock:
                    answer: Any = list(self.server.log)
                    if given == "clear":
                        self.server.log.clear()
            case "faults":
                self.server.faults.add(StoreFault(**given)) if given else self.server.faults.clear()
                answer = asdict(StoreFault(**given)) if given else {}
            case "latency":
                self.server.faults.latency = answer = float(given)
            case "bandwidth":
                self.server.faults.throttle.bandwidth = answer = float(given)
            case _:
                answer = None
        body = json.dumps(answer).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
