"""Fixtures that several packages' tests share, and how the tests are shared out among processes."""

import io
import os
import re
import signal
from collections.abc import Callable, Generator, Iterable
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import hypothesis
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
BITS = 7  # numbers below 128
#: Each starts a Ray that takes two cores: they run one after the other.
ON_RAY = {
    "tests/curation/test_kill.py",
    "tests/curation/test_on_dashboard.py",
    "tests/curation/test_on_nodes.py",
    "tests/curation/test_on_ray.py",
    "tests/jobs/test_actors.py",
    "tests/jobs/test_cluster.py",
    "tests/loaders/test_processes.py",
    "tests/packing/test_each_archive_on_ray.py",
}
# A shell starts what runs in its background with Ctrl-C ignored, and some tests send it to themselves.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# By Ray's own choice its workers yield to all else (nice 15): on a machine that is busy they stand still.
os.environ.setdefault("RAY_worker_niceness", "0")

#: What takes longest comes first, so that no process has it left when the others are done.
LONG = ON_RAY | {
    "tests/bench/demo/test_command.py",
    "tests/bench/demo/test_raw.py",
    "tests/bench/test_shards_bench.py",
    "tests/curation/stages/faces/test_faces.py",
    "tests/loaders/units/test_clips.py",
    "tests/models/nets/test_mtcnn.py",
    "tests/train/test_fit.py",
}

#: What `make pythons` does without: tests that need one of these are skipped there, saying so.
ABSENT = [name for name in ("torch", "webdataset", "tensorboard") if find_spec(name) is None]
# A folder whose conftest needs it cannot be skipped test by test.
collect_ignore = ["docs", "infer", "loaders/units", "train"] if ABSENT else []

# How long an example takes says how busy the machine is, and nothing else.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Under `-n 2` a file's tests stay in one process, which sets their fixtures up once; Ray's are one group."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "on Ray" if file in ON_RAY else file

    config.option.loadscopereorder = False  # not by their number
    return ByFile(config, log)


def pytest_report_header() -> list[str]:
    """What this environment lacks, and so what is not tested."""
    left_out = f" ({', '.join(f'tests/{name}' for name in collect_ignore)} left out)" if collect_ignore else ""
    return [f"without {', '.join(ABSENT)}: tests that need one of them are skipped{left_out}"] if ABSENT else []


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """A test file that imports what is absent is skipped."""
    report = yield
    if report.outcome == "failed" and (name := lacking(str(report.longrepr))):
        report.outcome, report.longrepr = "skipped", (str(collector.path), 0, f"Skipped: needs {name}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Generator[None, Any, Any]:
    """So is a test that comes to where it is needed, or whose command does and says so."""
    report = yield
    said = [str(call.excinfo.value), *(text for _, text in report.sections)] if call.excinfo else []
    if report.outcome == "failed" and (name := next(filter(None, map(lacking, said)), None)):
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"Skipped: needs {name}")
    return report


def lacking(error: str) -> str | None:
    """Which of the absent packages an error speaks of."""
    found = re.search(r"No module named \\?'(\w+)|pip install 'faceshards\[(torch)", error)
    name = found and (found[1] or found[2])
    return name if name in ABSENT else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order is random but for this."""
    items.sort(key=lambda item: item.nodeid.split("::")[0] not in LONG)


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """What repeats a failure: the order of the tests hangs on one number."""
    seed = config.getoption("randomly_seed", None)
    if exitstatus and seed is not None:
        terminalreporter.write_line(f"the tests ran in the order of --randomly-seed={seed}")


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real clips, photographs, speech and weights; the test is skipped where it is absent."""
    folder = Path(os.environ.get("FACESHARDS_REAL", ROOT.parent / "shared" / "real"))
    if not folder.is_dir():
        pytest.skip(f"no real media at {folder} (set FACESHARDS_REAL)")
    return folder


@pytest.fixture(scope="session")
def numbered() -> Callable[..., list[np.ndarray]]:
    """numbered(count, (width, height)) -> pictures whose upper half spells their number in black and white bars."""

    def make(count: int, size: tuple[int, int] = (112, 64)) -> list[np.ndarray]:
        width, height = size
        rng = np.random.default_rng(7)
        ground = rng.integers(40, 200, (height // 8 + 1, width // 8 + count + 1, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        pictures = []
        for number in range(count):
            picture = ground[:height, 4 * number : 4 * number + width].copy()
            for bit, bar in enumerate(np.array_split(np.arange(width), BITS)):
                picture[: height // 2, bar] = 230 if number >> bit & 1 else 20
            pictures.append(picture)
        return pictures

    return make


@pytest.fixture(scope="session")
def number_of() -> Callable[[np.ndarray], int]:
    """The number that a picture spells."""

    def read(picture: np.ndarray) -> int:
        upper = picture[: picture.shape[0] // 2].mean(axis=(0, 2))
        return sum(int(bar.mean() > 125) << bit for bit, bar in enumerate(np.array_split(upper, BITS)))

    return read


@pytest.fixture(scope="session")
def made() -> Callable[..., bytes]:
    """made(pictures, container, codec, options, fps) -> a clip, written without this project's encoder.

    One thread encodes it: with more, the bytes of some encoders depend on how many cores there are.
    """

    def make(
        pictures: Iterable[np.ndarray],
        container: str = "mp4",
        codec: str = "libx264",
        options: dict[str, str] | None = None,
        fps: Fraction = Fraction(25),
        muxing: dict[str, str] | None = None,
    ) -> bytes:
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=container, options=muxing or {}) as out:
            stream = None
            for index, picture in enumerate(pictures):
                if stream is None:
                    stream = out.add_stream(codec, rate=fps, options={"threads": "1"} | (options or {}))
                    stream.height, stream.width = picture.shape[:2]
                    stream.pix_fmt = "yuv420p"
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts, frame.time_base = index, 1 / fps
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
        return buffer.getvalue()

    return make
