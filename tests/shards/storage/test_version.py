from faceshards.shards.storage.version import Version


def test_a_file_is_marked_by_its_time_and_an_object_by_its_etag():
    assert Version(5, None, 7).mark == {"mtime_ns": 7}
    assert Version(5, '"ab"', 7).mark == {"etag": '"ab"'}
