"""The options of a training: a frozen dataclass, stated once, that the command of each task is made from."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from faceshards.train.config import from_config, write_config

if TYPE_CHECKING:  # these import torch, which --help needs none of
    from faceshards.loaders.serve.view import View
    from faceshards.train.face_targets import FaceTargets
    from faceshards.train.tasks.task import Task


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(ABC):
    """What every training takes. A task's own options are a subclass: its docstring is the command's help."""

    data: Annotated[list[str], typer.Option(help="Shards or folders of shards, paths or URLs; may be given again.")]
    out: Annotated[Path, typer.Option(help="Folder for checkpoint.pt, losses.csv and TensorBoard's files.")]
    config: Annotated[
        str | None,
        typer.Option(
            help="A TOML file with options, or a preset's name; what is given here wins.",
            callback=from_config,
            is_eager=True,
        ),
    ] = None
    where: Annotated[str | None, typer.Option(help="Only rows that match: an expression, or a recipe's name.")] = None
    loader: Annotated[
        str, typer.Option("--loader", help="shards (exact resume) or webdataset (the classic pipeline).")
    ] = "shards"
    width: Annotated[
        float,
        typer.Option(min=0.01, max=4, help="Channels as a share of the published: 0.125 trains on a laptop."),
    ] = 1.0
    batch_size: Annotated[int, typer.Option(min=2, help="Samples a step.")] = 2
    steps: Annotated[int, typer.Option(min=1, help="Steps in all, those before a resume included.")] = 1000
    lr: Annotated[float, typer.Option("--lr", help="Adam's learning rate.")] = 1e-3
    seed: Annotated[int, typer.Option(min=0, help="Seed of weights and order.")] = 0
    num_workers: Annotated[int, typer.Option(min=0, help="Processes that load data.")] = 0
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --out, if there is one.")] = (
        False
    )
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 10
    face_encoder: Annotated[
        Path | None,
        typer.Option(
            help="VGG-Face's state_dict, which gives the target embeddings; without it an untrained encoder does."
        ),
    ] = None
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu"
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as one JSON object on stdout.")] = False

    @abstractmethod
    def task(self, faces: FaceTargets) -> Task:
        """The model to train and its loss, with these target embeddings."""

    @abstractmethod
    def view(self) -> View:
        """What the task is given of a sample."""

    def train(self) -> None:
        """Trains as the options say, and shows how it goes. Raises what `train.loop.train` does."""
        from faceshards.shards.storage.atomic import storage_errors
        from faceshards.train.batches import TrainingData
        from faceshards.train.face_targets import face_targets
        from faceshards.train.loop import TrainingRun, deterministic
        from faceshards.train.terminal import train_and_tell

        run = TrainingRun(self.out, self.steps, self.lr, self.save_every, self.resume, self.device)
        data = TrainingData(self.data, self.loader, self.batch_size, self.num_workers, self.where, self.seed)
        deterministic(self.seed, self.device)
        faces = face_targets(self.face_encoder, self.width)
        notes = [*faces.notes, *data.notes(self.resume)]
        task, view = self.task(faces), self.view()
        task.config["settings"] = dict(getattr(view, "settings", {}))
        batches = data.batches(view)
        with storage_errors(self.out):
            self.out.mkdir(parents=True, exist_ok=True)
        write_config(self.out, task.config["task"], vars(self))
        train_and_tell(task, batches, run, notes, as_json=self.as_json)


def command_of(options: type[TrainingOptions]) -> Callable[..., None]:
    """The function that typer makes a command of: its parameters are the fields of the dataclass."""

    def command(**given: Any) -> None:
        options(**given).train()

    kinds = get_type_hints(options, include_extras=True)
    parameters = inspect.signature(options).parameters.values()
    typed = [one.replace(annotation=kinds[one.name]) for one in parameters]  # in `fields` the types stand as text
    command.__signature__ = inspect.Signature(typed)  # type: ignore[attr-defined]
    command.__annotations__ = kinds
    command.__doc__ = options.__doc__
    return command
