"""A shard in a store is the shard on the disk: the same rows and bytes, few requests, only the bytes asked for."""

import io
import shutil
import tarfile
import time
from threading import Thread

import numpy as np
import pytest

from faceshards.errors import ColumnError, DamagedShard, ShardError, StorageError, UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.repair.verify import verify
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.remote import Changed, StoreOptions
from faceshards.shards.writer import ShardWriter


def make(path, samples=12, video=200_000):
    rng = np.random.default_rng(samples)
    with ShardWriter(path, provenance=[Provenance("pack", 1, {})]) as writer:
        for i in range(samples):
            members = {
                "json": {"name": f"clip {i}", "frames": 10 + i, "score": i / 7},
                "mp4": rng.bytes(video + i),
                "gaze.npy": encode("gaze.npy", rng.normal(size=(10, 2)).astype(np.float32)),
            }
            writer.add(f"clip=20{i}", members)
    return path


@pytest.fixture
def local(tmp_path):
    return make(tmp_path / "a.tar")


def upload(store, local, key="b/VFHQ/a.tar", index=True):
    store.put(key, local.read_bytes())
    if index:
        store.put(key.replace(".tar", ".parquet"), local.with_suffix(".parquet").read_bytes())
    store.log(clear=True)
    return f"s3://{key}"


def test_every_row_and_column_is_the_same(store, local):
    url = upload(store, local)
    with Shard(url) as there, Shard(local) as here:
        assert there.keys == here.keys and there.columns == here.columns and there.provenance == here.provenance
        assert there.index.drop_columns([]).equals(here.index)
        for row in range(len(here)):
            assert there.sample(row) == here.sample(row) and there.json(row) == here.json(row)
        np.testing.assert_array_equal(there.get(3, "gaze.npy"), here.get(3, "gaze.npy"))
        assert there.read_column("mp4") == here.read_column("mp4")
        assert bytes(there.view(4, "mp4")) == bytes(here.view(4, "mp4")) == here.read(4, "mp4")
        assert there.read_range(5, "mp4", 100, 300) == here.read(5, "mp4")[100:300]
        with pytest.raises(ColumnError):
            there.read(0, "nothing")


def test_opening_takes_two_requests_and_reading_one(store, local):
    url = upload(store, local)
    with Shard(url) as shard:
        assert [line["operation"] for line in store.log(clear=True)] == ["GetObject", "GetObject"]
        body = shard.read(7, "gaze.npy")
        [line] = store.log(clear=True)
        assert line["sent"] == len(body) and shard.file.requests == 3
        assert shard.bytes_read == 16 * 1024 + local.with_suffix(".parquet").stat().st_size + len(body)


def test_only_the_json_is_read_where_there_is_no_index(store, local):
    url = upload(store, local, index=False)
    with Shard(url) as shard, Shard(local) as here:
        assert shard.index.equals(here.index)
        sent = sum(line["sent"] for line in store.log())
        assert sent < local.stat().st_size / 4, "the videos were read"
        assert shard.json(11) == here.json(11)


def test_a_column_of_neighbours_is_one_request(store, tmp_path):
    url = upload(store, make(tmp_path / "s.tar", samples=300, video=500), "b/s.tar")
    with Shard(url) as shard:
        store.log(clear=True)
        bodies = shard.read_column("gaze.npy")
        assert len(store.log()) == 1 and len(bodies) == 300
        with Shard(tmp_path / "s.tar") as here:
            assert bodies == here.read_column("gaze.npy")


def test_foreign_tars_are_told_by_their_etag(store):
    def tar(seed):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as file:
            for name in ("x.json", "x.bin"):
                body = b'{"a": 1}' if name.endswith("json") else np.random.default_rng(seed).bytes(5000)
                info = tarfile.TarInfo(name)
                info.size = len(body)
                file.addfile(info, io.BytesIO(body))
        return out.getvalue()

    store.put("b/f.tar", tar(0))
    with Shard("s3://b/f.tar") as shard:
        assert shard.keys == ["x"] and shard.front is None and shard.json(0) == {"a": 1}
        store.put("b/f.tar", tar(1))
        with pytest.raises(Changed):
            shard.read(0, "bin")
    with Shard("s3://b/f.tar") as shard:
        assert shard.read(0, "bin") == np.random.default_rng(1).bytes(5000)


def test_a_stale_index_is_not_believed(store, local, tmp_path):
    url = upload(store, local)
    other = make(tmp_path / "o.tar", samples=5)
    store.put("b/VFHQ/a.tar", other.read_bytes())
    with Shard(url) as shard, Shard(other) as here:
        assert shard.keys == here.keys and shard.sample(2) == here.sample(2)


def test_a_rewrite_in_mid_epoch_is_noticed(store, local):
    url = upload(store, local)
    with Shard(url) as shard:
        before = [shard.read(row, "mp4") for row in range(6)]
        rewrite(local, {"new.npy": lambda row: encode("new.npy", np.array([row]))}, provenance=[Provenance("x", 1, {})])
        upload(store, local)
        with pytest.raises(Changed, match="changed meanwhile"):
            shard.read(6, "mp4")
        assert not shard.is_current()
    with Shard(url) as shard:
        assert shard.is_current() and [shard.read(row, "mp4") for row in range(6)] == before
        assert shard.get(6, "new.npy").tolist() == [6]


def test_an_open_local_shard_stays_of_its_generation(local):
    with Shard(local) as shard:
        first = shard.read(3, "mp4")
        assert shard.is_current()
        rewrite(local, {"new.npy": lambda row: encode("new.npy", np.array([row]))})
        assert shard.read(3, "mp4") == first and "new.npy" not in shard.columns and not shard.is_current()
    with Shard(local) as shard:
        assert shard.read(3, "mp4") == first and shard.get(3, "new.npy").tolist() == [3]


def test_flipped_bits_in_the_store_are_found(store, local):
    body = bytearray(local.read_bytes())
    with Shard(local) as here:
        extent = here.extent(4, "mp4")
    body[extent.offset + 77] ^= 4
    store.put("b/hurt.tar", bytes(body))
    with Shard("s3://b/hurt.tar") as shard:
        with pytest.raises(DamagedShard, match="differs from its checksum"):
            shard.read(4, "mp4")
        with pytest.raises(DamagedShard):
            shard.read_column("mp4")
        assert shard.read(5, "mp4")
    assert verify("s3://b/hurt.tar").whole
    [fault] = verify("s3://b/hurt.tar", deep=True).defects
    assert fault.offset == extent.offset


@pytest.mark.parametrize("length", [0, 100, 5000, 200_000])
def test_cut_objects_are_refused(store, local, length):
    store.put("b/cut.tar", local.read_bytes()[:length])
    with pytest.raises((ShardError, StorageError)):
        Shard("s3://b/cut.tar")


def test_plain_http(store, local):
    upload(store, local, "web/x/a.tar")
    url = f"{store.endpoint}/web/x/a.tar"
    with Shard(url) as shard, Shard(local) as here:
        assert shard.sample(3) == here.sample(3)
    assert find_shards(url) and str(find_shards(url)[0]) == url
    with pytest.raises(UsageError, match="no list"):
        find_shards(f"{store.endpoint}/web/x")


def test_a_prefix_is_a_dataset(store, local):
    for key in ("d/VFHQ/b.tar", "d/VFHQ/a.tar", "d/VFHQ/x/c.tar", "d/VFHQ/.hidden.tar", "d/VFHQother/z.tar"):
        store.put(key, b"x")
    assert [str(one) for one in find_shards("s3://d/VFHQ")] == [
        "s3://d/VFHQ/a.tar",
        "s3://d/VFHQ/b.tar",
        "s3://d/VFHQ/x/c.tar",
    ]
    with pytest.raises(UsageError, match=r"no \.tar shard"):
        find_shards("s3://d/empty")


def test_what_is_not_there(store):
    with pytest.raises(ShardError, match=r"s3://b/never\.tar: no such object"):
        Shard("s3://b/never.tar")


def test_extents_that_are_read_in_order_share_their_requests(store, tmp_path):
    local = make(tmp_path / "many.tar", samples=200, video=3000)
    with Shard(upload(store, local, "b/many.tar")) as there, Shard(local) as here:
        store.log(clear=True)
        for row in range(len(here)):
            for column in here.columns:
                body = b"".join(map(bytes, there.pinned(row, column).pieces(memoryview(bytearray(1 << 20)))))
                assert body == here.read(row, column)
        sent = sum(line["sent"] for line in store.log())
        assert len(store.log()) < 12 and sent < 1.1 * local.stat().st_size


def test_options_beat_the_environment(store, local, monkeypatch):
    upload(store, local)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with Shard("s3://b/VFHQ/a.tar", StoreOptions(endpoint=store.endpoint)) as shard:
        assert len(shard) == 12


def test_shards_stay_the_same_files_for_tar(store, local, tmp_path):
    upload(store, local)
    (tmp_path / "back.tar").write_bytes(store.get("b/VFHQ/a.tar"))
    shutil.copy(tmp_path / "back.tar", tmp_path / "c.tar")
    with Shard(tmp_path / "c.tar") as shard:
        assert len(shard) == 12


def test_a_shard_that_is_replaced_while_it_is_opened_is_opened_again(store, local, tmp_path):
    """At one moment after the other, so that some come between two requests."""
    other = make(tmp_path / "o.tar", samples=5)
    keys = {len(Shard(path).keys): Shard(path).keys for path in (local, other)}
    for number in range(40):
        url = upload(store, local, index=False)

        def replace(wait=0.001 * number):
            time.sleep(wait)
            store.put("b/VFHQ/a.tar", other.read_bytes())

        beside = Thread(target=replace)
        beside.start()
        with Shard(url) as shard:
            assert shard.keys == keys[len(shard)]
        beside.join()
