"""Objects and uploads: what stands under a name, and when it is replaced."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from faceshards.bench.object_store.objects import Objects, Refused, Stored


@pytest.fixture
def objects(tmp_path) -> Objects:
    return Objects(tmp_path)


def received(objects: Objects, body: bytes) -> Stored:
    return objects.receive(io.BytesIO(body), len(body))


def put(objects: Objects, key: str, body: bytes, if_match: str | None = None, if_none_match: str | None = None) -> str:
    version = received(objects, body)
    objects.put(key, version, if_match, if_none_match)
    return version.etag


def read(objects: Objects, key: str) -> bytes:
    return objects.get(key).path.read_bytes()


def refused(run) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        run()
    return caught.value.status, caught.value.code


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("body", [b"", b"1", bytes(range(256)) * 10_000])
def test_an_object_is_its_bytes_and_its_etag_their_md5(objects, body):
    assert put(objects, "b/k", body) == f'"{md5(body)}"'
    stored = objects.get("b/k")
    assert (read(objects, "b/k"), stored.size) == (body, len(body))


def test_a_body_that_ends_early_leaves_no_file(objects, tmp_path):
    assert refused(lambda: objects.receive(io.BytesIO(b"123"), 4)) == (400, "IncompleteBody")
    assert list(tmp_path.iterdir()) == []


def test_a_version_that_is_being_read_outlives_its_replacement(objects, tmp_path):
    put(objects, "b/k", b"old")
    with objects.get("b/k").path.open("rb") as file:
        put(objects, "b/k", b"new")
        assert file.read() == b"old" and read(objects, "b/k") == b"new"
    assert len(list(tmp_path.iterdir())) == 1


def test_conditions_hold_or_nothing_is_changed(objects):
    assert refused(lambda: put(objects, "b/k", b"1", if_match='"x"')) == (404, "NoSuchKey")
    etag = put(objects, "b/k", b"1", if_none_match="*")
    assert refused(lambda: put(objects, "b/k", b"2", if_none_match="*")) == (412, "PreconditionFailed")
    assert refused(lambda: put(objects, "b/k", b"2", if_match='"other"')) == (412, "PreconditionFailed")
    assert refused(lambda: objects.delete("b/k", '"other"')) == (412, "PreconditionFailed")
    assert read(objects, "b/k") == b"1"
    put(objects, "b/k", b"2", if_match=etag)
    assert read(objects, "b/k") == b"2"


def test_of_many_who_create_one_name_at_once_one_does(objects):
    def attempt(number: int) -> bool:
        try:
            return bool(put(objects, "b/k", b"%d" % number, if_none_match="*"))
        except Refused:
            return False

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, done in enumerate(pool.map(attempt, range(40))) if done]
    assert len(won) == 1 and read(objects, "b/k") == b"%d" % won[0]


def test_what_is_deleted_is_gone_and_deleting_nothing_is_no_error(objects, tmp_path):
    put(objects, "b/k", b"1")
    for _ in range(2):
        objects.delete("b/k")
    assert refused(lambda: objects.get("b/k")) == (404, "NoSuchKey") and list(tmp_path.iterdir()) == []


def test_names_are_sorted_and_begin_as_asked(objects):
    for key in ("b/z", "b/a/2", "b/a/1", "c/a/0"):
        put(objects, key, b"")
    assert [key for key, _ in objects.names("b/")] == ["b/a/1", "b/a/2", "b/z"]
    assert [key for key, _ in objects.names("b/a")] == ["b/a/1", "b/a/2"] and objects.names("d") == []


def test_an_upload_is_its_listed_parts_in_their_order_and_nothing_before_that(objects, tmp_path):
    upload = objects.begin("b/k")
    bodies = {2: b"two" * 100, 1: b"one", 7: b"not listed"}
    for number, body in bodies.items():
        objects.add_part(upload, number, received(objects, body))
    objects.add_part(upload, 1, received(objects, b"ONE"))  # the later one of a number counts
    assert objects.uploads("b/") == [("b/k", upload)] and objects.names("b/") == []
    key, version = objects.complete(upload, [1, 2], None, None)
    assert (key, read(objects, "b/k")) == ("b/k", b"ONE" + b"two" * 100)
    digests = bytes.fromhex(md5(b"ONE")) + bytes.fromhex(md5(b"two" * 100))
    assert version.etag == f'"{md5(digests)}-2"' and version.size == 303
    assert objects.uploads("") == []


def test_an_upload_that_breaks_a_rule_makes_nothing_and_may_be_completed_later(objects):
    etag = put(objects, "b/k", b"1")
    upload = objects.begin("b/k")
    objects.add_part(upload, 1, received(objects, b"2"))
    assert refused(lambda: objects.complete(upload, [1, 2], None, None)) == (400, "InvalidPart")
    assert refused(lambda: objects.complete(upload, [], None, None)) == (400, "InvalidPart")
    assert refused(lambda: objects.complete(upload, [1], '"other"', None)) == (412, "PreconditionFailed")
    assert refused(lambda: objects.complete(upload, [1], None, "*")) == (412, "PreconditionFailed")
    assert read(objects, "b/k") == b"1"
    objects.complete(upload, [1], etag, None)
    assert read(objects, "b/k") == b"2"
    assert refused(lambda: objects.complete(upload, [1], None, None)) == (404, "NoSuchUpload")


def test_an_aborted_upload_leaves_nothing(objects, tmp_path):
    upload = objects.begin("b/k")
    objects.add_part(upload, 1, received(objects, b"1"))
    for _ in range(2):
        objects.abort(upload)
    assert list(tmp_path.iterdir()) == [] and objects.uploads("") == []
    part = received(objects, b"late")
    assert refused(lambda: objects.add_part(upload, 2, part)) == (404, "NoSuchUpload")


def test_a_part_may_be_copied_out_of_an_object(objects):
    put(objects, "b/from", b"0123456789")
    upload = objects.begin("b/k")
    for number, (start, stop) in enumerate([(5, 10), (0, 2)], 1):
        objects.add_part(upload, number, objects.copy_part("b/from", start, stop))
    objects.complete(upload, [1, 2], None, None)
    assert read(objects, "b/k") == b"56789" + b"01"
