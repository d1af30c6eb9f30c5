"""The options of a training: a frozen dataclass, stated once, that the command of each task is made from."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from faceshards.train.config import from_config

if TYPE_CHECKING:  # these import torch, which --help needs none of
    from faceshards.loaders.serve.view import View
    from faceshards.loaders.units.chosen import UnitView
    from faceshards.train.face_targets import FaceTargets
    from faceshards.train.tasks.task import Task

_HOW, _HELD_OUT, _WHERE = "How the weights are moved", "Held-out data", "Where it runs"


def _option(panel: str, text: str, *words: str, **how: Any) -> Any:
    return typer.Option(*words, help=text, rich_help_panel=panel, **how)


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
    batch_size: Annotated[int, typer.Option(min=2, help="Samples a batch, of all processes together.")] = 2
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Steps in all, those before a resume included; 1000 without --max-epochs."),
    ] = None
    max_epochs: Annotated[int | None, typer.Option(min=1, help="Ends after so many epochs, if --steps does not.")] = (
        None
    )
    seed: Annotated[int, typer.Option(min=0, help="Seed of weights and order.")] = 0
    num_workers: Annotated[int, typer.Option(min=0, help="Processes that load data, for each that trains.")] = 0
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --out, if there is one.")] = (
        False
    )
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 10
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as one JSON object on stdout.")] = False
    wandb: Annotated[str | None, typer.Option(help="Also show the run in this project of Weights & Biases.")] = None

    lr: Annotated[float, _option(_HOW, "Adam's learning rate.", "--lr")] = 1e-3
    schedule: Annotated[str, _option(_HOW, "constant, cosine (to 0 at the last step), or step (--drops).")] = "constant"
    drops: Annotated[str, _option(_HOW, "EPOCH:FACTOR,... of the schedule step.")] = "5:0.2,10:0.1"
    warmup: Annotated[int, _option(_HOW, "Steps in which the rate rises from 0.", min=0)] = 0
    betas: Annotated[tuple[float, float], _option(_HOW, "Adam's two decays.")] = (0.9, 0.999)
    eps: Annotated[float, _option(_HOW, "Adam's epsilon.")] = 1e-8
    weight_decay: Annotated[float, _option(_HOW, "AdamW's; 0 is Adam.")] = 0.0
    clip: Annotated[float, _option(_HOW, "Most that all gradients together may measure; 0 is any.", min=0)] = 0.0
    accumulate: Annotated[int, _option(_HOW, "Batches a step.", min=1)] = 1
    precision: Annotated[str, _option(_HOW, "fp32, bf16 or fp16 (which scales its losses).")] = "fp32"

    val_data: Annotated[list[str] | None, _option(_HELD_OUT, "Shards of their own; may be given again.")] = None
    val_where: Annotated[str | None, _option(_HELD_OUT, "Rows of the data that are held out of training.")] = None
    no_validation: Annotated[
        bool,
        _option(
            _HELD_OUT,
            "Train on all; else the side validation of `faceshards split` is held out, if there is one.",
            "--no-validation",
        ),
    ] = False
    look_every: Annotated[int, _option(_HELD_OUT, "Steps between two looks, also at samples.", min=1)] = 100
    val_batches: Annotated[int | None, _option(_HELD_OUT, "Look at so many batches of them, not at all.", min=1)] = None

    device: Annotated[str, _option(_WHERE, "auto, cpu, cuda, cuda:N or mps.")] = "cpu"
    ray: Annotated[str | None, _option(_WHERE, "Train on the Ray cluster at auto or HOST:PORT.", "--ray")] = None
    workers: Annotated[int | None, _option(_WHERE, "Processes on Ray; without --ray on a local one.", min=1)] = None

    def faces(self) -> FaceTargets | None:
        """What gives the target embeddings of faces; None for a task that needs none."""
        return None

    @abstractmethod
    def task(self, faces: Any) -> Task:
        """The model to train and its loss; `faces` are the options' own."""

    @abstractmethod
    def view(self) -> View | UnitView:
        """What the task is given of a sample."""

    def train(self) -> None:
        """Trains as the options say, and shows how it goes. Raises what `train.loop.train` does."""
        from faceshards.train.terminal import train_and_tell

        if self.ray is not None or self.workers is not None:
            from faceshards.train.on_ray import train_on_ray as trainer
        else:
            from faceshards.train.here import train_here as trainer
        train_and_tell(self, trainer)


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


def values_of(options: TrainingOptions) -> dict[str, Any]:
    """The options by name."""
    return {one.name: getattr(options, one.name) for one in fields(options)}
