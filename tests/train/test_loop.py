"""The loop: its losses are those of a plain loop, and an interrupted run ends with the same ones."""

from itertools import islice

import pytest
import torch

from faceshards.errors import FaceshardsError, UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.views.speech_to_face import FaceWithPoints
from faceshards.train.loop import LATEST, TrainingRun, train
from faceshards.train.tasks.task import Task, frozen


class Points(Task):
    """The mean colour of a face, through batch norm and dropout, guesses its points."""

    def __init__(self):
        torch.manual_seed(0)
        net = torch.nn.Sequential(
            torch.nn.Linear(3, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 10)
        )
        super().__init__(net, {"task": "points", "hidden": 8})

    def forward(self, batch):
        return {"loss": (self.model(batch["face"].mean((2, 3))) - batch["points"]).square().mean()}


def loader(faces, seed=0, workers=0):
    return ShardDataset(faces, missing="skip", seed=seed, view=FaceWithPoints()).loader(2, workers)


def losses(folder):
    return [float(line.split(",")[1]) for line in (folder / "losses.csv").read_text().splitlines()[1:]]


def test_the_losses_are_those_of_a_plain_loop(faces, tmp_path):
    outcome = train(Points(), loader(faces), TrainingRun(tmp_path, steps=7, lr=0.01))
    task, expected = Points(), []
    optimizer, data = torch.optim.Adam(task.model.parameters(), lr=0.01), loader(faces)
    batches = [batch for _ in range(3) for batch in data]  # three batches an epoch: seven faces, two a batch
    for batch in islice(batches, 7):
        loss = task(batch)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        expected.append(loss.item())
    assert losses(tmp_path) == expected
    assert outcome["steps"] == 7 and outcome["first"] == expected[0] and outcome["last"] == expected[-1]


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("stop", [3, 4, 5, 8])
def test_an_interrupted_run_ends_with_the_losses_of_a_whole_one(faces, tmp_path, stop):
    train(Points(), loader(faces), TrainingRun(tmp_path / "whole", steps=9, save_every=4))

    def interrupt(told):
        if told.step == stop:
            raise Interrupted

    with pytest.raises(Interrupted):
        train(Points(), loader(faces), TrainingRun(tmp_path / "cut", steps=9, save_every=4), interrupt)
    torch.manual_seed(99)  # another process: its generator stands elsewhere
    train(Points(), loader(faces, workers=1), TrainingRun(tmp_path / "cut", steps=9, save_every=4, resume=True))
    assert (tmp_path / "cut" / "losses.csv").read_bytes() == (tmp_path / "whole" / "losses.csv").read_bytes()


def test_resuming_a_finished_run_changes_nothing_and_more_steps_go_on(faces, tmp_path):
    first = train(Points(), loader(faces), TrainingRun(tmp_path, steps=4))
    again = train(Points(), loader(faces), TrainingRun(tmp_path, steps=4, resume=True))
    assert first == again
    assert train(Points(), loader(faces), TrainingRun(tmp_path, steps=6, resume=True))["steps"] == 6


def test_a_checkpoint_is_not_overwritten_or_mixed_up(faces, tmp_path):
    train(Points(), loader(faces), TrainingRun(tmp_path, steps=2))
    with pytest.raises(UsageError, match="holds a checkpoint already: give --resume"):
        TrainingRun(tmp_path, steps=2)
    other = Points()
    other.config["hidden"] = 9
    with pytest.raises(UsageError, match="trained with hidden 8, not 9"):
        train(other, loader(faces), TrainingRun(tmp_path, steps=4, resume=True))
    with pytest.raises(UsageError, match=r"trained with lr 0\.001, not 0\.01"):
        train(Points(), loader(faces), TrainingRun(tmp_path, steps=4, lr=0.01, resume=True))
    with pytest.raises(UsageError, match="seed 0, this loader has 1"):
        train(Points(), loader(faces, seed=1), TrainingRun(tmp_path, steps=4, resume=True))


def test_a_loss_that_is_not_finite_stops_the_run(faces, tmp_path):
    task = Points()
    with torch.no_grad():
        task.model[3].bias[0] = float("inf")
    with pytest.raises(FaceshardsError, match=r"loss of step 1 is not finite .*lower --lr"):
        train(task, loader(faces), TrainingRun(tmp_path, steps=2))
    assert not (tmp_path / LATEST).exists()


def test_data_without_a_batch_do_not_loop_for_ever(tmp_path):
    with pytest.raises(UsageError, match="gave no batch"):
        train(Points(), [], TrainingRun(tmp_path, steps=2))


@pytest.mark.parametrize(
    "options",
    [
        {"steps": 0},
        {"lr": 0.0},
        {"lr": 1.0},
        {"save_every": 0},
        {"device": "cuda:77"},
        {"device": "foo"},
        {"device": "cpu:1"},
    ],
)
def test_a_run_that_cannot_work_is_refused(tmp_path, options):
    with pytest.raises(UsageError):
        TrainingRun(tmp_path, **{"steps": 1, **options})


def test_a_frozen_net_keeps_its_weights_and_passes_gradients():
    net = frozen(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)))
    x = torch.randn(4, 2, requires_grad=True)
    net(x).sum().backward()
    assert x.grad is not None and all(weight.grad is None for weight in net.parameters())
    assert not net.training
