"""An object store on this machine: enough of S3 to test and measure against, with faults on demand.

with ObjectStore(folder) as store:
    store.put("bucket/a.tar", body)
    Shard(f"s3://bucket/a.tar", store.options)
"""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.bench.object_store.process import ObjectStore as ObjectStore
else:
    __getattr__ = lazy(__name__, {"process": "ObjectStore"})

__all__ = ["ObjectStore"]
