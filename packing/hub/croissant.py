"""Croissant metadata of shards: which files there are, and what a row of their indexes holds.

Format: MLCommons, "Croissant Format Specification" 1.0 (http://mlcommons.org/croissant/1.0): JSON-LD over schema.org.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from faceshards.packing.hub.card import FOLDER, head_licences
from faceshards.packing.hub.summary import Summary
from faceshards.shards.schema.scalars import SCALARS

#: File name in a data set.
NAME = "croissant.json"
#: The context that the specification gives for version 1.0.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"bool": "sc:Boolean", "int64": "sc:Integer", "double": "sc:Float"}
_FORMATS = {".tar": "application/x-tar", ".parquet": "application/x-parquet"}
_OWN = {"key": "the sample's key", "offset": "bytes: where the sample begins in its tar", "size": "bytes of the sample"}


class Distributed(NamedTuple):
    """A file of the data set: its path in it, bytes, and sha256 in hex digits."""

    path: str
    size: int
    sha256: str


def croissant(id: str, page: str, found: Summary, licence: str | None, files: Sequence[Distributed]) -> bytes:
    """The metadata as canonical text; equal shards, equal bytes. `page` is the data set's own."""
    licences = head_licences(found, licence)
    record: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": id.partition("/")[2],
        "description": f"{found.samples} talking-face clips in {found.shards} webdataset shards with Parquet indexes.",
        "url": page,
        "license": licences[0] if len(licences) == 1 else licences,
        "creator": {"@type": "sc:Organization", "name": id.partition("/")[0]},
        "version": "1.0.0",
        "distribution": [_repository(page), *_sets(), *(_file(page, one) for one in files)],
        "recordSet": [_records(found)],
    }
    if found.citations:
        record["citeAs"] = "\n".join(found.citations)
    return (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _repository(page: str) -> dict[str, Any]:
    """The data set's git repository. It has no checksum: the specification says what stands in its place."""
    return {
        "@type": "cr:FileObject",
        "@id": "repository",
        "name": "repository",
        "description": "the data set on the Hub",
        "contentUrl": page,
        "encodingFormat": "git+https",
        "sha256": "https://github.com/mlcommons/croissant/issues/80",
    }


def _sets() -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileSet",
            "@id": name,
            "name": name,
            "containedIn": {"@id": "repository"},
            "encodingFormat": _FORMATS[suffix],
            "includes": f"{FOLDER}/**/*{suffix}",
        }
        for name, suffix in (("shards", ".tar"), ("indexes", ".parquet"))
    ]


def _file(page: str, one: Distributed) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": one.path,
        "name": one.path,
        "contentUrl": f"{page}/resolve/main/{one.path}",
        "contentSize": f"{one.size} B",
        "encodingFormat": _FORMATS[one.path[one.path.rindex(".") :]],
        "sha256": one.sha256,
    }


def _records(found: Summary) -> dict[str, Any]:
    fields = [_field(name, kind) for name, kind in found.scalars.items()]
    return {
        "@type": "cr:RecordSet",
        "@id": "samples",
        "name": "samples",
        "description": "a row a sample, in the order of its tar",
        "field": fields,
    }


def _field(name: str, kind: str) -> dict[str, Any]:
    known = SCALARS.get(name)
    told = _OWN.get(name) or (known.doc if known else "a fact of the sample's json")
    unit = f", in {known.unit}" if known and known.unit else ""
    return {
        "@type": "cr:Field",
        "@id": f"samples/{name}",
        "name": f"samples/{name}",
        "description": told + unit,
        "dataType": _TYPES.get(kind, "sc:Text"),
        "source": {"fileSet": {"@id": "indexes"}, "extract": {"column": name}},
    }
