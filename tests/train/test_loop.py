"""The loop: its losses are those of a plain loop, and an interrupted run ends with the same ones."""

import os
import signal
from itertools import islice

import pytest
import torch

from faceshards.errors import FaceshardsError, StorageError, UsageError
from faceshards.models import checkpoint
from faceshards.train.interruption import Interrupted
from faceshards.train.loop import TrainingRun, train
from faceshards.train.run_folder import BEST, LATEST
from faceshards.train.tasks.task import frozen
from faceshards.train.validation import Validation
from tests.train.points import Points, loader, losses, rows


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


class Stopped(Exception):
    pass


@pytest.mark.parametrize("stop", [3, 4, 5, 8])
def test_an_interrupted_run_ends_with_the_losses_of_a_whole_one(faces, tmp_path, stop):
    how = {"steps": 9, "save_every": 4, "schedule": "cosine", "warmup": 2, "accumulate": 2, "clip": 5.0}
    how |= {"weight_decay": 0.01, "precision": "bf16", "look_every": 3}
    held = Validation(loader(faces, shuffle=False))
    train(Points(), loader(faces), TrainingRun(tmp_path / "whole", **how), validation=held)

    def interrupt(told):
        if told.step == stop:
            raise Stopped

    with pytest.raises(Stopped):
        train(Points(), loader(faces), TrainingRun(tmp_path / "cut", **how), interrupt, validation=held)
    torch.manual_seed(99)  # another process: its generator stands elsewhere
    run = TrainingRun(tmp_path / "cut", resume=True, **how)
    train(Points(), loader(faces, workers=1), run, validation=held)
    for name in ("losses.csv", "validation.csv"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    cut, whole = (checkpoint.load(tmp_path / name / BEST) for name in ("cut", "whole"))
    assert (cut.step, cut.best) == (whole.step, whole.best)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_end_leaves_a_checkpoint_to_go_on_from(faces, tmp_path, number):
    train(Points(), loader(faces), TrainingRun(tmp_path / "whole", steps=6))

    def ask(told):
        if told.step == 2:
            os.kill(os.getpid(), number)

    with pytest.raises(Interrupted, match=r"after step 2, .*checkpoint\.pt: run it again with --resume") as ended:
        train(Points(), loader(faces), TrainingRun(tmp_path / "cut", steps=6), ask)
    assert ended.value.exit_code == 128 + number and len(losses(tmp_path / "cut")) == 2
    train(Points(), loader(faces), TrainingRun(tmp_path / "cut", steps=6, resume=True))
    assert (tmp_path / "cut/losses.csv").read_bytes() == (tmp_path / "whole/losses.csv").read_bytes()


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
    for name, then, now in [("lr", r"0\.001", 0.01), ("precision", "'fp32'", "bf16"), ("accumulate", "1", 2)]:
        with pytest.raises(UsageError, match=f"trained with {name} {then}, not '?{now}"):
            train(Points(), loader(faces), TrainingRun(tmp_path, steps=4, resume=True, **{name: now}))
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


def test_epochs_end_a_run_too(faces, tmp_path):
    assert train(Points(), loader(faces), TrainingRun(tmp_path / "a", epochs=2))["steps"] == 6
    assert train(Points(), loader(faces), TrainingRun(tmp_path / "b", epochs=3, accumulate=2))["steps"] == 4
    assert train(Points(), loader(faces), TrainingRun(tmp_path / "c", epochs=2, steps=5))["steps"] == 5
    with pytest.raises(UsageError, match="does not know how long an epoch is"):
        train(Points(), iter(loader(faces)), TrainingRun(tmp_path / "d", epochs=2))


def test_a_second_run_in_the_same_folder_is_refused_while_the_first_one_runs(faces, tmp_path):
    def another(told):
        with pytest.raises(StorageError, match="another process is writing it"):
            train(Points(), loader(faces), TrainingRun(tmp_path, steps=2, resume=True))

    train(Points(), loader(faces), TrainingRun(tmp_path, steps=1), another)


def test_the_learning_rate_stands_beside_the_losses(faces, tmp_path):
    train(Points(), loader(faces), TrainingRun(tmp_path, steps=4, lr=0.01, warmup=2, schedule="cosine"))
    table = rows(tmp_path / "losses.csv")
    assert table[0] == ["step", "loss", "first", "lr"]
    assert [float(row[3]) for row in table[1:]] == pytest.approx([0.005, 0.01, 0.01, 0.005])


def test_who_watches_is_told_the_pace_and_what_held_out_data_say(faces, tmp_path):
    told = []
    held = Validation(loader(faces, shuffle=False))
    train(Points(), loader(faces), TrainingRun(tmp_path, steps=5, look_every=2), told.append, validation=held)
    assert told[0].pace == {"samples_per_second": None, "waiting": None}
    assert told[4].pace["samples_per_second"] > 0 and 0 <= told[4].pace["waiting"] <= 1
    assert [sorted(one.metrics) for one in told] == [[], ["first", "loss"], [], ["first", "loss"], ["first", "loss"]]


@pytest.mark.parametrize(
    "options",
    [
        {"steps": 0},
        {"steps": None},
        {"epochs": 0},
        {"lr": 0.0},
        {"lr": 1.0},
        {"save_every": 0},
        {"look_every": 0},
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
