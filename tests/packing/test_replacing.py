"""Which files packing replaces, and which it leaves alone."""

import tarfile

import pytest

from faceshards.errors import UsageError
from faceshards.packing.kinds.clips.kind import Clips
from faceshards.packing.pack_report import PackReport
from faceshards.packing.replacing import Replacing, remove_shard
from faceshards.packing.sources.opening import open_source
from faceshards.shards.index.index import index_path
from faceshards.shards.rewrite import RowEdit, rewrite
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.removed import tombstone
from faceshards.shards.writer import ShardWriter
from tests.packing.conftest import zipped

OWN = {"json": b"{}", "mp4": b"1", "mp4.packets.npy": b"", "sound.packets.npy": b""}


def write(path, members=OWN, stage="pack", *more, key="a"):
    with ShardWriter(path, provenance=[Provenance(one, 1) for one in (stage, *more)]) as writer:
        writer.add(key, members)
    return path


@pytest.fixture
def source(tmp_path):
    return zipped(tmp_path / "g.zip", {"a.mp4": b"1"})


def check(source, path, earlier=None, force=False):
    Replacing(open_source(source), earlier, force, lambda: {"a"}, Clips.columns).check(path)


def test_a_free_name_and_a_shard_of_packing_s_own_columns_may_be_taken(source, tmp_path):
    check(source, tmp_path / "free.tar")
    check(source, write(tmp_path / "g.tar"))
    check(source, write(tmp_path / "g-webm.tar", {"json": b"{}", "webm": b"1", "webm.packets.npy": b""}))


def test_work_that_packing_cannot_do_again_stays_unless_forced(source, tmp_path):
    path = write(tmp_path / "g.tar", {**OWN, "swapped.mp4": b"", "faces.msg": b""})
    with pytest.raises(UsageError, match=r"cannot make again \(faces\.msg, swapped\.mp4\): name another .*--force"):
        check(source, path)
    check(source, path, force=True)


def test_scores_are_work_that_packing_cannot_do_again_too(source, tmp_path):
    path = write(tmp_path / "g.tar", OWN, "pack", "loudness")
    with pytest.raises(UsageError, match=r"has scores that packing cannot make again \(stage loudness\): name another"):
        check(source, path)
    check(source, path, force=True)


def test_a_clip_that_was_removed_is_not_brought_back(source, tmp_path):
    path = write(tmp_path / "g.tar")
    rewrite(path, {}, edits={0: RowEdit("a", tombstone("request"), list(OWN))})
    for force in (False, True):
        with pytest.raises(UsageError, match=r"has 1 row removed on request, .* with --force, too: take"):
            check(source, path, force=force)


def test_without_a_report_a_shard_is_told_by_its_clips(source, tmp_path):
    path = write(tmp_path / "g.tar", key="b")
    for earlier in (None, PackReport("pack", "x")):
        with pytest.raises(UsageError, match=r"holds clips that are not in this source \(b\): name another"):
            check(source, path, earlier)
    check(source, path, force=True)
    known = PackReport("pack", "x", plan={"source": {"path": str(source)}}, shards={"g.tar": {}})
    check(source, path, known)  # the source may have lost a clip since


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "does not open as a shard"), (b"my notes", "does not open as a shard"), (None, "was not made by packing")],
)
def test_a_file_of_somebody_else_stays_unless_forced(source, tmp_path, body, reason):
    path = tmp_path / "g.tar"
    if body is None:
        write(path, stage="faces")
    else:
        path.write_bytes(body)
    with pytest.raises(UsageError, match=reason):
        check(source, path)
    check(source, path, force=True)


def test_the_source_itself_stays_whatever_its_name_and_force(source, tmp_path):
    link = tmp_path / "link.tar"
    link.symlink_to(source)
    for path in (source, link):
        with pytest.raises(UsageError, match="is the source itself"):
            check(source, path, force=True)


def test_a_shard_of_another_source_stays(source, tmp_path):
    path = write(tmp_path / "g.tar")
    other = PackReport("pack", "x", plan={"source": {"path": "/elsewhere/g.zip"}})
    with pytest.raises(UsageError, match=r"packed from another source, /elsewhere/g\.zip"):
        check(source, path, other)
    check(source, path, PackReport("pack", "x", plan={"source": {"path": str(source)}}))
    check(source, path, PackReport("pack", "x"))  # a report that does not say


def test_a_shard_goes_with_its_index_and_going_twice_is_no_error(tmp_path):
    path, other = write(tmp_path / "g.tar"), write(tmp_path / "h.tar")
    for _ in range(2):
        remove_shard(path)
        assert sorted(tmp_path.iterdir()) == sorted([other, index_path(other)])


def test_what_is_not_of_this_source_stays(clip, tmp_path, pack):
    out = tmp_path / "out"
    pack(zipped(tmp_path / "g.zip", {"a.mp4": clip}), out)
    (tmp_path / "other").mkdir()
    other = zipped(tmp_path / "other" / "g.zip", {f"{i}.mp4": clip for i in range(3)})
    with pytest.raises(UsageError, match="packed from another source"):
        pack(other, out)
    with tarfile.open(tmp_path / "g.tar", "w") as tar:
        tar.add(tmp_path / "g.zip", "a.mp4")
    before = (tmp_path / "g.tar").read_bytes()
    with pytest.raises(UsageError, match="was not made by packing"):
        pack(other, tmp_path)
    with pytest.raises(UsageError, match="is the source itself"):
        pack(tmp_path / "g.tar", tmp_path, force=True)
    assert (tmp_path / "g.tar").read_bytes() == before
    assert pack(other, out, force=True).whole == 3
