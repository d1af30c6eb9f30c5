"""Forms of HTTP that the store reads: a range of bytes, a body in aws-chunked form."""

from __future__ import annotations

from io import BufferedIOBase

from faceshards.bench.object_store.objects import Refused


def byte_range(text: str | None, size: int) -> tuple[int, int]:
    """[start, stop) of a Range header (RFC 9110, 14.1.2), of one range."""
    if text is None:
        return 0, size
    first, _, last = text.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= size or start >= stop:
        raise Refused(416, "InvalidRange")
    return start, stop


def unchunked(source: BufferedIOBase) -> bytes:
    """A body in aws-chunked form: size in hex, `;chunk-signature=...`, the bytes; a chunk of 0 and trailers end it."""
    parts = []
    while size := int(source.readline().split(b";")[0].strip(), 16):
        parts.append(source.read(size))
        source.readline()
    while source.readline().strip():
        pass
    return b"".join(parts)
