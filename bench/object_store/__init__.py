"""An object store on this machine: enough of S3 to test and measure against, with faults on demand.

    with ObjectStore() as store:
        store.put("bucket/a.tar", b"any bytes")
        body = store.get("bucket/a.tar")

`store.environment` holds the variables by which any S3 client finds it.
"""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.bench.object_store.process import ObjectStore as ObjectStore
else:
    __getattr__ = lazy(__name__, {"process": "ObjectStore"})

__all__ = ["ObjectStore"]
