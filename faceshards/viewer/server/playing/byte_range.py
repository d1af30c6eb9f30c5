"""Bytes as a browser's player asks for them: by ranges, of one version (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

#: Bytes that are read, and held, at a time; of a store, a request.
PIECE = 4 << 20
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)


@dataclass(frozen=True)
class Bytes:
    """`size` bytes that `read(start, stop)` reads; `kind`: their media type; `etag`: what tells this version of them
    from another, without quotes.
    """

    read: Callable[[int, int], bytes]
    size: int
    kind: str
    etag: str


def ranged_response(request: Request, body: Bytes, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to GET or HEAD: all bytes, or those that the header Range asks for; 206, 304 and 416 as they are due.

    No more than `PIECE` bytes are held, whatever is asked for, and none are read that the client does not take.
    """
    tag = f'"{body.etag}"'
    said = {"accept-ranges": "bytes", "etag": tag, "content-type": body.kind, **(headers or {})}
    if {tag, "*"} & _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=said)
    asked = request.headers.get("range", "") if request.headers.get("if-range", tag) == tag else ""
    span = span_of(asked, body.size)
    if span is None:
        return Response(status_code=416, headers=said | {"content-range": f"bytes */{body.size}"})
    start, stop = span or (0, body.size)
    if span:
        said["content-range"] = f"bytes {start}-{stop - 1}/{body.size}"
    status = 206 if span else 200
    said["content-length"] = str(stop - start)
    if request.method == "HEAD":
        return Response(status_code=status, headers=said)
    if stop - start <= PIECE:
        return Response(body.read(start, stop), status, said)
    return StreamingResponse(_pieces(body, start, stop), status, said)


def span_of(asked: str, size: int) -> tuple[int, int] | tuple[()] | None:
    """The bytes [start, stop) of `size` that a Range asks for; None where none of them is there. Nothing where it is no
    range of bytes, ends before it begins, or names several, which no player does: then it may be ignored (14.2).
    """
    found = _RANGE.fullmatch(asked.strip())
    first, last = (found[1], found[2]) if found else ("", "")
    if not (first or last) or (first and last and int(first) > int(last)):
        return ()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    return (start, stop) if start < stop else None


def _tags(text: str) -> set[str]:
    """The entity tags of a list; weak comparison (8.8.3.2)."""
    return {one.strip().removeprefix("W/") for one in text.split(",")}


def _pieces(body: Bytes, start: int, stop: int) -> Iterator[bytes]:
    for at in range(start, stop, PIECE):
        yield body.read(at, min(stop, at + PIECE))
