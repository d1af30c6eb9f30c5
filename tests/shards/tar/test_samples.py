import random

from faceshards.shards.tar.header import END, member_header
from faceshards.shards.tar.samples import grouped, samples, split_name
from faceshards.shards.tar.scan import TarScan

NAMES = [b"a.json", b"a.mp4", b"__meta__/x.json", b"nodot", b"b.x.mp4", b"b.json", b"a.json", b"a.json", b"d/e.f/g.h",
         b"./c.json", b".hidden", b"k\xff.json"]  # fmt: skip


def scan_of(names):
    return TarScan(b"".join(member_header(name, 0, 0) for name in names) + END)


def test_consecutive_members_of_one_key_are_a_sample():
    found = [(one.key, list(one.members)) for one in samples(scan_of(NAMES))]
    assert found == [
        ("a", ["json", "mp4"]), ("b", ["x.mp4", "json"]), ("a", ["json"]), ("a", ["json"]), ("d/e.f/g", ["h"]),
        ("c", ["json"]), ("k\udcff", ["json"]),
    ]  # fmt: skip


def test_a_table_is_grouped_as_the_members_are():
    chance = random.Random(1)
    for _ in range(50):
        names = chance.choices(NAMES, k=30)
        groups = grouped(names)
        found = list(samples(scan_of(names)))
        assert groups.keys == [one.key for one in found]
        rows = [[] for _ in groups.keys]
        for sample, column in zip(groups.sample.tolist(), groups.column.tolist(), strict=True):
            if sample >= 0:
                rows[sample].append(groups.columns[column])
        assert rows == [list(one.members) for one in found]


def test_a_key_ends_at_the_first_dot_of_the_base_name():
    assert split_name(b"a.b/c.d.e") == (b"a.b/c", b"d.e")
    for name in (b"nodot", b".hidden", b"a/.b", b"a.", b"__x__", b"__x__/a.json"):
        assert split_name(name) == (b"", b"")
