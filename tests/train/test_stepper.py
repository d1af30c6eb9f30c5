"""A step: accumulated batches are one larger batch, clipping holds, fp16 leaves a step out that overflows."""

import pytest
import torch

from faceshards.errors import FaceshardsError
from faceshards.train.optimisation import Optimisation
from faceshards.train.ranks import Ranks
from faceshards.train.stepper import Stepper, rows_of
from faceshards.train.tasks.task import Task

ALONE = Ranks(0, 1, torch.device("cpu"))


class Slope(Task):
    """y = w x, whose loss may be blown up by the batch."""

    def __init__(self):
        torch.manual_seed(0)
        super().__init__(torch.nn.Linear(3, 1, bias=False), {"task": "slope"})

    def forward(self, batch):
        return {"loss": (self.model(batch["x"]) - 1).square().mean() * batch.get("blown", 1.0)}


def stepped(batches, **how):
    task = Slope()
    stepper = Stepper(task, Optimisation(**how), ALONE)
    return stepper(1, batches, 0.01), task.model.weight.detach(), stepper


def test_batches_of_any_sizes_accumulate_to_one():
    x = torch.randn(6, 3)
    one, weight, _ = stepped([{"x": x}])
    parts, same, _ = stepped([{"x": x[:4]}, {"x": x[4:]}], accumulate=2)
    assert parts["loss"] == pytest.approx(one["loss"], rel=1e-6)
    assert torch.allclose(weight, same, atol=1e-7)


def test_all_gradients_together_are_no_longer_than_the_clip():
    _, _, stepper = stepped([{"x": 100 * torch.randn(6, 3)}], clip=0.5)
    (weight,) = stepper.optimizer.param_groups[0]["params"]
    assert weight.grad.norm() == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_the_forward_pass_computes_in_the_precision_and_weights_stay_float32(precision):
    x = torch.randn(6, 3)
    losses, weight, stepper = stepped([{"x": x}], precision=precision)
    exact, _, _ = stepped([{"x": x}])
    assert weight.dtype == torch.float32 and losses["loss"] == pytest.approx(exact["loss"], rel=0.05)
    assert stepper.scaler.is_enabled() == (precision == "fp16")


def test_fp16_leaves_out_what_overflows_until_no_smaller_scale_helps():
    task = Slope()
    stepper = Stepper(task, Optimisation(precision="fp16"), ALONE)
    before, scale = task.model.weight.detach().clone(), stepper.scaler.get_scale()
    batch = {"x": torch.randn(6, 3), "blown": float("inf")}
    stepper(1, [batch], 0.01)
    assert torch.equal(task.model.weight, before) and stepper.scaler.get_scale() == scale / 2
    with pytest.raises(FaceshardsError, match=r"loss of step \d+ is not finite .*--precision bf16"):
        for step in range(2, 40):
            stepper(step, [batch], 0.01)


def test_a_loss_that_is_not_finite_moves_no_weight():
    task = Slope()
    before = task.model.weight.detach().clone()
    with pytest.raises(FaceshardsError, match="loss of step 7 is not finite"):
        Stepper(task, Optimisation(), ALONE)(7, [{"x": torch.full((2, 3), torch.nan)}], 0.01)
    assert torch.equal(task.model.weight, before)


def test_rows_are_counted_by_keys_or_by_the_first_column():
    assert (
        rows_of({"x": torch.zeros(5, 2), "__key__": ["a", "b", "c", "d", "e"]}) == rows_of({"x": torch.zeros(5)}) == 5
    )
