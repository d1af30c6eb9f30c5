"""What an engine tells of itself while it works: every row once, nothing that waits when it is done."""

import json

import pytest

from faceshards.curation.engine import ClipTask, Engine, pulse
from faceshards.curation.engine.stage_clip import SharedClip
from faceshards.jobs import news
from faceshards.jobs.watch import Watchdog
from faceshards.shards.reader import Shard
from tests.curation.engine.toys import Light

FRAMES = [40, 90, 5]


def test_lines_add_up_to_what_the_networks_ran_and_something_waits_meanwhile(toy_shard, tmp_path, monkeypatch):
    heard: list[bytes] = []
    monkeypatch.setattr(pulse, "EVERY", 0.001)
    monkeypatch.setattr(news, "listeners", [heard.append])
    stage = Light()
    stage.runtimes, stage.device = ("torch",), "cuda"
    with Shard(toy_shard(FRAMES)) as shard, Watchdog(tmp_path / "slots") as watch:
        engine = Engine([stage], tmp_path, watch, in_hand=2)
        tasks = [ClipTask(SharedClip(shard, row, shard.json(row)), [stage]) for row in range(3)]
        engine.run(tasks, lambda done: None)
    assert all(map(news.is_pulse, heard))
    told = [json.loads(line)["pulse"] for line in heard]
    networks = [one["networks"]["light.mean"] for one in told if one["networks"]]
    (net,) = engine.batches
    assert sum(one["rows"] for one in networks) == net.rows == sum(FRAMES)
    assert sum(one["places"] for one in networks) == 4 * net.runs >= sum(FRAMES)
    assert sum(one["seconds"] for one in networks) == pytest.approx(net.busy, abs=1e-3) and net.busy > 0
    assert {one["device"] for one in networks} == {"cuda"}
    chunk = 48 * 64 * 3  # bytes of a picture
    waited = [one["queue_bytes"] for one in told]
    assert waited[-1] == 0 and chunk <= max(waited) <= 2 * (2 * 32 + 8) * chunk  # two chunks of two clips, and a batch
