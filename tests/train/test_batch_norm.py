"""Batch norm over all processes: in two of them what one makes of the same rows, forward and back."""

import subprocess
import sys

import pytest
import torch

from faceshards.train.batch_norm import BatchNormAcrossRanks, across_ranks

SCRIPT = """
import sys
import pytest
import torch
from torch import distributed, nn
from faceshards.train.batch_norm import across_ranks

torch.manual_seed(0)
x = torch.randn(6, 3, 4, 5)
weights = torch.randn(6, 3, 4, 5)
net = nn.Sequential(nn.BatchNorm2d(3))
rows = x.clone().requires_grad_()
(net(rows) * weights).sum().backward()
distributed.init_process_group("gloo")
rank = distributed.get_rank()
mine = slice(0, 4) if rank == 0 else slice(4, 6)
split = across_ranks(nn.Sequential(nn.BatchNorm2d(3)))
part = x[mine].clone().requires_grad_()
made = split(part)
(made * weights[mine]).sum().backward()
for name, value in net.state_dict().items():
    assert torch.allclose(value.float(), split.state_dict()[name].float(), atol=1e-6), name
assert torch.allclose(part.grad, rows.grad[mine], atol=1e-5)
gradient = split[0].weight.grad.clone()
distributed.all_reduce(gradient)
assert torch.allclose(gradient, net[0].weight.grad, atol=1e-4)
distributed.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes_of_unequal_rows_make_what_one_does(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run([*command, str(tmp_path / "script.py")], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]


def test_weights_and_names_are_the_very_same():
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sequential(torch.nn.BatchNorm1d(4)))
    names, weight = list(net.state_dict()), net[1][0].weight
    made = across_ranks(net)
    assert isinstance(made[1][0], BatchNormAcrossRanks) and made[1][0].weight is weight
    assert list(made.state_dict()) == names
    expected = torch.nn.functional.batch_norm(torch.ones(2, 4), torch.zeros(4), torch.ones(4))
    assert torch.equal(made.eval()[1](torch.ones(2, 4)), expected)
