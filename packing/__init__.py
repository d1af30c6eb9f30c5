"""Raw sources become shards: one file a source; of shards become fewer ones, in `compact/`."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.packing.options import PackOptions as PackOptions
    from faceshards.packing.pack_report import PackReport as PackReport
    from faceshards.packing.packer import Packer as Packer
else:
    __getattr__ = lazy(__name__, {"options": "PackOptions", "pack_report": "PackReport", "packer": "Packer"})

__all__ = ["PackOptions", "PackReport", "Packer"]
