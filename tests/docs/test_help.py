"""Every command's `--help` shows an example, and it runs in the folder of a reader, today or with the long proofs."""

import contextlib
import shlex
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from faceshards.models.weights import registry
from faceshards.models.weights.table import GROUPS, WEIGHTS
from faceshards.parser import every_parser, is_group
from tests.docs.examples import Block, help_lines
from tests.docs.reader import Reader, look_at
from tests.packing.hub.conftest import hub, server
from tests.packing.hub.stand_in import TOKEN
from tests.viewer.server.ask import ask
from tests.viewer.server.conftest import begin, end

__all__ = ["hub", "server"]  # fixtures

PARSERS = dict(every_parser())
GROUPS_OF_COMMANDS = [name for name, parser in PARSERS.items() if is_group(parser)]
COMMANDS = [name for name in PARSERS if name not in GROUPS_OF_COMMANDS]
#: Commands that take minutes: their examples run with the long proofs, and are looked at every day.
LONG = (
    "train ",
    "infer ",
    "identity",
    "demo",
    "bench shards",
    "bench views",
    "bench viewer",
    "bench curate",
    "weights convert",
)
#: Lines that run nowhere here, and why.
ELSEWHERE = {
    "faceshards bench gpu": "a GPU",
    "faceshards bench stream": "`make peers`",
    "faceshards pack avspeech avspeech_train.csv --rows": "the web",
    "faceshards train separator": "face_embeddings.npy, by a network whose weights the user brings",
    "faceshards infer separate": "what train separator makes",
    "faceshards train expression": "clips of ten seconds with EMOCA's codes",
    "faceshards infer audio-to-expression": "what train expression makes",
}
#: Command -> the one whose example makes what its own example reads.
BEHIND = {
    **{f"export {kind}": f"pack {kind}" for kind in ("avspeech", "celebv", "emoca", "face-decoder", "speech-face")},
    "train expression": "pack emoca",
    "train face-decoder": "pack face-decoder",
    "infer speech-to-face": "train voice-encoder",
    "infer face-to-face": "train face-decoder",
    "infer separate": "train separator",
    "infer audio-to-expression": "train expression",
    "infer export": "train voice-encoder",
}
#: Those that serve a page until they are interrupted.
SERVES = ("faceshards view ",)
#: Command -> package that it takes, of an extra.
TAKES = {"pack hf": "huggingface_hub", "push": "huggingface_hub", "export rerun": "rerun"}

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def lines(name: str) -> list[str]:
    return help_lines(PARSERS[name].help or "")


def runs(line: str) -> bool:
    return not line.startswith(tuple(ELSEWHERE))


@pytest.mark.parametrize("name", PARSERS)
def test_every_help_has_an_example_of_its_command(name):
    assert lines(name), f"faceshards {name} --help shows no example: end its docstring with `Example: faceshards ...`"
    first = "pack" if name == "pack clips" else name  # whose word may be left out
    assert all(line.startswith("faceshards ") for line in lines(name))
    assert any(line.startswith(f"faceshards {first} ") or line == f"faceshards {first}" for line in lines(name))
    for line in lines(name):
        look_at(line)


@pytest.mark.parametrize("name", GROUPS_OF_COMMANDS)
def test_the_example_of_a_group_is_one_of_a_command_in_it(name):
    shown = {line for below in COMMANDS if below.startswith(f"{name} ") for line in lines(below)}
    assert set(lines(name)) <= shown


@pytest.mark.parametrize("name", [name for name in COMMANDS if not name.startswith(LONG)])
def test_the_example_runs(name, folder, request, monkeypatch):
    _ready(name, folder, request, monkeypatch)
    _run(name, folder)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in COMMANDS if name.startswith(LONG)])
def test_the_example_runs_however_long_it_takes(name, folder, request, monkeypatch):
    _write_weights(name, folder)
    _ready(name, folder, request, monkeypatch)
    _run(name, folder)


def _write_weights(name: str, folder: Path) -> None:
    """Networks of random weights, in files as their makers publish them."""
    import torch

    from faceshards.models.nets.face_encoder import VggFace
    from tests.models.weights.keras_like import KerasFaceNet, write

    if name == "weights convert":
        keras = KerasFaceNet(0)
        keras(np.zeros((160, 160, 3), np.float32))  # which draws them
        write(folder / "facenet_keras.h5", keras.layers)
    if name == "infer face-to-face":
        torch.save(VggFace("serengil").state_dict(), folder / "vgg_face.pt")


def _ready(name: str, folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in TAKES and find_spec(TAKES[name]) is None:
        pytest.skip(f"{TAKES[name]} is not installed")
    if name in ("pack hf", "push"):
        url = request.getfixturevalue("hub").url
        _on_the_hub(url, folder)
    if name in ("weights pull", "weights check") and not all(
        map(registry.locate, map(WEIGHTS.get, GROUPS["embedded"]))
    ):
        pytest.skip("the embedded weights are not here: faceshards weights pull embedded")
    if name == "judgements merge":
        for table in ("ada.csv", "ben.csv"):
            _typed(f"faceshards judgements export train_set --out {table}", folder)
    if name == "weights add":
        monkeypatch.setenv("FACESHARDS_WEIGHTS", str(folder / "weights"))


def _on_the_hub(url: str, folder: Path) -> None:
    """The data set of videos that the Hub has: ORG/NAME."""
    from huggingface_hub import HfApi

    api = HfApi(url, TOKEN)
    api.create_repo("ORG/NAME", repo_type="dataset", exist_ok=True)
    api.upload_folder(repo_id="ORG/NAME", repo_type="dataset", folder_path=folder / "clips")


def _run(name: str, folder: Path) -> None:
    if name in BEHIND:
        _run(BEHIND[name], folder)
    for line in filter(runs, lines(name)):
        _typed(line, folder)


def _typed(line: str, folder: Path) -> None:
    if not line.startswith(SERVES):
        Reader(folder).run(Block(folder, 0, "sh", line))
        return
    with contextlib.chdir(folder):
        page = begin(*shlex.split(line)[2:])
    try:
        assert ask(page.url).status == 200
    finally:
        end(page.process)
