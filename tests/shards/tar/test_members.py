import io
import tarfile

import numpy as np

from faceshards.shards.tar.header import END, member_header, padding
from faceshards.shards.tar.members import NO_CRC, Member, MemberTable, plain_members, raw, text
from faceshards.shards.tar.scan import TarScan


def tar_of(*members: tuple[bytes, bytes]) -> bytes:
    parts = [member_header(name, len(body), 7) + body + bytes(padding(len(body))) for name, body in members]
    return b"".join(parts) + END


def test_plain_members_are_those_of_the_scan():
    data = tar_of(*((b"k%d.mp4" % i, bytes(i)) for i in range(40)))
    found = plain_members(data, 0, 1000)
    assert found is not None and list(found) == list(TarScan(data))
    assert found.ends[:-1].tolist() == found.starts[1:].tolist()


def test_they_end_before_the_first_that_needs_a_second_look():
    data = tar_of((b"a.mp4", b"1"), (b"n" * 150 + b".mp4", b"2"), (b"c.mp4", b"3"))
    found = plain_members(data, 0, 1000)
    assert found is not None and found.names == [b"a.mp4"]
    assert plain_members(data, int(found.ends[0]), 1000) is None
    assert [member.name[:2] for member in TarScan(data)] == ["a.", "nn", "c."]


def test_a_member_that_runs_past_the_end_is_left_to_the_scan():
    data = tar_of((b"a.mp4", b"1"), (b"b.mp4", bytes(2000)))[:-2000]
    found = plain_members(data, 0, 1000)
    assert found is not None and found.names == [b"a.mp4"]


def test_pax_headers_that_give_a_time_alone_are_plain():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for i in range(5):
            info = tarfile.TarInfo(f"k{i}.txt")
            info.size, info.mtime = 3, 1.5 + i
            tar.addfile(info, io.BytesIO(b"abc"))
    found = plain_members(out.getvalue(), 0, 1000)
    assert found is not None and len(found) == 5 and set(found.crcs.tolist()) == {NO_CRC}
    assert [out.getvalue()[at : at + 3] for at in found.offsets] == [b"abc"] * 5


def test_tables_of_members_come_back_as_members():
    members = [Member("a.json", 0, 512, 3, 9), Member("b\udcff.json", 1024, 1536, 600, None)]
    table = MemberTable.joined(map(MemberTable.of, members))
    assert list(table) == members and table.ends.tolist() == [1024, 2560] == [one.end for one in members]
    assert len(MemberTable.joined([])) == 0 and MemberTable.joined([]).sizes.dtype == np.int64


def test_names_that_are_no_utf8_keep_their_bytes():
    assert raw(text(b"a\xff.mp4")) == b"a\xff.mp4"
