"""The comparison of a GPU with the processor: what it tells, and what is said where there is no GPU."""

import numpy as np
import pytest

from faceshards.__main__ import main
from faceshards.bench import gpu

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")


def test_without_a_gpu_one_line_says_so(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "gpu", "--device", "cuda:999"])
    err = capsys.readouterr().err
    assert ended.value.code == 1 and err.count("\n") == 1 and "cuda:999" in err


def test_results_that_are_apart_are_seen(monkeypatch):
    monkeypatch.setattr(gpu, "_SECONDS", 0.0)

    def opened(device: str):
        return lambda feeds: [feeds["rows"] * (1.0 if device == "cpu" else 1.01), feeds["rows"] - 1]

    case = gpu.Case("made", {"rows": np.ones((4, 3), np.float32)}, opened)
    apart, there, here = gpu.compared(case, "cuda")
    assert apart == pytest.approx(0.01, abs=1e-6) and there > 0 and here > 0
    assert gpu.compared(case, "cpu")[0] == 0


def test_a_network_of_random_weights_is_the_same_each_time_it_is_opened(monkeypatch):
    monkeypatch.setattr(gpu, "_SECONDS", 0.0)
    case = next(gpu.torch_cases())
    small = gpu.Case(case.name, {"rows": case.feeds["rows"][:1, :, :64, :64]}, case.opened)
    assert gpu.compared(small, "cpu")[0] == 0


def test_an_onnx_file_that_is_here_is_among_them(real, monkeypatch):
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
    monkeypatch.setattr(gpu, "_SECONDS", 0.0)
    cases = {case.name: case for case in gpu.onnx_cases()}
    assert "mobilefacenet" in cases and "silero_vad" not in cases
    assert gpu.compared(cases["mobilefacenet"], "cpu")[0] == 0
