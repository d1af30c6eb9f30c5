"""The Slurm scripts: bash and our commands can read them, and with stand-ins for Slurm's commands they start what they
should, where they should.
"""

import os
import shlex
import subprocess

import pytest

from tests.docs.reader import look_at
from tests.examples.notebook import EXAMPLES, ROOT

SCRIPTS = sorted((EXAMPLES / "slurm").glob("*.sbatch"))
#: A stand-in notes who called it, and with which words.
STAND_IN = '#!/bin/bash\nprintf "%q " "$(basename "$0")" "$@" >> "$CALLS"; echo >> "$CALLS"\n'


@pytest.fixture
def calls(tmp_path):
    """calls(script) -> the command lines that it ran, as words, on three nodes that are called n1 to n3."""
    folder = tmp_path / "faceshards" / "bin"
    folder.mkdir(parents=True)
    (folder / "activate").write_text("")
    for name in ("srun", "ray", "torchrun", "faceshards"):
        (folder / name).write_text(STAND_IN)
    (folder / "scontrol").write_text('#!/bin/bash\n[ "$*" = "show hostnames n[1-3]" ] && printf "n%s\\n" 1 2 3\n')
    for one in folder.iterdir():
        one.chmod(0o755)
    slurm = {"SLURM_JOB_NODELIST": "n[1-3]", "SLURM_NNODES": "3", "SLURM_CPUS_PER_TASK": "32", "SLURM_JOB_ID": "7"}
    places = {"HOME": str(tmp_path), "USER": "somebody", "CALLS": str(tmp_path / "calls")}
    environment = {**os.environ, **slurm, **places, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}

    def run(script):  # until all that it started has ended, which its output waits for
        started = ["bash", EXAMPLES / "slurm" / script]
        subprocess.run(
            started, env=environment, check=True, timeout=60, capture_output=True
        )  # to the end of all of them
        return [shlex.split(line) for line in (tmp_path / "calls").read_text().splitlines()]

    return run


def test_there_is_one_for_each_half_of_the_work():
    assert [script.name for script in SCRIPTS] == ["curate.sbatch", "train.sbatch"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_bash_reads_it_and_slurm_gives_one_task_a_node(script):
    subprocess.run(["bash", "-n", script], check=True)
    asked = [line.split()[1] for line in script.read_text().splitlines() if line.startswith("#SBATCH ")]
    assert "--ntasks-per-node=1" in asked and "--requeue" in asked
    assert int(next(one for one in asked if one.startswith("--nodes=")).split("=")[1]) > 1


def test_curate_starts_a_ray_on_all_nodes_and_the_command_on_it(calls):
    made = calls("curate.sbatch")
    steps = [words for words in made if words[0] == "srun"]
    head, others = sorted(steps, key=lambda words: "--head" not in words)
    assert {"--nodelist=n1", "--nodes=1", "--head", "--port=6379"} <= set(head)
    assert {"--exclude=n1", "--nodes=2", "--ntasks=2", "--address=n1:6379"} <= set(others)
    (command,) = (words for words in made if words[0] == "faceshards")
    assert command[-2:] == ["--ray", "n1:6379"]
    look_at(shlex.join(command))


def test_train_meets_on_the_first_node_and_its_command_is_there(calls):
    run = pytest.importorskip("torch.distributed.run")
    ((name, *words),) = calls("train.sbatch")
    assert (name, words[0]) == ("srun", "torchrun")
    said = run.get_args_parser().parse_args(words[1:])
    assert (said.nnodes, said.nproc_per_node, said.rdzv_backend) == ("3", "4", "c10d")
    assert (said.rdzv_endpoint, said.rdzv_id) == ("n1:29500", "7")
    assert said.module and said.training_script == "faceshards"
    command = ["faceshards", *said.training_script_args]
    look_at(shlex.join(command), placeholders=True)
    assert (ROOT / "train" / "presets" / f"{command[command.index('--config') + 1]}.toml").exists()
    assert "--resume" in command
