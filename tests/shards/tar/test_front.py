import pytest

from faceshards.errors import DamagedShard, ShardError
from faceshards.shards.tar.front import Front, front_size, generation, parse_pax, read_front
from faceshards.shards.tar.header import BLOCK, pax_record

FRONT = Front("ab" * 16, 123456, 8, 4, {"f" * 32: {"stage": "pack"}})


def test_a_record_comes_back_and_its_size_does_not_depend_on_the_numbers():
    size = FRONT.body_size()
    record = FRONT.pack(size)
    assert len(record) == BLOCK + size == front_size(record)
    assert read_front(record + b"members") == (FRONT, len(record))
    assert Front(provenance=FRONT.provenance).body_size() == size


def test_every_size_that_has_room_can_be_filled():
    for size in range(FRONT.body_size(), FRONT.body_size() + 1200):
        assert len(FRONT.pack(size)) == BLOCK + size
    with pytest.raises(ShardError, match="does not fit"):
        FRONT.pack(100)


@pytest.mark.parametrize("room", [100, 1000])
def test_a_provenance_that_would_leave_room_that_no_record_fills_gets_more(room):
    few = Front(provenance={"f": {"x": ""}})
    rest = 8192 - room - len(few._records())
    front = Front(provenance={"f": {"x": "y" * rest}})
    front = Front(provenance={"f": {"x": "y" * (rest - (len(front._records()) - 8192 + room))}})
    assert len(front._records()) == 8192 - room and front.body_size() == 12288
    assert read_front(front.pack(12288)) == (front, BLOCK + 12288)


def test_each_altered_byte_of_the_record_is_found():
    record = FRONT.pack(FRONT.body_size())
    for at in range(BLOCK, BLOCK + 600):
        bad = record[:at] + bytes([record[at] ^ 4]) + record[at + 1 :]
        try:
            front, _ = read_front(bad)
        except ShardError:
            continue
        assert front is None or front == FRONT, at


def test_a_foreign_start_has_no_record():
    assert read_front(b"") == (None, 0) and read_front(bytes(BLOCK)) == (None, 0)


def test_a_record_that_is_cut_or_claims_too_much_is_damage():
    record = FRONT.pack(FRONT.body_size())
    with pytest.raises(DamagedShard, match="ends within"):
        read_front(record[:-1])
    with pytest.raises(DamagedShard, match="limit"):
        front_size(record[:124] + b"77777777777" + record[135:])
    with pytest.raises(DamagedShard, match="readable size"):
        front_size(record[:124] + b"xxxxxxxxxxx" + record[135:])


def test_pax_records_are_read_by_their_lengths():
    assert parse_pax(pax_record(b"path", b"a\nb=c") + pax_record(b"size", b"7")) == {"path": "a\nb=c", "size": "7"}
    for bad in (b"7 path=a\n", b"x path=a\n", b"9999 a=b\n", b"0 a=b\n"):
        with pytest.raises(DamagedShard, match="malformed"):
            parse_pax(bad)


def test_a_generation_tells_names_sizes_and_sums_apart():
    one = [(b"a.json", 3, 5), (b"a.mp4", 9, 1)]
    others = [one[::-1], one[:1], [(b"a.json", 3, 5), (b"a.mp4", 9, 2)], [(b"a.jso", 3, 5), (b"na.mp4", 9, 1)]]
    assert len({generation(rows) for rows in (one, *others)}) == 5 and len(generation(one)) == 32
