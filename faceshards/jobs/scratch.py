"""Room on this machine's disk for the work on shards that lie in stores."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from faceshards.errors import StorageError, UsageError
from faceshards.jobs.work_place import work_folder
from faceshards.shards.reader import Shard
from faceshards.shards.storage.remote import Cache
from faceshards.shards.storage.url import Place, Url, address, place

#: The variable that names the folder, where no option does.
VARIABLE = "FACESHARDS_SCRATCH"
# The part of what is free on the disk that may be filled, where nobody says how much.
_SHARE = 0.5


@dataclass(frozen=True)
class Scratch:
    """A folder of this machine, and about how many bytes copies of what lies in stores may take there.

    `folder`: by default what FACESHARDS_SCRATCH says, else a folder of this user among the system's temporary ones.
    `limit`: by default half of what is free there. Nothing is made before it is needed.
    """

    folder: Path | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1 << 20:
            raise UsageError(f"--scratch-limit must be at least 1M, got {self.limit} bytes")

    @property
    def root(self) -> Path:
        """The folder."""
        named = self.folder or os.environ.get(VARIABLE)
        return Path(named) if named else Path(tempfile.gettempdir()) / f"faceshards-{os.getuid()}"

    def work_folder(self, shard: Place) -> Path:
        """Where the work folder of a shard is on this machine: beside a file, in the scratch folder for an object."""
        if not isinstance(shard, Url):
            return work_folder(shard)
        mark = hashlib.blake2b(address(shard).encode(), digest_size=8).hexdigest()
        return self.root / f"{shard.stem}-{mark}.work"

    def open(self, shard: str | Place) -> Shard:
        """The shard; what is read of an object is kept here, so that no byte of it is asked for twice."""
        where = place(shard)
        return Shard(where, cache=self.cache if isinstance(where, Url) else None)

    @property
    def cache(self) -> Cache:
        """What is kept. Raises StorageError for a folder that cannot be written, or that is another user's."""
        self.make()
        free = shutil.disk_usage(self.root).free
        return Cache(self.root / "kept", max(1 << 20, self.limit or int(_SHARE * free)))

    def make(self) -> None:
        """Makes the folder, for this user alone. Raises StorageError."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self.root.lstat()
        except OSError as error:
            raise StorageError(f"{self.root}: {error.strerror}: name a scratch folder (--scratch DIR)") from error
        if self.folder is None and VARIABLE not in os.environ and status.st_uid != os.getuid():
            raise StorageError(f"{self.root}: this is another user's: name a scratch folder (--scratch DIR)")
