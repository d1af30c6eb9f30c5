"""Parts of spills in a store, read back; what is of other generations goes."""

from faceshards.bench.object_store import ObjectStore
from faceshards.curation.spill import Finished
from faceshards.curation.spill_store import CLIPS, SentSpill, SpillStore
from faceshards.curation.spills import Spills
from faceshards.shards.storage.remote import Cache, Url


def test_what_is_finished_goes_up_in_parts_and_comes_back(tmp_path, monkeypatch):
    with ObjectStore(tmp_path / "store") as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        store = SpillStore(Url("s3://bucket", "a.tar"), "0123", Cache(tmp_path / "kept", 1 << 20))
        spill = SentSpill(tmp_path, 1, "host-1", store)
        for row in range(CLIPS + 1):
            spill.add(row, Finished({"row": row}), {"light.npy": b"abc"})
        spill.flush()
        assert len(store.names()) == 2
        found = Spills(tmp_path, store.spills())
        assert [found.finished(row).facts["row"] for row in found.rows] == list(range(CLIPS + 1))
        store.remove()
        assert not store.is_begun()
