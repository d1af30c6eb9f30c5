"""What a task that says nothing of it validates and shows: its losses, and nothing."""

import torch

from faceshards.train.tasks.task import Task


class Double(Task):
    def __init__(self):
        super().__init__(torch.nn.Linear(1, 1), {"task": "double"})

    def forward(self, batch):
        loss = (self.model(batch["x"]) - 2 * batch["x"]).square().mean()
        return {"loss": loss, "half": loss / 2}


def test_the_metrics_are_the_losses_as_numbers_and_there_are_no_samples():
    task, batch = Double(), {"x": torch.ones(3, 1)}
    with torch.no_grad():
        metrics = task.validate(batch)
        assert metrics["loss"] == task(batch)["loss"].item() == 2 * metrics["half"]
        assert task.samples(batch) == {} and task.sound_rate == 16000
