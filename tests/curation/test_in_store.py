"""Shards of a store, curated in place: the bytes that a copy on a disk gets, whatever is killed; nothing left over."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.curation.curate import curate
from faceshards.curation.open_shard import OpenShard
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import run_shard
from faceshards.curation.shard_work import ShardWork
from faceshards.curation.spill_store import SpillStore
from faceshards.errors import StorageError, UsageError
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from faceshards.jobs.scratch import Scratch
from faceshards.shards.reader import Shard
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.remote import StoreOptions, open_store
from faceshards.shards.storage.remote.upload import sweep
from faceshards.shards.storage.url import Url
from tests.curation.conftest import ROOT_ENV, sample, write_shard
from tests.curation.toy_stages import Length, Light, Peak

URL = Url("s3://bucket", "set/group.tar")
WHOLE = ["set/group.curate.json", "set/group.parquet", "set/group.tar"]
STAGES = "spectrogram,loudness,stylize"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(running, monkeypatch):
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    running.heal()
    running.slow(0)
    for key in keys():
        open_store(URL.root, StoreOptions()).delete(key)
    running.log(clear=True)
    return running


@pytest.fixture
def there(store, shard) -> Path:
    """The six clips in the store, and their copy on the disk."""
    store.put("bucket/set/group.tar", shard.read_bytes())
    return shard


@pytest.fixture
def scratch(tmp_path) -> Scratch:
    return Scratch(tmp_path / "scratch")


def keys() -> list[str]:
    return sorted(key for key, _ in open_store(URL.root, StoreOptions()).list(""))


def test_a_shard_in_a_store_gets_the_bytes_that_its_copy_on_a_disk_gets(there, store, scratch):
    plan = StagePlan((Light(), Peak()))
    here, away = run_shard(there, plan), run_shard(URL, plan, scratch=scratch)
    assert store.get("bucket/set/group.tar") == there.read_bytes()
    assert (away.seen, away.whole, away.failed) == (here.seen, here.whole, here.failed)
    assert keys() == WHOLE
    assert sweep(URL, StoreOptions()) == 0
    assert Report.load(URL.with_name("group.curate.json")).record() == away.record()
    assert [path.name for path in scratch.root.iterdir()] == ["kept"]


def test_another_stage_adds_to_what_stands_there(there, store, scratch):
    for plan in (StagePlan((Light(),)), StagePlan((Light(), Length()))):
        run_shard(there, plan)
        run_shard(URL, plan, scratch=scratch)
    assert store.get("bucket/set/group.tar") == there.read_bytes()


def test_each_byte_of_a_shard_is_read_once_and_a_run_with_nothing_to_do_takes_no_lease(there, store, scratch):
    size = there.stat().st_size
    run_shard(URL, StagePlan((Light(),)), scratch=scratch)
    read = sum(one["sent"] for one in store.log(clear=True) if one["key"] == "bucket/set/group.tar")
    assert size <= read <= size + 4 * 16 * 1024 + 1024  # the first bytes, at each of four openings; an error page
    run_shard(URL, StagePlan((Light(),)), scratch=scratch)
    assert {one["operation"] for one in store.log()} == {"GetObject"}


def test_a_second_run_on_the_shard_is_refused_by_name(there, store, scratch):
    with lease(URL, work="somebody's work"), pytest.raises(StorageError, match=r"group.tar.*somebody's work"):
        OpenShard(str(URL), StagePlan((Light(),)), 0.0, scratch)


@pytest.mark.parametrize("url", ["gs://bucket/a.tar", "az://container/a.tar"])
def test_a_store_that_cannot_replace_a_large_object_is_refused_before_any_work(url):
    with pytest.raises(UsageError, match=rf"{url}: a store must replace"):
        curate([url])


def test_what_a_run_finished_goes_on_on_another_machine(there, store, tmp_path):
    """The first machine dies in the midst: its scratch folder is gone with it."""
    here, other = (Scratch(tmp_path / name) for name in ("one", "two"))
    opened = OpenShard(str(URL), StagePlan((Light(),)), 0.0, here)
    opened.held.release()
    with here.open(URL) as shard:
        ShardWork(shard, StagePlan((Light(),)), "one-1", scratch=here).rows(list(opened.items)[:4])
        generation = shard.generation
    opened.journal.suspect(["astro 3"])
    names = SpillStore(URL, generation, other.cache).names()
    assert sum(name.startswith("spill.") for name in names) == 1
    again = OpenShard(str(URL), StagePlan((Light(),)), 0.0, other)
    again.held.release()
    assert list(again.items) == list(opened.items)[4:]
    assert again.journal.starts == 2
    run_shard(URL, StagePlan((Light(),)), scratch=other)
    run_shard(there, StagePlan((Light(),)))
    assert store.get("bucket/set/group.tar") == there.read_bytes()
    assert not any(".work" in key for key in keys())


def test_what_is_left_of_another_generation_goes(there, store, scratch):
    store.put("bucket/set/.group.work/0123/spill.000001.host-1.000000", b"rubbish")
    store.put("bucket/set/.group.work/0123/journal.host", b"rubbish")
    run_shard(there, StagePlan((Light(),)))
    run_shard(URL, StagePlan((Light(),)), scratch=scratch)
    assert store.get("bucket/set/group.tar") == there.read_bytes()
    assert not any(".work" in key for key in keys())


@pytest.mark.parametrize("does", ["status", "reset", "lose"])
def test_faults_of_a_store_change_nothing(there, store, scratch, does):
    for operation in ("GetObject", "PutObject", "ListObjectsV2", "UploadPart", "CompleteMultipartUpload"):
        for skip in (0, 3):
            store.fail(does, operation=operation, skip=skip, status=500)
    run_shard(URL, StagePlan((Light(), Peak())), scratch=scratch)
    store.heal()
    run_shard(there, StagePlan((Light(), Peak())))
    assert store.get("bucket/set/group.tar") == there.read_bytes()
    assert keys() == WHOLE


def command(where: str, scratch: Path, *words: str) -> list[str]:
    line = [sys.executable, "-m", "faceshards", "curate", where, "--stages", STAGES, "--inline", *words]
    return [*line, "--scratch", str(scratch)]


def test_a_run_that_is_killed_goes_on_with_the_same_command(there, store, tmp_path):
    environment = {**ROOT_ENV, **store.environment}
    process = subprocess.Popen(
        command("s3://bucket/set", tmp_path / "one"), env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    journal = Scratch(tmp_path / "one").work_folder(URL) / "journal"
    end = time.monotonic() + 90
    while process.poll() is None and time.monotonic() < end and len(Journal(journal).ended) < 2:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"
    for where, folder in (("s3://bucket/set", "two"), (str(there), "three")):
        subprocess.run(command(where, tmp_path / folder), env=environment, check=True, stdout=subprocess.DEVNULL)
    assert store.get("bucket/set/group.tar") == there.read_bytes()
    assert keys() == WHOLE
    assert sweep(URL, StoreOptions()) == 0
    with Shard(URL) as opened:
        assert len(opened) == 6


@pytest.mark.slow
def test_thirty_kills_at_random_change_nothing(store, bodies, tmp_path):
    """Each run may be on another machine: it has one of two scratch folders."""
    people = {f"{name} {i}": sample(name, body, identity=name[:5]) for i in range(20) for name, body in bodies.items()}
    shard = write_shard(tmp_path / "data" / "group.tar", people)
    store.put("bucket/set/group.tar", shard.read_bytes())
    environment, chance = {**ROOT_ENV, **store.environment}, random.Random(16)
    kills = 0
    for number in range(60):
        words = command("s3://bucket/set", tmp_path / f"scratch{chance.randrange(2)}")
        process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(2, 8) if number < 40 else None)
            assert process.returncode == 0
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
    assert kills >= 20
    subprocess.run(command(str(shard), tmp_path / "other"), env=environment, check=True, stdout=subprocess.DEVNULL)
    assert store.get("bucket/set/group.tar") == shard.read_bytes()
    assert keys() == WHOLE and sweep(URL, StoreOptions()) == 0
