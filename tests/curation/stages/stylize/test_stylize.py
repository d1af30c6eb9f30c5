"""The stage `stylize`: a twin of the clip."""

import hashlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from faceshards.curation.engine import Outcome
from faceshards.curation.stages.faces.table import FACES
from faceshards.curation.stages.stylize import Stylize, StylizeParams
from faceshards.curation.stages.stylize.cartoon import Cartoon
from faceshards.errors import WeightsError
from faceshards.media.picture import encode_jpg
from faceshards.media.probe import probe
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import wide
from faceshards.media.video.decode import frames
from faceshards.models.weights import registry
from faceshards.models.weights.fetch import add
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.schema.codecs import decode
from tests.curation.conftest import moved
from tests.curation.on_pictures import PicturesClip, result_of
from tests.models.sessions.graphs import node, write
from tests.models.sessions.test_dct_net import TEMPLATE, network

RATE = Fraction(30000, 1001)


def styled(pictures: np.ndarray, chunk: int = 5, params: StylizeParams | None = None) -> Outcome:
    stage = Stylize(params)
    stage.setup()
    outcome = result_of(stage, PicturesClip(pictures, fps=RATE, chunk=chunk))
    assert isinstance(outcome, Outcome)
    return outcome


@pytest.fixture(scope="module")
def pictures(astronaut) -> np.ndarray:
    return moved(astronaut, 7)


@pytest.fixture(scope="module")
def whole(pictures) -> Outcome:
    return styled(pictures)


def test_the_twin_has_the_same_frames_at_the_same_rate_and_its_own_packet_table(pictures, whole):
    body = whole.columns["styled.mp4"]
    facts = probe(body)
    assert (facts.frames, facts.fps, facts.width, facts.height, facts.sound_codec) == (7, RATE, 256, 256, None)
    table, media = packet_table(body)
    assert np.array_equal(table, wide(decode("styled.mp4.packets.npy", whole.columns["styled.mp4.packets.npy"])))
    assert whole.media == {"styled.mp4": media} and whole.scores == {}
    shown = np.stack(list(frames(body))).astype(int)
    expected = np.stack([Cartoon().draw(frame) for frame in pictures])
    assert np.abs(shown - expected).mean() < 6  # what H.264 costs


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_its_bytes_are_the_same_again_and_wherever_chunks_end(pictures, whole, chunk):
    assert styled(pictures, chunk) == whole


def test_its_parameters_are_the_cartoon_s(pictures):
    few = styled(pictures[:2], params=StylizeParams(levels=3, saturation=0.0))
    shown = np.stack(list(frames(few.columns["styled.mp4"]))).astype(int)
    expected = np.stack([Cartoon(levels=3, saturation=0.0).draw(frame) for frame in pictures[:2]])
    assert np.abs(shown - expected).mean() < 3 and np.ptp(shown, axis=3).mean() < 6  # grey


def with_weights(folder: Path, model: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry finds a file of the test under a name, and nothing else."""
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(folder))
    monkeypatch.setattr(registry, "folders", lambda: [folder])
    add(model, file)


def test_a_network_draws_pictures_of_any_shape_and_the_batch_is_shared(tmp_path, astronaut, monkeypatch):
    """One in the layout of AnimeGANv2's TensorFlow files that turns white into black: what it draws is the negative."""
    pytest.importorskip("onnxruntime")
    free = ["n", "h", "w", 3]
    model = write(tmp_path / "made.onnx", [node("Neg", "in", "out")], {"in": free}, {"out": free}, {})
    with_weights(tmp_path / "weights", "animegan2_hayao_onnx", model, monkeypatch)
    wide = moved(astronaut, 5)[:, 60:200]  # 256 x 140
    stage = Stylize(StylizeParams("animegan2", model="animegan2_hayao_onnx", side=256))
    stage.planned().prepare()
    outcome = result_of(stage, PicturesClip(wide, fps=RATE, chunk=3))
    assert isinstance(outcome, Outcome)
    shown = np.stack(list(frames(outcome.columns["styled.mp4"]))).astype(int)
    assert shown.shape == wide.shape and np.abs(shown - (255 - wide)).mean() < 4


def test_weights_that_are_not_here_are_said_and_cost_no_clip(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "folders", lambda: [tmp_path])
    with pytest.raises(WeightsError, match=r"weights fns_candy \(fns_candy.onnx\) are not in .*weights pull fns_candy"):
        Stylize(StylizeParams("fast-neural-style")).prepare()


def test_dct_net_draws_the_faces_of_each_frame(tmp_path, monkeypatch):
    """By a network that blackens, where a face stands: in the first two of four frames."""
    for name, path in (
        ("dctnet_background", network(tmp_path / "cartoon_anime_bg.onnx", (0, 0, 20))),
        ("dctnet_head", network(tmp_path / "cartoon_anime_h.onnx", times=0.0, side=288)),
        ("dctnet_alpha", tmp_path / "alpha.jpg"),
    ):
        if name == "dctnet_alpha":
            path.write_bytes(encode_jpg(np.full((64, 64, 3), 255, np.uint8)))
        body = path.read_bytes()
        known = Weights(name, (path.name,), len(body), hashlib.sha256(body).hexdigest(), "CC0", "a test", "tests")
        monkeypatch.setitem(WEIGHTS, name, known)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path))
    params = StylizeParams(backend="dct-net")
    stage = Stylize(params)
    assert stage.record == {"backend": "dct-net"} and stage.reads == (FACES.name,)
    stage.prepare()
    pictures = np.full((4, 240, 320, 3), 120, np.uint8)
    points = (np.array(TEMPLATE) + np.array([100, 60])).tolist()
    rows = {"size": [320, 240], "frames": 4, "frame": [0, 1], "track": [0, 0], "points": [points] * 2,
            "box": [[120, 80, 190, 180]] * 2, "score": [0.9] * 2, "full": [True] * 2}  # fmt: skip
    outcome = result_of(stage, PicturesClip(pictures, chunk=3, columns={FACES.name: rows}))
    assert isinstance(outcome, Outcome), outcome
    shown = np.stack(list(frames(outcome.columns["styled.mp4"]))).astype(int)
    assert (shown[:2, 116, 156] < 20).all() and (shown[2:, 116, 156] > 90).all() and (shown[:, 5, 5] > 90).all()
