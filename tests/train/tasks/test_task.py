"""What a task that says nothing of it validates and shows: its losses, and nothing."""

import torch

from faceshards.train.tasks.task import Task, pictures


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


def test_pictures_are_rounded_not_cut():
    planes = torch.tensor([0.0, 0.5, 1.0, 2.0]).reshape(1, 1, 2, 2).expand(1, 3, 2, 2)
    assert pictures(planes)[0, :, :, 0].tolist() == [[0, 128], [255, 255]]
