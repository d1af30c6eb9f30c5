"""A reader goes round and round while a writer rewrites every shard under it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter

SHARDS, SAMPLES = 4, 25

WRITER = """
import sys
from pathlib import Path
import numpy as np
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.rewrite import rewrite

folder, times = Path(sys.argv[1]), int(sys.argv[2])
for turn in range(times):
    for tar in sorted(folder.glob("*.tar")):
        rewrite(tar, {"turn.npy": lambda row: encode("turn.npy", np.full(10 * turn + 1, turn))},
                lambda row, old: {**old, "turn": turn}, [Provenance("turn", turn, {})])
print("done")
"""


def make(folder: Path) -> dict[str, bytes]:
    """Shards, and the truth: key -> clip."""
    rng, truth = np.random.default_rng(0), {}
    for number in range(SHARDS):
        with ShardWriter(folder / f"s{number}.tar", provenance=[Provenance("pack", 1)]) as writer:
            for i in range(SAMPLES):
                key = f"s{number}k{i}"
                truth[key] = rng.bytes(20_000 + i)
                writer.add(key, {"json": {"name": key}, "mp4": truth[key]})
    return truth


def race(folder: Path, epochs: int, times: int) -> tuple[int, int]:
    """Reads every sample in each of some epochs, and on until the writer ends; gives how often a
    shard was opened anew, and epochs meanwhile.
    """
    truth = make(folder)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(times)], stdout=subprocess.PIPE, text=True
    )
    reopened = during = 0
    shards = [Shard(tar) for tar in sorted(folder.glob("*.tar"))]
    while epochs > 0 or writer.poll() is None:
        epochs -= 1
        during += writer.poll() is None
        seen = []
        for number, shard in enumerate(shards):
            for row in range(len(shard)):
                if row % 5 == 2 and not shard.is_current():  # in mid-epoch, between two rows
                    shard.close()
                    shard = shards[number] = Shard(shard.path)
                    reopened += 1
                key = shard.keys[row]
                assert shard.read(row, "mp4") == truth[key], "corrupt"
                facts = shard.json(row)
                assert facts["name"] == key
                if "turn" in facts:
                    turn = facts["turn"]
                    assert shard.get(row, "turn.npy").tolist() == [turn] * (10 * turn + 1), "columns of two generations"
                seen.append(key)
        assert sorted(seen) == sorted(truth), "a sample is missing or came twice"
    assert writer.communicate()[0] == "done\n"
    for shard in shards:
        shard.close()
        with Shard(shard.path) as last:
            assert all(last.json(row)["turn"] == times - 1 for row in range(len(last)))
    return reopened, during


def test_a_reader_follows_a_writer(tmp_path):
    reopened, _ = race(tmp_path, epochs=8, times=3)
    assert reopened > 0


@pytest.mark.slow
def test_twenty_epochs_against_ten_rewrites_of_every_shard(tmp_path, capsys):
    reopened, during = race(tmp_path, epochs=20, times=10)
    with capsys.disabled():
        print(
            f"\n20 epochs, {SHARDS} shards rewritten 10 times, {reopened} new generations followed in mid-epoch, "
            f"{during} epochs while the writer lived: 0 missing, 0 twice, 0 corrupt"
        )
    assert reopened > 0
