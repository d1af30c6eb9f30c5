import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.viewer import burned
from tests.viewer.server.ask import ask


@pytest.fixture(scope="module")
def url(tmp_path_factory, served):
    shard = burned.write(
        tmp_path_factory.mktemp("routes") / "burned.tar", {"one": burned.sample("\ud800 of no letter")}
    )
    return served(shard)


def told(url, path):
    answer = ask(url, path)
    return answer.status, json.loads(answer.body)


def test_arrays_are_numpys(url):
    for path, shape, kind in (
        ("times/0", (120,), "float64"),
        ("overlay/0/faces.msg?part=box&first=10&count=5", (5, 2, 3), "float32"),
        ("curve/0/faces.msg", (120, 2), "float32"),
        ("spectrum/0", (128, None), "uint8"),
    ):
        made = np.load(BytesIO(ask(url, path).body), allow_pickle=False)
        assert (made.ndim, made.shape[0], made.dtype) == (len(shape), shape[0], kind)
    np.testing.assert_allclose(np.load(BytesIO(ask(url, "times/0").body)), burned.TIMES / 1000, atol=1e-6)


def test_names_that_are_no_unicode_and_provenance_are_told(url):
    status, page = told(url, "api/clip/0")
    assert status == 200 and page["name"] == "\ud800 of no letter"
    status, lineage = told(url, "api/provenance/0/faces.msg")
    assert lineage["made"]["stage"] == "faces" and lineage["made"]["models"] == {"onet.lz4": "5e" * 32}


def test_a_window_its_stills_and_its_program_agree(url):
    asked = "frames=8&width=64&height=48&seed=3&epoch=2&start=random"
    _, window = told(url, f"api/window/0?{asked}")
    assert len(window["frames"]) == 8 and window["stills"] == [0, 1, 3, 4, 6, 7]
    assert Image.open(BytesIO(ask(url, f"stills/0?{asked}").body)).size == (6 * 64, 48)
    _, program = told(url, f"api/snippet/0?{asked}")
    assert "Window(frames=8, size=(64, 48))" in program["python"] and "set_epoch(2)" in program["python"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("api/clip/7", "row 7"),
        ("overlay/0/json", "no column of this sample that can be drawn"),
        ("overlay/0/faces.msg?part=box&count=99999", "1 to 1024"),
        ("api/window/0?frames=0", "a window needs whole frames"),
        ("api/window/0?fps=fast", "fps='fast'"),
        ("api/window/0?frames=9999", "no window of 9999"),
        ("api/provenance/0/nothing.npy", "no column or scalar 'nothing.npy'"),
        ("packets/0/mp4?first=500&count=1", "mp4 has pictures 0 to 119"),
        ("curve/0/mp4", "no numbers over time"),
    ],
)
def test_what_is_not_there_is_refused_in_a_line(url, path, said):
    status, answer = told(url, path)
    assert status == 400 and said in answer["error"] and "\n" not in answer["error"]
