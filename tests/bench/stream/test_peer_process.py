"""What the peers are asked for: the same samples and the same questions as this project answers."""

import json
import multiprocessing
import subprocess
import sys
import time

import numpy as np
import pytest

from faceshards.bench.stream import alignment, peer_process, small
from faceshards.bench.stream.peers import PYTHON
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def urls(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    return [small.write(folder / f"s{shard}.tar", range(shard, 40, 4)) for shard in range(4)]


def test_it_stands_alone(tmp_path):
    """In the peers' environment nothing of this project can be imported."""
    code = f"import runpy; runpy.run_path({peer_process.__file__!r}, run_name='peer')"
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_peers_write_the_samples_that_we_write(urls):
    with Shard(urls[1]) as shard:
        for row in range(len(shard)):
            sample = peer_process.arrays(shard.json(row)["number"])
            for name in ("a", "b"):
                np.testing.assert_array_equal(shard.get(row, f"{name}.npy"), sample[name])


def test_a_clip_is_the_bytes_of_its_member(urls):
    with Shard(urls[0]) as shard:
        extent = shard.extent(3, "a.npy")
        assert peer_process.clip((urls[0], extent.offset, extent.size)) == {"mp4": shard.read(3, "a.npy")}


@pytest.mark.parametrize("number", [0, 5, 239])
def test_both_sides_read_a_picture_and_a_click_alike(number):
    picture = alignment.picture(number)
    assert peer_process.spelled(picture) == alignment.spelled(picture) == number
    samples = np.zeros(alignment.RATE, np.float32)
    samples[100 * number + 7 :] = 0.5
    assert peer_process.click(samples, alignment.RATE) == alignment.click(samples)
    assert peer_process.click(samples[:0], alignment.RATE) == alignment.click(samples[:0]) == -1.0


def test_the_first_batch_is_not_timed():
    def batches():
        time.sleep(0.2)
        yield
        for _ in range(3):
            time.sleep(0.01)
            yield

    assert 0.03 <= peer_process.timed(batches(), 3) < 0.2
    with pytest.raises(StopIteration):
        peer_process.timed(iter(range(3)), 3)  # an epoch that is too short is no result


def burnt(seconds, done):
    while time.process_time() < seconds:
        pass
    done.wait()


def test_the_processor_time_of_workers_counts():
    context = multiprocessing.get_context("fork")
    done, before = context.Event(), peer_process.spent()
    worker = context.Process(target=burnt, args=(0.3, done))
    own = time.process_time()
    worker.start()
    while peer_process.spent() - before < 0.2:  # else the test's time limit ends it
        time.sleep(0.02)
    own = time.process_time() - own
    done.set()
    worker.join()
    assert own < 0.2


def test_webdataset_gives_every_key_once_and_in_another_order(urls):
    pytest.importorskip("webdataset")
    keys = [f"k{number:06d}" for number in range(40)]
    order = peer_process.shuffled_webdataset(urls, 100)
    assert sorted(order) == keys and order != keys
    assert peer_process.shuffled_webdataset(urls, 100) == order != peer_process.shuffled_webdataset(urls, 100, seed=1)


def test_webdataset_s_batches_are_timed(urls):
    pytest.importorskip("webdataset")
    assert 0 < peer_process.small_webdataset(urls, batch=8, batches=3) < 30


@pytest.mark.peers
@pytest.mark.skipif(not PYTHON.exists(), reason="`make peers` installs webdataset, LitData and decord")
def test_each_line_has_its_answer_and_an_error_is_one(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as out:
        out.add("k", {"json": b"{}"})
    asked = [
        {"call": "shuffled_webdataset", "words": {"urls": [str(tmp_path / "a.tar")], "buffer": 1}},
        {"call": "nothing", "words": {}},
        {"call": "frames_decord", "words": {"paths": [], "frames": 1, "begins": []}},
    ]
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    done = subprocess.run([PYTHON, peer_process.__file__], input=lines, capture_output=True, text=True, check=True)
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert (first, third) == ({"value": ["k"]}, {"value": []}) and second["error"].startswith("KeyError")
