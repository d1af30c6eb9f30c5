"""A small task with all that makes a training hard to repeat: batch norm and dropout."""

import torch

from faceshards.loaders import ShardDataset
from faceshards.loaders.views.speech_to_face import FaceWithPoints
from faceshards.train.tasks.task import Task


class Points(Task):
    """The mean colour of a face, through batch norm and dropout, guesses its points."""

    def __init__(self, dropout=0.5):
        torch.manual_seed(0)
        net = torch.nn.Sequential(
            torch.nn.Linear(3, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(dropout), torch.nn.Linear(8, 10)
        )
        super().__init__(net, {"task": "points", "hidden": 8})

    def forward(self, batch):
        guess = self.model(batch["face"].mean((2, 3)))
        return {"loss": (guess - batch["points"]).square().mean(), "first": guess[:, 0].mean()}

    def samples(self, batch):
        shade = (self.model(batch["face"].mean((2, 3)))[:, :3].sigmoid() * 255).byte()
        faces = (batch["face"] * 255).byte().permute(0, 2, 3, 1)[:, ::28, ::28]
        wave = batch["points"] / 224
        return {
            "shade": shade[:, None, None].expand_as(faces),
            "shade_target": faces,
            "wave": wave / 2,
            "wave_target": wave,
        }


def loader(faces, seed=0, workers=0, batch=2, shuffle=True):
    return ShardDataset(faces, missing="skip", seed=seed, view=FaceWithPoints()).loader(batch, workers, shuffle=shuffle)


def rows(path):
    return [line.split(",") for line in path.read_text().splitlines()]


def losses(folder):
    return [float(row[1]) for row in rows(folder / "losses.csv")[1:]]
