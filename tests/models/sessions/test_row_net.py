"""Networks of rows: run several at a time where each row gets what it gets alone, and one at a time everywhere else."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import StageError
from faceshards.models.sessions.onnx import OnnxSession
from faceshards.models.sessions.row_net import RowNet, batched
from tests.models.sessions.graphs import node, write

pytest.importorskip("onnxruntime")

#: What a table of docs/stages.md says of the files of ../shared/real/weights.
REAL = {
    "pfld_68": "free",
    "yunet_n_dynamic": "free",
    "fns_candy_nc16_256": "rewritten",
    "headpose_adas_0001": "rewritten",
    "mobilefacenet_pixamatch": "rewritten",
    "open_closed_eye": "rewritten",
    "ultralight_simplepose": "rewritten",
    "yolox_nano": "rewritten",
    "yunet_s_640": "rewritten",
    "gaze_adas_0002": "one",
}
SLOW = pytest.mark.slow  # a quarter of a second a row
AXES = {"batch": 2, "batch_size": 2, "height": 64, "width": 64}


def network(path: Path, first: int | str, nodes: list[bytes], out: list[int | str], **constants: np.ndarray) -> Path:
    return write(path, nodes, {"in": [first, 2, 6]}, {"out": out}, constants)


def doubled(path: Path, first: int | str, target: list[int]) -> Path:
    """Twice the input, reshaped to `target` and summed over the last axis: a reshape that may hold on to one row."""
    nodes = [node("Add", "in in", "two"), node("Reshape", "two target", "flat"), node("Identity", "flat", "out")]
    return network(path, first, nodes, [first, *target[1:]], target=np.array(target))


@pytest.mark.parametrize(("first", "how"), [("rows", "free"), (1, "rewritten")])
def test_rows_go_together_where_the_file_allows_it(tmp_path, first, how):
    net = RowNet(doubled(tmp_path / "a.onnx", first, [-1 if first == "rows" else 1, 12]), 3, high=1.0)
    rows = np.arange(36, dtype=np.float32).reshape(3, 2, 6)
    assert (net.batch, net.batching, net.shape) == (3, how, (2, 6))
    np.testing.assert_array_equal(net.run(rows)["out"], 2 * rows.reshape(3, 12))


def test_what_must_run_row_by_row_does(tmp_path):
    """A reshape that keeps no axis; a network in which rows see each other; one that says the same of all rows."""
    mixing = [node("ReduceMean", "in", "mean", axes=[0], keepdims=1), node("Add", "in mean", "out")]
    pinned = [node("Reshape", "in target", "flat"), node("Identity", "flat", "out")]
    same = [node("Mul", "in none", "out")]
    for name, nodes in {"mixing": mixing, "pinned": pinned, "same": same}.items():
        path = tmp_path / f"{name}.onnx"
        constants = {"target": np.array([2, 6]), "none": np.zeros((1, 2, 6), np.float32)}
        net = RowNet(network(path, 1, nodes, [1, 2, 6] if name != "pinned" else [2, 6], **constants), 3, high=1.0)
        assert (net.batch, net.batching) == (1, "one"), name
        assert net.run(np.ones((1, 2, 6)))["out"].dtype == np.float32


def test_what_the_rewriting_leaves_alone(tmp_path):
    """A reshape to (1, ...) of what is no row at all is changed with the others: the comparison sees that."""
    nodes = [
        node("Reshape", "weights target", "line"),
        node("Mul", "in line", "out"),
    ]
    weights = np.arange(12, dtype=np.float32).reshape(12)
    path = network(tmp_path / "a.onnx", 1, nodes, [1, 2, 6], weights=weights, target=np.array([1, 2, 6]))
    assert RowNet(path, 4, high=1.0).batching == "one"


def test_files_of_another_kind_are_refused_in_one_line(tmp_path):
    nodes = [node("Identity", "in", "out")]
    paths = [
        write(tmp_path / "two.onnx", [node("Add", "in b", "out")], {"in": [1, 2], "b": [1, 2]}, {"out": [1, 2]}, {}),
        write(tmp_path / "free.onnx", nodes, {"in": ["n", "side"]}, {"out": ["n", "side"]}, {}),
        write(tmp_path / "four.onnx", nodes, {"in": [4, 2]}, {"out": [4, 2]}, {}),
        write(tmp_path / "flat.onnx", nodes, {"in": ["n"]}, {"out": ["n"]}, {}),
    ]
    for path in paths:
        with pytest.raises(StageError, match=r"there must be one, \(rows, ...\)") as refused:
            RowNet(path, 2, high=1.0)
        assert path.name in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("name", [pytest.param(one, marks=SLOW if one.startswith("fns") else ()) for one in REAL])
def test_which_real_networks_run_batched(real, name):
    """Each row of a batch is what it is alone, bit for bit here; and the page says which networks this holds of."""
    path = real / "weights" / f"{name}.onnx"
    alone = OnnxSession(path)
    count, rng = 2, np.random.default_rng(1)
    shapes = {name: [AXES.get(one, one) for one in axes[1:]] for name, axes in alone.inputs.items()}
    rows = {name: rng.random((count, *sides), np.float32) for name, sides in shapes.items()}
    several, how = batched(path, alone, rows)
    assert how == REAL[name]
    for row in range(count if several else 0):
        there, here = several.run(rows), alone.run({name: one[row : row + 1] for name, one in rows.items()})
        assert all(np.array_equal(there[out][row : row + 1], one) for out, one in here.items())


def test_the_page_says_so():
    page = (Path(__file__).resolve().parents[3] / "docs" / "stages.md").read_text("utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    told = {line.split("`")[1]: line.split("|")[2].strip() for line in lines}
    words = {"free": "its own", "rewritten": "rewritten", "one": "none: a row at a time"}
    assert {name: told.get(f"{name}.onnx") for name in REAL} == {name: words[how] for name, how in REAL.items()}
