"""The first batch of windows enters few rooms, and moves little between them."""

from faceshards.bench.stream.rooms import first_batch, room_of, walked
from faceshards.media.tables.rows import wide
from faceshards.shards.schema.codecs import decode, encode


def test_a_room_is_a_folder_or_a_loose_file():
    assert room_of(wide.__code__) == "media/tables"
    assert room_of(walked.__code__) is room_of(test_a_room_is_a_folder_or_a_loose_file.__code__) is None


def test_a_call_counts_once_for_each_activation_of_its_caller():
    body = encode("json", {"a": 1})

    def work(times):
        for _ in range(times):
            decode("json", body)

    once, often = walked(lambda: work(1)), walked(lambda: work(9))
    assert once.rooms == often.rooms == {"shards/schema"}
    assert often.file_moves == 9 * once.file_moves == 9
    assert not often.moves  # between two files of one room


def test_the_first_batch_of_windows(tmp_path):
    walk = first_batch(tmp_path)
    assert len(walk.rooms) <= 12, walk.said()
    assert walk.moves.total() <= 60, walk.said()
