"""An object in the making: its parts go up as they are written, and it appears under a condition, whole or not at all.

S3's multipart upload (API Reference, CompleteMultipartUpload with If-Match and If-None-Match). obstore completes
uploads without a condition, so boto3 does it here. Parts may arrive in any order: the first, which holds the front
record, goes up last, so that nothing is sent twice. The bytes are sent, not copied within the store (UploadPartCopy),
since each is held against its checksum on the way.

In memory at any time: the first part, the one that is being filled, and those that are on their way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faceshards.errors import StorageError, UsageError
from faceshards.shards.storage.remote.options import StoreOptions
from faceshards.shards.storage.remote.reasons import answered, reason
from faceshards.shards.storage.remote.store import open_store
from faceshards.shards.storage.url import Url
from faceshards.shards.storage.version import CHANGED, Changed

#: Bytes of a part, unless the object is so large that there would be too many. S3's least is 5 MiB.
PART = 8 << 20
_MOST_PARTS = 10_000
_AT_ONCE = 2
_MIB = 1 << 20


class Upload:
    """A new object. `front` bytes are kept for the front record; `expected_bytes` decides how large the parts are.

    It replaces the version `etag`, or must be the first of its name. Raises `Changed` where the condition does not
    hold at the end, StorageError where the store refuses, UsageError for a store that is not S3.
    """

    seeks = False

    def __init__(self, url: Url, options: StoreOptions, front: int, expected_bytes: int, etag: str | None) -> None:
        if url.scheme != "s3":
            raise UsageError(
                f"{url}: a store must replace a large object on condition, as s3:// alone does: "
                "write to s3:// or to a disk"
            )
        self.place, self._options, self._etag = url, options, etag
        self._size = max(PART, -(-2 * expected_bytes // _MOST_PARTS // _MIB) * _MIB)
        self._part = bytearray(front)
        self._first: bytearray | None = None
        self._sent: dict[int, Future[str]] = {}
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        with upload_errors(url):
            self._client = options.boto3_client()
            self._id: str | None = self._client.create_multipart_upload(**self._object)["UploadId"]

    @property
    def _object(self) -> dict[str, str]:
        return {"Bucket": self.place.bucket, "Key": self.place.key}

    def write(self, body: bytes | bytearray | memoryview) -> None:
        """Adds bytes at the end; a part that is full goes up."""
        view = memoryview(body)
        while view:
            room = self._size - len(self._part)
            self._part += view[:room]
            view = view[room:]
            if len(self._part) == self._size:
                self._next()

    def patch(self, body: bytes, offset: int) -> None:
        """Writes over bytes of the first part, in which the front record stands."""
        first = self._part if self._first is None else self._first
        first[offset : offset + len(body)] = body

    def _next(self) -> None:
        if self._first is None:
            self._first, self._part = self._part, bytearray()
            return
        number = len(self._sent) + 2
        if number > _MOST_PARTS:
            raise StorageError(
                f"{self.place}: more than {_MOST_PARTS} parts of {self._size} bytes: expected_bytes must be nearer"
            )
        if len(self._sent) >= _AT_ONCE:
            self._sent[number - _AT_ONCE].result()  # waits, so that memory stays bounded; raises what went wrong
        self._sent[number] = self._pool.submit(self._send, number, bytes(self._part))
        self._part = bytearray()

    def _send(self, number: int, body: bytes) -> str:
        with upload_errors(self.place):
            part = self._client.upload_part(**self._object, UploadId=self._id, PartNumber=number, Body=body)
            return str(part["ETag"])

    def commit(self, length: int, verify: Callable[[Path], None] | None) -> None:
        """The object appears, if the condition holds. `verify` sees nothing: there is no file here."""
        if self._first is None or self._part:
            self._next()
        etags = {number: future.result() for number, future in self._sent.items()}
        etags[1] = self._send(1, bytes(self._first or b""))
        parts = [{"PartNumber": number, "ETag": etags[number]} for number in sorted(etags)]
        condition = {"IfMatch": self._etag} if self._etag else {"IfNoneMatch": "*"}
        with upload_errors(self.place):
            self._client.complete_multipart_upload(
                **self._object, **condition, UploadId=self._id, MultipartUpload={"Parts": parts}
            )
        self._id = None
        self._pool.shutdown()

    def save_beside(self, name: str, body: bytes) -> None:
        """Writes a neighbour of the object."""
        open_store(self.place.root, self._options).put(self.place.with_name(name).key, body)

    def discard(self) -> None:
        """Gives the upload up; its parts go."""
        if self._id is None:
            return
        self._pool.shutdown(cancel_futures=True)
        with upload_errors(self.place):
            self._client.abort_multipart_upload(**self._object, UploadId=self._id)
        self._id = None


def sweep(url: Url, options: StoreOptions) -> int:
    """Gives up the unfinished uploads of an object, whose writers are dead: call it under the object's lease only."""
    swept = 0
    with upload_errors(url):
        client = options.boto3_client()
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=url.bucket, Prefix=url.key):
            for one in page.get("Uploads", ()):
                if one["Key"] == url.key:
                    client.abort_multipart_upload(Bucket=url.bucket, Key=url.key, UploadId=one["UploadId"])
                    swept += 1
    return swept


@contextmanager
def upload_errors(url: Url) -> Iterator[None]:
    """Turns what boto3 raises about an object into our errors, in one line each."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _of_answer(url, error.response) from error
    except BotoCoreError as error:
        raise StorageError(f"{url}: {reason(error)}") from error


def _of_answer(url: Url, response: Any) -> Exception:
    status, code = response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]
    # S3 answers 404 to a condition on an object that is gone, and 409 to one that lost a race within the store.
    if status in (409, 412) or (status == 404 and code == "NoSuchKey"):
        return Changed(f"{url}: {CHANGED}")
    return StorageError(f"{url}: {answered(status, code)}")
