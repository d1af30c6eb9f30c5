"""Every notebook of `examples` runs from its first cell to its last and leaves what it says; the long ones by
`make examples`.
"""

import ast
import json
import re

import numpy as np
import pytest

from faceshards.loaders import ShardDataset
from faceshards.media.video.decode import frames
from faceshards.shards.reader import Shard
from tests.docs.examples import PAGES
from tests.docs.reader import look_at
from tests.examples.notebook import EXAMPLES, NOTEBOOKS, ROOT, Notebook, executed

PEERS = ROOT / ".peers" / "bin" / "python"
#: nbclient leaves sockets and its loop to the garbage collector, and tells of what its own libraries will change.
pytestmark = pytest.mark.filterwarnings("ignore", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(name, python=...) -> the notebook with its outputs, and the folder that it ran in."""

    def runs(name, **words):
        folder = tmp_path / "work"
        return executed(name, folder, monkeypatch, **words), folder

    return runs


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_it_is_a_clean_short_notebook_whose_commands_are_there(file):
    text = file.read_text("utf-8")
    whole, notebook = json.loads(text), Notebook.read(file)
    assert (whole["nbformat"], whole["metadata"]["kernelspec"]["name"]) == (4, "python3")
    assert all(cell["execution_count"] is None and not cell["outputs"] for cell in notebook.cells if "outputs" in cell)
    assert len({cell["id"] for cell in notebook.cells}) == len(notebook.cells)
    assert notebook.sources("markdown")[0].startswith("# ")
    for source in notebook.sources("code"):
        assert len(source.splitlines()) <= (50 if source.startswith("%%writefile") else 25), source
        if not source.startswith("%%bash"):
            ast.parse(re.sub(r"^%%writefile.*\n", "", source))
    assert not re.search(r"(?<![\w.])/(work|tmp|home|root)\b", text)
    for line in notebook.commands:
        look_at(line.split(" | ")[0])
    for line in notebook.mentioned:
        look_at(line.replace(" ... ", " SHARDS ").replace("\n", " "), placeholders=True)


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_the_index_has_it_and_its_links_lead_somewhere(file):
    page = (EXAMPLES / "README.md").read_text("utf-8")
    assert f"({file.relative_to(EXAMPLES)})" in page
    for source in Notebook.read(file).sources("markdown"):
        for link in re.findall(r"\]\(([^)#:]+)\)", source):
            assert (file.parent / link).exists(), link


def test_the_links_of_the_index_lead_somewhere():
    for link in re.findall(r"\]\(([^)#:]+)\)", (EXAMPLES / "README.md").read_text("utf-8")):
        assert (EXAMPLES / link).exists(), link


def test_what_the_pages_name_is_there():
    for page in PAGES:
        for name in re.findall(r"`(examples/[^`]+)`", page.read_text("utf-8")):
            assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_a_cell_that_fails_fails_the_test(tmp_path, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    wrong = nbformat.v4.new_code_cell("%%bash -e\nfaceshards inspect nowhere\necho went on")
    monkeypatch.setattr("nbformat.read", lambda *_, **__: nbformat.v4.new_notebook(cells=[wrong]))
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="nowhere") as told:
        executed("any", tmp_path / "work", monkeypatch)
    assert "went on" not in str(told.value).replace("echo went on", "")


@pytest.mark.slow
def test_pack_curate_view(run):
    notebook, folder = run("pack_curate_view.ipynb")
    assert notebook.pictures == 3 and "4 of 4 samples" in notebook.printed
    with Shard(folder / "shards" / "clips.tar") as shard:
        assert shard.keys == ["collins_00", "collins_01", "hopper_00", "hopper_01"]
        assert {"face.jpg", "landmarks.npy", "swapped.mp4"} <= set(shard.columns)
    assert (folder / "look" / "collins_00.sheet.png").stat().st_size > 100_000


def test_train_in_torch(run):
    notebook, _ = run("train_in_torch.ipynb")
    first, last = re.search(r"error (\S+) at first, (\S+) at last", notebook.printed).groups()
    assert float(last) < float(first) / 3
    assert "the same: True - " in notebook.printed and notebook.pictures == 2


@pytest.mark.peers
@pytest.mark.skipif(not PEERS.exists(), reason="`make peers` installs Lightning and Accelerate")
def test_lightning_and_accelerate(run):
    notebook, _ = run("lightning_and_accelerate.ipynb", python=str(PEERS))
    assert "the same batches: True - 24 of them" in notebook.printed
    assert "the same rest: True - 2 batches" in notebook.printed
    first, last = re.search(r"loss (\S+) at first, (\S+) at last", notebook.printed).groups()
    assert float(last) < float(first)


def test_your_own_stage(run):
    notebook, folder = run("your_own_stage.ipynb")
    assert "colour: too-few-frames" in notebook.printed and "least = 5" in notebook.printed
    with Shard(folder / "shards" / "clips.tar") as shard:
        assert shard.json(shard.keys.index("short_00"))["failures"] == []
    sample = ShardDataset(folder / "shards", ["mp4", "colour.npy"])["hopper_00"]
    red, green, blue = np.moveaxis(next(iter(frames(sample["mp4"]))).astype(float), -1, 0)
    one, other = red - green, (red + green) / 2 - blue  # Hasler and Suesstrunk 2003, in double precision
    expected = np.sqrt(one.var() + other.var()) + 0.3 * np.sqrt(one.mean() ** 2 + other.mean() ** 2)
    assert sample["colour.npy"].shape == (50,) and sample["colour.npy"][0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow
def test_s3_and_ray(run):
    notebook, folder = run("s3_and_ray.ipynb")
    read, whole = re.search(r"requests, ([\d,]+) bytes of a shard of ([\d,]+)", notebook.printed).groups()
    assert 0 < int(read.replace(",", "")) < int(whole.replace(",", "")) / 2
    assert "epoch 1: 4 faces, 0 bytes" in notebook.printed
    assert not list(folder.rglob("*.tar"))  # all that was made is in the bucket


def test_from_3dxtalker(run):
    notebook, folder = run("moving/from_3dxtalker.ipynb")
    assert "trainset and again: no difference" in notebook.printed
    assert notebook.printed.count("True V") == 3
    with np.load(folder / "data_mean_std.npz") as found:
        deltas = np.concatenate([_deltas(place.parent) for place in sorted((folder / "trainset").rglob("audio.wav"))])
        np.testing.assert_allclose(found["data_mean"], deltas.mean(0), atol=1e-6)
        np.testing.assert_allclose(found["data_std"], deltas.std(0), atol=1e-6)


def _deltas(folder):
    codes = [np.load(folder / f"{name}code.npy").astype(float) for name in ("shape", "exp", "pose", "detail")]
    whole = np.concatenate(codes, axis=1)
    return whole - whole[0]


@pytest.mark.slow
def test_from_megactor(run):
    notebook, folder = run("moving/from_megactor.ipynb")
    assert notebook.printed.count("equal   ") == 8 and "DIFFERS" not in notebook.printed
    with Shard(folder / "train_set" / "VFHQ" / "group124.tar") as shard:
        assert "styled.mp4" in shard.columns and len(shard.keys) == 2


@pytest.mark.slow
def test_from_speech_separation(run):
    notebook, folder = run("moving/from_speech_separation.ipynb")
    for by_mask, mixed in re.findall(r"voice \d: (\S+) dB by its mask, (\S+) dB", notebook.printed):
        assert float(by_mask) > 40 > 5 > float(mixed)
    pictures = folder / "speech_separation" / "data" / "video" / "frames"
    assert len(list(pictures.glob("*.jpg"))) == 150


@pytest.mark.slow
def test_from_speech_to_face_data(run):
    notebook, _ = run("moving/from_speech_to_face_data.ipynb")
    assert "VoxCeleb and again: no difference" in notebook.printed
    assert "HQ-VoxCeleb and faces_again: no difference" in notebook.printed
    assert "4 pairs of 2 persons" in notebook.printed


@pytest.mark.slow
def test_from_speech_to_face_training(run):
    _, folder = run("moving/from_speech_to_face_training.ipynb")
    losses = (folder / "runs" / "decoder" / "losses.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in losses[1:]] == [str(step) for step in range(1, 17)]
    assert (folder / "face.png").exists()
