"""What is fuzzed: each parser of untrusted bytes, real seeds for it, what must hold, and a bug to plant in it.

The errors that a parser documents are fine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import checks
import plants
import seeds

from faceshards.packing.sources import tar_archive, zip_archive
from faceshards.shards.schema import codecs


@dataclass(frozen=True)
class Target:
    """One parser. `runs` is how often `make fuzz` feeds it; `mend` makes a checksum right that a mutation broke."""

    runs: int
    seeds: Callable[[], list[bytes]]
    check: Callable[[bytes], None]
    plant: Callable[[], None]
    mend: Callable[[bytes], bytes] = bytes


TARGETS = {
    "tar": Target(200_000, seeds.tars, checks.check_tar, plants.plant_tar, checks.mend_tar),
    "front": Target(
        150_000, lambda: [seeds.shard(n).read_bytes()[:8704] for n in (1, 3)], checks.check_front, plants.plant_front
    ),
    "npy": Target(200_000, seeds.arrays, checks.check_npy, plants.plant_npy),
    "msgpack": Target(200_000, lambda: [codecs.encode("x.msg", seeds.FACES)], checks.check_msg, plants.plant_msg),
    "json": Target(
        60_000,
        lambda: [codecs.encode_json({"name": "a", "fps": [25, 1], "frames": 7, "snr_db": 0.5, "failures": [{}]})],
        checks.check_json,
        plants.plant_json,
    ),
    "parquet": Target(20_000, seeds.indexes, checks.check_index, plants.plant_index),
    "pickle": Target(150_000, seeds.pickles, checks.check_pickle, plants.plant_pickle),
    "zip": Target(
        40_000, seeds.zips, lambda data: checks.check_archive(data, ".zip"), lambda: plants.plant_archive(zip_archive)
    ),
    "tar source": Target(
        40_000,
        seeds.tars,
        lambda data: checks.check_archive(data, ".tar"),
        lambda: plants.plant_archive(tar_archive),
        checks.mend_tar,
    ),
}
