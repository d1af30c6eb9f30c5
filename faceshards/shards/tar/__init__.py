"""The tar itself: headers, members, the front record, the scan."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.shards.tar.front import Front as Front
    from faceshards.shards.tar.front import read_front as read_front
    from faceshards.shards.tar.members import Member as Member
    from faceshards.shards.tar.members import MemberTable as MemberTable
    from faceshards.shards.tar.samples import Sample as Sample
    from faceshards.shards.tar.scan import TarScan as TarScan
else:
    __getattr__ = lazy(
        __name__,
        {"front": "Front read_front", "members": "Member MemberTable", "samples": "Sample", "scan": "TarScan"},
    )

__all__ = ["Front", "Member", "MemberTable", "Sample", "TarScan", "read_front"]
