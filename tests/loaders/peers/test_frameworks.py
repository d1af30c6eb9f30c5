"""Loaders in other people's trainers, the real libraries: every row once, the same rows to validate, exact resume."""

import json
import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from faceshards.loaders import ShardDataset

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".peers" / "bin" / "python"
PAGE = (ROOT / "docs" / "training.md").read_text("utf-8")

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(not PYTHON.exists(), reason="`make peers` installs the frameworks"),
]


def run(folder: Path, script: str, text: str, *words: str, starter: tuple[str, ...] = ()) -> str:
    """Runs a script with the peers' libraries beside this project and what it needs."""
    (folder / script).write_text(text)
    paths = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    done = subprocess.run(
        [str(PYTHON), *starter, script, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


ACCELERATE = """
import json, sys
from accelerate import Accelerator, DataLoaderConfiguration, skip_first_batches
from faceshards.errors import UsageError
from faceshards.loaders import ShardDataset

def keys(batches):
    return [batch["__key__"] for batch in batches]

if __name__ == "__main__":
    dataset, said = ShardDataset(sys.argv[1], ["x.npy"]), {}
    for dispatch in (None, True, False):
        accelerator = Accelerator(cpu=True, dataloader_config=DataLoaderConfiguration(dispatch_batches=dispatch))
        loader = accelerator.prepare(dataset.loader(10, num_workers=1))
        said[str(dispatch)] = keys(loader)
        loader.close()
    loader = accelerator.prepare_data_loader(dataset.loader(10))
    accelerator.free_memory()
    loader = accelerator.prepare(loader)
    batches = iter(loader)
    said["first"] = keys(next(batches) for _ in range(3))
    accelerator.save_state("state")
    other = Accelerator(cpu=True)
    again = other.prepare(dataset.loader(10))
    other.load_state("state")
    said["rest"] = keys(again)
    try:
        keys(skip_first_batches(dataset.loader(10), 2))
    except UsageError as error:
        said["skipped"] = str(error)
    print(json.dumps(said))
"""


def test_accelerate_hands_the_loader_back_and_keeps_its_position(data, tmp_path):
    said = json.loads(run(tmp_path, "check.py", ACCELERATE, str(data)).splitlines()[-1])
    expected = [batch["__key__"] for batch in ShardDataset(data, ["x.npy"]).loader(10)]
    assert said["None"] == said["True"] == said["False"] == expected and len(expected) == 10
    assert said["first"] + said["rest"] == expected
    assert "iterate over the loader itself" in said["skipped"]


LIGHTNING = """
import json, sys
import lightning, torch
from faceshards.loaders import ShardDataset

class Model(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net, self.trained, self.checked = torch.nn.Linear(6, 1), [], [[]]

    def training_step(self, batch, number):
        self.trained.append(batch["__key__"])
        if len(self.trained) == 13 and len(sys.argv) > 2:
            self.trainer.save_checkpoint("middle.ckpt")
        return self.net(batch["x.npy"].flatten(1) / 100).square().mean()

    def validation_step(self, batch, number):
        self.checked[-1].append(batch["__key__"])

    def on_validation_epoch_end(self):
        self.checked.append([])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 1e-3)

def fit(dataset, **words):
    model = Model()
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    trainer = lightning.Trainer(max_epochs=2, limit_val_batches=3, enable_checkpointing=False, **quiet)
    trainer.fit(model, dataset.loader(10), dataset.loader(10, shuffle=False), **words)
    return model

if __name__ == "__main__":
    dataset = ShardDataset(sys.argv[1], ["x.npy"])
    first = fit(dataset)
    sys.argv = sys.argv[:2]
    second = fit(dataset, ckpt_path="middle.ckpt")
    print(json.dumps({"trained": first.trained, "checked": first.checked[:-1], "resumed": second.trained}))
"""


def test_lightning_trains_on_all_validates_on_the_same_and_resumes(data, tmp_path):
    said = json.loads(run(tmp_path, "check.py", LIGHTNING, str(data), "save").splitlines()[-1])
    loader = ShardDataset(data, ["x.npy"]).loader(10)
    assert said["trained"] == [batch["__key__"] for _ in range(2) for batch in loader]
    fixed = [batch["__key__"] for batch in ShardDataset(data, ["x.npy"]).loader(10, shuffle=False)]
    assert said["checked"] == [fixed[:2], fixed[:3], fixed[:3]]  # the sanity check has two batches
    assert said["resumed"] == said["trained"][-len(said["resumed"]) :] and len(said["resumed"]) in (7, 8)


@pytest.mark.parametrize("name", ["plain", "ddp", "with_lightning", "with_accelerate", "with_ray"])
def test_the_pages_own_script_runs(write_shard, tmp_path, name):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "shards").symlink_to(write_shard("a", range(40)).parent)
    (script,) = re.findall(rf"```python\n(# {name}\.py\n.*?)```", PAGE, re.S)
    starter = ("-m", "torch.distributed.run", "--nproc-per-node", "2") if name == "ddp" else ()
    run(tmp_path, f"{name}.py", script, starter=starter)
