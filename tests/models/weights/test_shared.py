"""Weights in a store: fetched once a machine, checked, never kept where they lie; counted in the store's requests."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.errors import StorageError, UsageError, WeightsError
from faceshards.models.weights import registry
from faceshards.models.weights.table import WEIGHTS
from tests.models.weights.test_registry import ROOT, toy

BODY = bytes(range(256)) * 70_000  # three requests of 8 MiB
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(running: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """A store with nothing below the prefix that FACESHARDS_WEIGHTS names, and a machine with an empty home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FACESHARDS_WEIGHTS", f"s3://bucket/{tmp_path.name}")
    monkeypatch.setitem(WEIGHTS, "toy", toy(size=len(BODY), sha256=SHA256))
    running.heal()
    running.log(clear=True)
    return running


def prefix(tmp_path: Path) -> str:
    return f"bucket/{tmp_path.name}"


def kept(tmp_path: Path) -> list[str]:
    folder = tmp_path / ".cache" / "faceshards" / "weights"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def requests(store: ObjectStore) -> list[str]:
    return [line["operation"] for line in store.log(clear=True) if not line["operation"].startswith("Put")]


@pytest.mark.parametrize("name", ["toy.onnx", "toy_under_another_name.onnx"])
def test_a_file_is_fetched_once_and_found_again_without_a_request(store: ObjectStore, tmp_path: Path, name: str):
    store.put(f"{prefix(tmp_path)}/{name}", BODY)
    store.log(clear=True)
    path = registry.find("toy")
    assert path == tmp_path / ".cache/faceshards/weights/shared" / SHA256 / "toy.onnx"
    assert path.read_bytes() == BODY and registry.read("toy") == BODY
    heads = 1 if name == "toy.onnx" else 2
    assert requests(store) == ["HeadObject"] * heads + ["GetObject"] * 3


TWICE = """
import hashlib, sys
from faceshards.models.weights.table import WEIGHTS
from tests.models.weights.test_registry import toy
from faceshards.models.weights import registry
WEIGHTS["toy"] = toy(size=int(sys.argv[1]), sha256=sys.argv[2])
print(registry.find("toy").stat().st_ino)
"""


def test_processes_of_a_machine_that_start_together_fetch_it_once(store: ObjectStore, tmp_path: Path):
    store.put(f"{prefix(tmp_path)}/toy.onnx", BODY)
    store.log(clear=True)
    store.fail("delay", operation="GetObject", times=3, seconds=0.3)
    words = [sys.executable, "-c", TWICE, str(len(BODY)), SHA256]
    both = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[0] for process in both]
    assert told[0] == told[1] != ""
    assert requests(store).count("GetObject") == 3


@pytest.mark.parametrize("body", [BODY[::-1], BODY + b"!", BODY[:-1]], ids=["other", "longer", "shorter"])
def test_a_file_that_lies_is_refused_and_not_kept(store: ObjectStore, tmp_path: Path, body: bytes):
    store.put(f"{prefix(tmp_path)}/toy.onnx", body)
    for function in (registry.find, registry.read):
        with pytest.raises(WeightsError, match=rf"s3://{prefix(tmp_path)}/toy.onnx is not toy: .*nothing was kept"):
            function("toy")
    assert [Path(name).name for name in kept(tmp_path)] == ["lock"]
    if len(body) != len(BODY):  # seen by who only looks
        with pytest.raises(
            WeightsError, match=rf"toy.onnx is not toy: it has {len(body)} bytes, must have {len(BODY)}"
        ):
            registry.locate(registry.entry("toy"))


def test_a_file_without_a_published_hash_is_pinned_by_the_record_beside_it(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(WEIGHTS, "toy", toy(size=None, sha256=None))
    at = f"{prefix(tmp_path)}/toy.onnx"
    assert registry.fingerprint(registry.entry("toy")) == ""
    store.put(at, BODY)
    with pytest.raises(WeightsError, match=r"there is no toy.onnx.sha256 beside it: pin your file"):
        registry.find("toy")
    store.put(f"{at}.sha256", b"../../../etc")
    with pytest.raises(WeightsError, match="does not begin with a sha256"):
        registry.find("toy")
    store.put(f"{at}.sha256", f"{SHA256}  toy.onnx\n".encode())
    assert registry.fingerprint(registry.entry("toy")) == SHA256
    assert registry.read("toy") == BODY
    store.put(at, b"another")  # and a record that is its own
    store.put(f"{at}.sha256", f"{hashlib.sha256(b'another').hexdigest()}  toy.onnx\n".encode())
    assert registry.read("toy") == b"another"


def test_a_file_that_is_not_there_is_looked_for_on_this_machine_then_named_with_the_remedy(
    store: ObjectStore, tmp_path: Path
):
    said = rf"weights toy \(toy.onnx\) are not in s3://{prefix(tmp_path)}, .*copy the file to s3://{prefix(tmp_path)} "
    with pytest.raises(WeightsError, match=said):
        registry.find("toy")
    own = tmp_path / ".cache/faceshards/weights/toy.onnx"
    own.write_bytes(BODY)
    assert registry.find("toy") == own and not registry.missing(["toy"])
    assert [one.name for one in registry.missing(["toy"], everywhere=True)] == ["toy"]


def test_a_store_that_refuses_and_a_url_of_none_say_so(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store.fail("status", status=403, times=9)
    with pytest.raises(StorageError, match=rf"s3://{prefix(tmp_path)}/toy.onnx"):
        registry.find("toy")
    monkeypatch.setenv("FACESHARDS_WEIGHTS", "ftp://host/weights")
    with pytest.raises(UsageError, match="begins with s3://"):
        registry.find("toy")


def test_looking_in_counts_inside_and_for_processes_that_start_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FACESHARDS_WEIGHTS", raising=False)
    monkeypatch.chdir(tmp_path)
    show = [sys.executable, "-c", "import os; print(os.environ.get('FACESHARDS_WEIGHTS'))"]
    with registry.looking_in("weights"):
        assert registry.folders()[0] == tmp_path / "weights"
        assert subprocess.check_output(show, text=True) == f"{tmp_path / 'weights'}\n"
        with registry.looking_in("s3://bucket/weights"), registry.looking_in(None):
            assert str(registry.shared().prefix) == "s3://bucket/weights" and len(registry.folders()) == 1
        assert registry.folders()[0] == tmp_path / "weights"
    assert registry.named_place() is None and len(registry.folders()) == 1
