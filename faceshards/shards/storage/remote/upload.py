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
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from faceshards.errors import FaceshardsError, StorageError, UsageError
from faceshards.shards.storage.remote.aws_files import boto3_module
from faceshards.shards.storage.remote.options import StoreOptions
from faceshards.shards.storage.remote.reasons import answered, reason
from faceshards.shards.storage.remote.store import NoObject, open_store, told
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
        check_takes_shards(url)
        self.place, self._options, self._etag, self._front = url, options, etag, front
        self._size = max(PART, -(-2 * expected_bytes // _MOST_PARTS // _MIB) * _MIB)
        self._part = bytearray(front)
        self._first: bytearray | None = None
        self._sent: dict[int, Future[str]] = {}
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        with upload_errors(url):
            self._client = _client(options, told())
            self._id: str | None = self._begun()

    def _begun(self) -> str:
        """The id of a new upload. One whose answer was lost has an id that nobody knows: it is given up."""
        try:
            answer = self._client.create_multipart_upload(**self._object)
        except Exception:
            with suppress(FaceshardsError):
                sweep(self.place, self._options)
            raise
        if answer["ResponseMetadata"].get("RetryAttempts"):
            sweep(self.place, self._options, keep=answer["UploadId"])
        return str(answer["UploadId"])

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

    def commit(self, length: int, verify: Callable[[Path], None] | None, check: Callable[[], None]) -> None:
        """The object appears, if the condition holds. `verify` sees nothing: there is no file here. `check` is asked
        when every part is there.
        """
        if self._first is None or self._part:
            self._next()
        etags = {number: future.result() for number, future in self._sent.items()}
        etags[1] = self._send(1, bytes(self._first or b""))
        check()
        try:
            self._complete([{"PartNumber": number, "ETag": etags[number]} for number in sorted(etags)])
        except FaceshardsError as error:
            if not self._arrived(length, error):
                raise
        self._id = None
        self._pool.shutdown()

    def _complete(self, parts: list[dict[str, Any]]) -> None:
        condition = {"IfMatch": self._etag} if self._etag else {"IfNoneMatch": "*"}
        with upload_errors(self.place):
            self._client.complete_multipart_upload(
                **self._object, **condition, UploadId=self._id, MultipartUpload={"Parts": parts}
            )

    def _arrived(self, length: int, error: FaceshardsError) -> bool:
        """Whether our object stands there all the same: an answer was lost, and the try behind it was told that the
        upload is gone or the object another. Given up first, the upload can no longer be completed: what is seen stays.
        """
        self.discard()
        front = bytes((self._first or b"")[: self._front])
        try:
            body, version = open_store(self.place.root, self._options).read(self.place.key, 0, len(front))
        except NoObject:
            return False
        except StorageError:
            unknown = f"whether the new {self.place.name} stands there cannot be seen now"
            raise StorageError(f"{error} ({unknown})") from None
        return version.size == length and bytes(body) == front  # which holds the generation: the bytes are equal

    def save_beside(self, name: str, body: bytes) -> None:
        """Writes a neighbour of the object."""
        open_store(self.place.root, self._options).put(self.place.with_name(name).key, body)

    def discard(self) -> None:
        """Gives the upload up; its parts go. Those of a store that does not answer go with the next writer's sweep."""
        if self._id is None:
            return
        self._pool.shutdown(cancel_futures=True)
        with suppress(FaceshardsError):
            _give_up(self._client, self.place, self._id)
        self._id = None


@lru_cache(maxsize=64)
def _client(options: StoreOptions, environment: tuple[tuple[str, str], ...]) -> Any:
    """One for each options and environment: to make one takes as long as many requests."""
    return options.boto3_client()


def check_takes_shards(url: Url) -> None:
    """Raises UsageError for a store that is not S3, StorageError where boto3 is not installed."""
    if url.scheme != "s3":
        raise UsageError(
            f"{url}: a store must replace a large object on condition, as s3:// alone does: write to s3:// or to a disk"
        )
    boto3_module()


def sweep(url: Url, options: StoreOptions, keep: str | None = None) -> int:
    """Gives up the unfinished uploads of an object but the one to `keep`; their writers are dead. Call it under the
    object's lease only.
    """
    with upload_errors(url):
        client = _client(options, told())
        pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=url.bucket, Prefix=url.key)
        found = [one["UploadId"] for page in pages for one in page.get("Uploads", ()) if one["Key"] == url.key]
    gone = [upload for upload in found if upload != keep]
    for upload in gone:
        _give_up(client, url, upload)
    return len(gone)


def _give_up(client: Any, url: Url, upload: str) -> None:
    # There is none where an earlier try's answer was lost, or where it was completed.
    with upload_errors(url), suppress(client.exceptions.NoSuchUpload):
        client.abort_multipart_upload(Bucket=url.bucket, Key=url.key, UploadId=upload)


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
    if code == "NoSuchUpload":
        return StorageError(f"{url}: another run gave this upload up: run again when it has ended")
    return StorageError(f"{url}: {answered(status, code)}")
