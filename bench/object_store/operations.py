"""What the store does for each operation, and its answer: Amazon S3 API Reference (2006-03-01)."""

from __future__ import annotations

import time
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from faceshards.bench.object_store.connection import Connection
from faceshards.bench.object_store.forms import byte_range


class Operations(Connection):
    """A method an operation, named for it."""

    def _GetObject(self) -> None:
        self._object(self.server.objects.get(self.key))

    def _HeadObject(self) -> None:
        self._object(self.server.objects.get(self.key))

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
        start, stop = byte_range(self.headers.get("x-amz-copy-source-range"), self.server.objects.get(source).size)
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
