"""Shards to damage, ways to damage them, and what a salvage must hold to."""

import json
import random
import tarfile

from faceshards.shards.repair.salvage import salvaged_path
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.provenance import Provenance

PACK, FACES = Provenance("pack", 1, {"crf": 18}), Provenance("faces", 2, {}, {"net": "5e" * 32})
ROWS = 12
LONG = "k" * 120  # its members' names need a pax record
KEYS = [f"k{i}" for i in range(ROWS - 1)] + [LONG]


def bodies(i):
    chance = random.Random(i)
    return {"json": {"name": f"n{i}"}, "mp4": chance.randbytes(1500 + 100 * i), "faces.msg": b"" if i == 3 else b"f"}


def contents(path):
    found = {}
    with tarfile.open(path) as file:
        for member in file:
            if not member.isfile():
                continue
            key, column = member.name.split(".", 1)
            found.setdefault(key, {})[column] = file.extractfile(member).read()
    return found


def forget(tar):
    """Without its index."""
    tar.with_suffix(".parquet").unlink(missing_ok=True)


def start_over(tar, body):
    tar.write_bytes(body)
    for path in (salvaged_path(tar), salvaged_path(tar).with_suffix(".parquet")):
        path.unlink(missing_ok=True)


def flip(tar, at, mask=1):
    with open(tar, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ mask]))


def smash(tar, at, count=512, byte=b"\xa5"):
    with open(tar, "r+b") as file:
        file.seek(at)
        file.write(byte * count)


def header(tar, name):
    return tar.read_bytes().index(name.encode() + b"\0")


def adds_up(done):
    assert done.samples is None or (done.kept + len(done.lost) + done.unnamed == done.samples and done.unnamed >= 0)
    assert len({one.key for one in done.lost}) == len(done.lost)
    record = json.loads(done.shard.with_suffix(".salvage.json").read_text())
    assert record == json.loads(json.dumps(done.record()))


def is_part_of(done, truth):
    """The new shard is whole and every sample in it is one of the old, byte for byte, in the old order."""
    assert verify(done.target, deep=True).whole
    got = contents(done.target)
    assert len(got) == done.kept and not got.keys() & {one.key for one in done.lost}
    assert {key: truth[key] for key in got} == got
    assert list(got) == [key for key in truth if key in got]
