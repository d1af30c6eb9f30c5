"""Small files on a disk: read, written, removed, and told apart from what is not there."""

from faceshards.jobs.small_file import etag_of, exists, make_folder, read_small, remove, write_small


def test_what_is_written_is_there_until_it_is_removed(tmp_path):
    place = tmp_path / "a" / "b.json"
    make_folder(place.parent)
    assert read_small(place) is None and not exists(place)
    write_small(place, b"{}")
    assert read_small(place) == b"{}" and exists(place) and etag_of(place) is None
    for _ in range(2):
        remove(place)
    assert not exists(place)
