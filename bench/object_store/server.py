"""The store's HTTP side: the operations of S3 that the project uses, path-style, signatures not looked at.

Operations and answers: Amazon S3 API Reference (2006-03-01). Objects are also plain files of HTTP: `GET /bucket/key`.
"""

from __future__ import annotations

import io
import json
import socket
import struct
import sys
import threading
import time
from dataclasses import asdict
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any, BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from faceshards.bench.object_store.faults import Faults, StoreFault
from faceshards.bench.object_store.objects import Objects, Refused, Stored

_COPY = 1 << 18
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


class StoreHandler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Server
    wbufsize = -1  # headers and body leave together
    disable_nagle_algorithm = True  # else the end of a body may wait 40 ms for an acknowledgement

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the log is asked for."""

    def do_GET(self) -> None:
        """GetObject, the lists, the control pages."""
        self._answer()

    def handle_expect_100(self) -> bool:
        """Asks for the body at once: a client that hears nothing sends it only after a second."""
        self.send_response_only(HTTPStatus.CONTINUE)
        self.end_headers()
        self.wfile.flush()
        return True

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
        fault = self.server.faults.take(self.operation, self.key)
        time.sleep(self.server.faults.latency)
        if fault and self._is_final(fault):
            return
        self.fault = fault
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
                self._note(0, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.connection.close()
                return True
            case "status":
                self._drain()
                self._refuse(fault.status, "SlowDown" if fault.status == 503 else "InternalError")
                return True
        return False

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
        self._note(status, len(body))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Content-Type": "application/xml", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _GetObject(self) -> None:
        self._object(self.server.objects.get(self.key))

    def _HeadObject(self) -> None:
        self._object(self.server.objects.get(self.key))

    def _object(self, version: Stored) -> None:
        wanted = self.headers.get("If-Match")
        if wanted not in (None, "*") and wanted != version.etag:
            raise Refused(412, "PreconditionFailed")
        start, stop = _range(self.headers.get("Range"), version.size)
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
            piece = file.read(min(_COPY, cut - position))
            position += len(piece)
            line["sent"] = position - start
            self.wfile.write(piece)
        if cut < stop and self.fault and self.fault.does == "stall":
            self.wfile.flush()
            time.sleep(self.fault.seconds)

    def _PutObject(self) -> None:
        version = self._received()
        self.server.objects.put(self.key, version, self.headers.get("If-Match"), self.headers.get("If-None-Match"))
        self._send(200, b"", {"ETag": version.etag})

    def _DeleteObject(self) -> None:
        self.server.objects.delete(self.key, self.headers.get("If-Match"))
        self._send(204, b"", {})

    def _DeleteObjects(self) -> None:
        keys = [one.text for one in ElementTree.fromstring(self._body()).iter() if one.tag.endswith("Key") and one.text]
        for key in keys:
            self.server.objects.delete(f"{self.key.rstrip('/')}/{key}")
        gone = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        self._send(200, f"<DeleteResult>{gone}</DeleteResult>".encode(), {})

    def _ListObjectsV2(self) -> None:
        bucket, prefix = self.key.rstrip("/"), self.query.get("prefix", "")
        delimiter, after = self.query.get("delimiter", ""), self.query.get("continuation-token", "")
        most = min(1000, int(self.query.get("max-keys", "1000")))
        after = max(after, self.query.get("start-after", ""))
        lines, folders = [], dict[str, None]()
        names = [(key.removeprefix(f"{bucket}/"), one) for key, one in self.server.objects.names(f"{bucket}/{prefix}")]
        left = [(name, one) for name, one in names if name > after]
        for name, one in left[:most]:
            rest = name.removeprefix(prefix)
            if delimiter and delimiter in rest:
                folders[prefix + rest.split(delimiter)[0] + delimiter] = None
                continue
            when = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(one.written))
            lines.append(
                f"<Contents><Key>{escape(name)}</Key><LastModified>{when}</LastModified><ETag>{escape(one.etag)}</ETag>"
                f"<Size>{one.size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            )
        more = len(left) > most
        token = f"<NextContinuationToken>{escape(left[most - 1][0])}</NextContinuationToken>" if more else ""
        shared = "".join(f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in folders)
        body = (
            f"<ListBucketResult><Name>{escape(bucket)}</Name><Prefix>{escape(prefix)}</Prefix>"
            f"<KeyCount>{len(lines) + len(folders)}</KeyCount><MaxKeys>{most}</MaxKeys>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{''.join(lines)}{shared}</ListBucketResult>"
        )
        self._send(200, body.encode(), {})

    def _CreateMultipartUpload(self) -> None:
        upload = self.server.objects.begin(self.key)
        self._body()
        bucket, _, key = self.key.partition("/")
        body = (
            f"<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{escape(key)}</Key>"
            f"<UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        )
        self._send(200, body.encode(), {})

    def _UploadPart(self) -> None:
        part = self._received()
        self.server.objects.add_part(self.query["uploadId"], int(self.query["partNumber"]), part)
        self._send(200, b"", {"ETag": part.etag})

    def _UploadPartCopy(self) -> None:
        source = unquote(self.headers["x-amz-copy-source"]).lstrip("/")
        start, stop = _range(self.headers.get("x-amz-copy-source-range"), self.server.objects.get(source).size)
        part = self.server.objects.copy_part(source, start, stop)
        self.server.objects.add_part(self.query["uploadId"], int(self.query["partNumber"]), part)
        self._send(200, f"<CopyPartResult><ETag>{escape(part.etag)}</ETag></CopyPartResult>".encode(), {})

    def _CompleteMultipartUpload(self) -> None:
        listed = ElementTree.fromstring(self._body())
        numbers = [int(one.text or 0) for one in listed.iter() if one.tag.endswith("PartNumber")]
        key, version = self.server.objects.complete(
            self.query["uploadId"], numbers, self.headers.get("If-Match"), self.headers.get("If-None-Match")
        )
        facts = f"<Key>{escape(key)}</Key><ETag>{escape(version.etag)}</ETag>"
        body = f"<CompleteMultipartUploadResult>{facts}</CompleteMultipartUploadResult>"
        self._send(200, body.encode(), {})

    def _AbortMultipartUpload(self) -> None:
        self.server.objects.abort(self.query["uploadId"])
        self._send(204, b"", {})

    def _ListMultipartUploads(self) -> None:
        bucket = self.key.rstrip("/")
        lines = [
            f"<Upload><Key>{escape(key.removeprefix(f'{bucket}/'))}</Key><UploadId>{name}</UploadId></Upload>"
            for key, name in self.server.objects.uploads(f"{bucket}/{self.query.get('prefix', '')}")
        ]
        body = (
            f"<ListMultipartUploadsResult><Bucket>{bucket}</Bucket><IsTruncated>false</IsTruncated>"
            f"{''.join(lines)}</ListMultipartUploadsResult>"
        )
        self._send(200, body.encode(), {})

    def _received(self) -> Stored:
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = _unchunked(self.rfile)
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
            case _:
                answer = None
        body = json.dumps(answer).encode()
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _range(text: str | None, size: int) -> tuple[int, int]:
    """[start, stop) of a Range header (RFC 9110, 14.1.2), of one range."""
    if text is None:
        return 0, size
    first, _, last = text.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= size or start >= stop:
        raise Refused(416, "InvalidRange")
    return start, stop


def _unchunked(source: BufferedIOBase) -> bytes:
    """A body in aws-chunked form: size in hex, `;chunk-signature=...`, the bytes; a chunk of 0 and trailers end it."""
    parts = []
    while size := int(source.readline().split(b";")[0].strip(), 16):
        parts.append(source.read(size))
        source.readline()
    while source.readline().strip():
        pass
    return b"".join(parts)
