"""Loaders under torchrun and in Ray Train's workers; what 50 epochs leave behind."""

import json
import os
import subprocess
import sys

import pytest

from faceshards.loaders import Mix, ShardDataset

SCRIPT = """
import json, sys
from pathlib import Path
import torch, torch.distributed as dist
from faceshards.loaders import ShardDataset

def main():
    dist.init_process_group("gloo")
    loader = ShardDataset(sys.argv[1], ["x.npy"], seed=5).loader(12, num_workers=1)
    assert (loader.rank, loader.world) == (dist.get_rank(), dist.get_world_size())
    torch.manual_seed(0)
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(6, 1))
    steps = []
    for epoch in range(2):
        for batch in loader:
            loss = model(batch["x.npy"].flatten(1) / 100).mean()
            model.zero_grad()
            loss.backward()  # meets the other ranks: one that lacks a step would hang here
            every = [None] * dist.get_world_size()
            dist.all_gather_object(every, batch["__key__"])
            steps.append(every)
    if dist.get_rank() == 0:
        Path(sys.argv[2]).write_text(json.dumps(steps))
    dist.destroy_process_group()

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("world", [2, 3])
def test_under_torchrun_all_ranks_share_the_same_global_batches(data, tmp_path, world):
    script, out = tmp_path / "script.py", tmp_path / "steps.json"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={world}"]
    subprocess.run([*command, str(script), str(data), str(out)], check=True, timeout=180)
    alone = ShardDataset(data, ["x.npy"], seed=5).loader(12)
    expected = [batch["__key__"] for _ in range(2) for batch in alone]
    steps = json.loads(out.read_text())
    assert len(steps) == len(expected) == 16
    for whole, parts in zip(expected, steps, strict=True):
        assert [whole[rank::world] for rank in range(world)] == parts


TRAIN = """
import json, sys
from pathlib import Path
import torch.distributed as dist

def step(config):
    from faceshards.loaders import ShardDataset
    loader = ShardDataset(config["data"], ["x.npy"], seed=5).loader(12)
    keys = [batch["__key__"] for batch in loader]
    Path(config["out"], f"{dist.get_rank()}-{dist.get_world_size()}.json").write_text(json.dumps(keys))

if __name__ == "__main__":
    import ray
    from ray.train import RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer
    ray.init(num_cpus=2, include_dashboard=False)
    config = {"data": sys.argv[1], "out": sys.argv[2]}
    scaling = ScalingConfig(num_workers=2, resources_per_worker={"CPU": 1})
    run = RunConfig(storage_path=sys.argv[2] + "/ray", name="run")
    words = {"scaling_config": scaling, "run_config": run, "torch_config": TorchConfig("gloo")}
    TorchTrainer(step, train_loop_config=config, **words).fit()
"""


def test_in_ray_trains_workers(data, tmp_path):
    pytest.importorskip("ray.train.torch", reason="Ray Train is not installed: pip install 'ray[train]'")
    script = tmp_path / "train.py"
    script.write_text(TRAIN)
    environment = os.environ | {"RAY_TRAIN_V2_ENABLED": "1", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
    done = subprocess.run(
        [sys.executable, str(script), str(data), str(tmp_path)],
        timeout=240,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    expected = [batch["__key__"] for batch in ShardDataset(data, ["x.npy"], seed=5).loader(12)]
    for rank in range(2):
        assert json.loads((tmp_path / f"{rank}-2.json").read_text()) == [keys[rank::2] for keys in expected]


LEAK = """
import json, multiprocessing, os, sys
from faceshards.loaders import Mix, ShardDataset

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def main():
    workers = int(sys.argv[2])
    dataset = ShardDataset(sys.argv[1], ["x.npy", "ragged.npy", "big.npy", "face.jpg"])
    loader = Mix([dataset, dataset], [2, 1], stop="repeat").loader(12, workers)
    sizes, pids = [], {os.getpid()}
    for epoch in range(60):
        for batch in loader:
            pass
        sizes.append(resident())
        pids |= {child.pid for child in multiprocessing.active_children()}
    del loader, batch
    files = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            files.append(os.readlink(f"/proc/self/fd/{fd}"))
        except FileNotFoundError:
            pass
    print(json.dumps({"sizes": sizes, "files": files, "pids": sorted(pids)}))

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_fifty_epochs_leave_nothing_behind(data, tmp_path, workers):
    script = tmp_path / "leak.py"
    script.write_text(LEAK)
    done = subprocess.run(
        [sys.executable, str(script), str(data), str(workers)], check=True, timeout=240, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    early, late = found["sizes"][9], found["sizes"][-1]  # 50 epochs apart
    assert late <= early * 1.05, found["sizes"][::10]
    assert len(found["files"]) <= 8 and not [name for name in found["files"] if ".tar" in name or "torch" in name]
    assert len(found["pids"]) == 1 + workers
    ours = tuple(f"torch_{pid}_" for pid in found["pids"])  # as torch names its shared memory
    assert not [name for name in os.listdir("/dev/shm") if name.startswith(ours)]


def test_the_state_is_a_few_hundred_bytes_and_the_position_costs_nothing(data):
    mix = Mix(
        [ShardDataset(data, ["x.npy"]), ShardDataset(data, ["x.npy"], where="number < 30")], [1, 2], stop="repeat"
    )
    loader = mix.loader(10)
    size = len(loader)
    for position in (0, size // 2, size - 1):
        loader.load_state_dict({**loader.state_dict(), "batches": position})
        loader.bytes_read = 0
        next(iter(loader))
        assert len(json.dumps(loader.state_dict())) < 300
        assert loader.bytes_read == 10 * 152  # of ten arrays, wherever the position is
