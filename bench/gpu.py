"""`faceshards bench gpu`: the networks that can run on a GPU, there and on the processor, beside each other.

Networks in torch are of random weights, those in ONNX files are the ones that are here (`faceshards weights`): whether
both devices tell the same does not hang on what a network has learned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from faceshards.bench.figure import Figure, show
from faceshards.errors import StageError
from faceshards.models.device import require, torch_device
from faceshards.models.sessions.onnx import OnnxSession
from faceshards.models.weights.registry import locate
from faceshards.models.weights.table import WEIGHTS
from faceshards.terminal import Screen

#: Most that results may be apart, as a share of the largest: kernels sum in another order.
APART = 1e-3
# Seconds that one network runs for its figure, after it has run once; how many rows it takes at a time, and how many on
# the processor, where some take seconds for one.
_SECONDS, _ROWS, _FEW = 2.0, 8, 2

Feeds = dict[str, np.ndarray]
NetRun = Callable[[Feeds], list[np.ndarray]]


@dataclass(frozen=True)
class Case:
    """A network: what it is fed, and how it is opened on a device."""

    name: str
    feeds: Feeds
    opened: Callable[[str], NetRun]


def torch_cases() -> Iterator[Case]:
    """The networks in torch, of random weights."""
    nets = import_module("faceshards.models.nets")
    makers: Mapping[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
        "AnimeGANv2, 512 px": (import_module("faceshards.models.nets.animegan").AnimeGan, (3, 512, 512)),
        "L2CS-Net, 448 px": (import_module("faceshards.models.nets.l2cs").L2cs, (3, 448, 448)),
        "VGG-Face, 224 px": (lambda: nets.VggFace("serengil"), (3, 224, 224)),
        "voice encoder, 6 s": (lambda: nets.VoiceEncoder(), (2, 257, 601)),
        "face decoder": (lambda: nets.FaceDecoder(), (4096,)),
    }
    for name, (make, shape) in makers.items():
        yield Case(name, {"rows": _noise((_ROWS, *shape))}, _torch_opener(make))


def onnx_cases() -> Iterator[Case]:
    """The ONNX files that are here and whose inputs are arrays of fixed sides but for the first."""
    for weights in WEIGHTS.values():
        path = locate(weights)
        if not isinstance(path, Path) or path.suffix != ".onnx":
            continue
        shapes = OnnxSession(path).inputs
        if all(len(shape) > 1 and all(isinstance(side, int) for side in shape[1:]) for shape in shapes.values()):
            first = {name: shape[0] if isinstance(shape[0], int) else _ROWS for name, shape in shapes.items()}
            feeds = {name: _noise((first[name], *map(int, shape[1:]))) for name, shape in shapes.items()}  # type: ignore[arg-type]
            yield Case(weights.name, feeds, partial(_onnx_run, path))


def compared(case: Case, device: str) -> tuple[float, float, float]:
    """How far the results on a device are from the processor's, as a share of the largest; frames a second there, and
    on the processor.
    """
    here, there = case.opened("cpu"), case.opened(device)
    few = {name: rows[:_FEW] for name, rows in case.feeds.items()}
    pairs = [(one, other[: len(one)]) for one, other in zip(here(few), there(case.feeds), strict=True)]
    apart = max(float(np.abs(one - other).max() / max(np.abs(one).max(), 1e-12)) for one, other in pairs)
    return apart, _pace(there, case.feeds), _pace(here, few)


def gpu(
    device: Annotated[str, typer.Option(help="cuda, cuda:1.")] = "cuda",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, last.")] = False,
) -> None:
    """Run the networks on a GPU and on the processor: do they tell the same, and how many frames a second?

    Ends with 1 where there is no GPU, or where a network tells something else there.

    Example: faceshards bench gpu --device cuda
    """
    require(device, ["onnxruntime", "torch"])
    figures, console = [], Screen(stderr=True)
    for case in (*torch_cases(), *onnx_cases()):
        apart, there, here = compared(case, device)
        figures.append(Figure(case.name, apart, "apart", ("<=", APART), None, {device: there, "cpu frames/s": here}))
        line = f"{case.name}: {apart:.1e} apart, {there:.0f} frames/s on {device}, {here:.1f} on one core"
        console.print(line, highlight=False, markup=False)
    show(figures, as_json)
    wrong = [figure.work for figure in figures if not figure.holds]
    if wrong:
        raise StageError(f"{device} does not tell what the processor does: {', '.join(wrong)}")


def _torch_opener(make: Callable[[], Any]) -> Callable[[str], NetRun]:
    def opened(device: str) -> NetRun:
        torch: Any = import_module("torch")
        there = torch_device(device)
        torch.manual_seed(0)
        net = make().eval().to(there)

        def run(feeds: Feeds) -> list[np.ndarray]:
            with torch.inference_mode():
                found = net(torch.from_numpy(feeds["rows"]).to(there))
            return [one.cpu().numpy() for one in (found if isinstance(found, tuple) else (found,))]

        return run

    return opened


def _onnx_run(path: Path, device: str) -> NetRun:
    session = OnnxSession(path, device)
    return lambda feeds: list(session.run(feeds).values())


def _pace(run: NetRun, feeds: Feeds) -> float:
    rows, done, begun = len(next(iter(feeds.values()))), 0, time.perf_counter()
    while time.perf_counter() - begun < _SECONDS or not done:
        run(feeds)
        done += rows
    return done / (time.perf_counter() - begun)


def _noise(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).random(shape, np.float32)
