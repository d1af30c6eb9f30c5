"""Networks as files: the numbers are torch's at any batch, what the file says of itself, and what is refused."""

import json

import numpy as np
import pytest
import torch

from faceshards.__main__ import main
from faceshards.errors import StageError, UsageError
from faceshards.models import checkpoint, export
from faceshards.models.checkpoint import Checkpoint
from faceshards.models.trained import NETWORKS
from tests.models.test_trained import CONFIGS

pytest.importorskip("onnxruntime")


def saved(path, task):
    torch.manual_seed(0)
    net = NETWORKS[task].build(CONFIGS[task])
    with torch.no_grad():
        for one in net.parameters():  # also of a network that begins at zero
            one.add_(0.01 * torch.randn(one.shape))
    checkpoint.save(Checkpoint(1, CONFIGS[task], net.state_dict(), {}, None, torch.get_rng_state()), path)
    return path, net.eval()


def test_a_decoder_becomes_onnx(tmp_path, capsys):
    pytest.importorskip("onnxscript")
    import onnxruntime

    path, net = saved(tmp_path / "c.pt", "face-decoder")
    with pytest.raises(SystemExit) as ended:
        main(["infer", "export", str(path), "--out", str(tmp_path / "net.onnx"), "--json"])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert ended.value.code == 0 and told["inputs"] == {"embedding": ["batch", 123]}
    assert set(told["apart"]) == {"points", "picture"} and max(told["apart"].values()) < 1e-4
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"))
    said = session.get_modelmeta().custom_metadata_map
    assert said["task"] == "face-decoder" and json.loads(said["config"]) == CONFIGS["face-decoder"]
    embeddings = np.random.default_rng(0).standard_normal((5, 123), np.float32)
    points, pictures = session.run(["points", "picture"], {"embedding": embeddings})
    with torch.no_grad():
        wanted = net(torch.from_numpy(embeddings))
    np.testing.assert_allclose(points, wanted[0], atol=1e-4)
    np.testing.assert_allclose(pictures, wanted[1], atol=1e-5)


def test_torch_s_own_form(tmp_path):
    path, net = saved(tmp_path / "c.pt", "voice-encoder")
    found = export.export(path, tmp_path / "net.pt2")
    assert found.inputs == {"spectrogram": ("batch", 2, 257, 601)} and found.apart["embedding"] < 1e-5
    extra = {"config.json": ""}
    program = torch.export.load(tmp_path / "net.pt2", extra_files=extra)
    assert json.loads(extra["config.json"])["task"] == "voice-encoder"
    voice = torch.randn(1, 2, 257, 601)
    with torch.no_grad():
        torch.testing.assert_close(program.module()(voice), net(voice))


def test_what_cannot_be_is_one_line(tmp_path, monkeypatch):
    path, _ = saved(tmp_path / "c.pt", "face-decoder")
    with pytest.raises(UsageError, match=r"must end in \.onnx or \.pt2"):
        export.export(path, tmp_path / "net.tflite")
    checkpoint.save(Checkpoint(1, {"task": "x"}, {}, {}, None, torch.get_rng_state()), tmp_path / "x.pt")
    with pytest.raises(UsageError, match="checkpoint of 'x', which is none of voice-encoder"):
        export.export(tmp_path / "x.pt", tmp_path / "net.pt2")
    computed = export._computed
    monkeypatch.setattr(
        export, "_torch_runner", lambda body: lambda arrays: tuple(1 + one for one in computed(net, arrays))
    )
    _, net = saved(path, "face-decoder")
    with pytest.raises(StageError, match=r"points of 1 rows differs by .*, and nothing was written"):
        export.export(path, tmp_path / "net.pt2")
    assert not (tmp_path / "net.pt2").exists()


def test_every_network_says_what_it_eats():
    for task, network in NETWORKS.items():
        assert network.shapes(CONFIGS[task]) and network.outputs, task


@pytest.mark.slow
@pytest.mark.parametrize("task", NETWORKS)
def test_every_network_becomes_onnx(tmp_path, task):
    pytest.importorskip("onnxscript")
    path, _ = saved(tmp_path / "c.pt", task)
    assert max(export.export(path, tmp_path / "net.onnx").apart.values()) < 1e-4
