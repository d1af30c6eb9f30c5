"""Archives packed as tasks of a Ray: what one of them does is nothing to the others."""

import io
import json
import tarfile

import pytest

from faceshards.jobs.cluster import ray_cluster
from tests.packing.conftest import zipped

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster():
    with ray_cluster(cpus=2):
        yield


def test_tasks_make_the_same_bytes_and_what_fails_is_told(cluster, run, tmp_path, monkeypatch, make):
    sources = [zipped(tmp_path / f"{name}.zip", {f"{name}.mp4": make.mp4(4, seed=len(name))}) for name in ("a", "bc")]
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4 no zip")
    (tmp_path / "notes.csv").write_text("name,x\na,1\nnobody,3\n")
    words = ["pack", *sources, tmp_path / "bad.zip", "--annotations", tmp_path / "notes.csv"]
    assert run(*words, "--out", tmp_path / "here")[0] == 1
    monkeypatch.chdir(tmp_path)  # which is not where the workers are
    words = [str(word).removeprefix(f"{tmp_path}/") for word in words]
    code, said, err = run(*words, "--out", "there", "--ray", "auto", "--json")
    assert code == 1 and "bad.zip: " in err and "in any source: 1, such as 'nobody'" in err
    records = {record["source"].rsplit("/")[-1]: record for record in json.loads(said)}
    assert [records[name]["error"] is None for name in ("a.zip", "bc.zip", "bad.zip")] == [True, True, False]
    for name in ("a", "bc"):
        assert (tmp_path / "there" / f"{name}.tar").read_bytes() == (tmp_path / "here" / f"{name}.tar").read_bytes()
    assert not (tmp_path / "there" / "bad.tar").exists()
    code, said, _ = run("pack", sources[0], "--out", tmp_path / "alone", "--ray", "auto")  # one source may be sent, too
    assert code == 0 and "1 of 1 sources are packed" in said and (tmp_path / "alone" / "a.tar").exists()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_tars_of_others_are_tasks_too(cluster, run, old, clip, tmp_path, monkeypatch):
    (tmp_path / "old").mkdir()
    old.rename(tmp_path / "old" / "a.tar")
    (tmp_path / "old" / "broken.tar").write_bytes(b"no tar at all" * 100)
    with tarfile.open(tmp_path / "web.tar", "w") as tar:
        info = tarfile.TarInfo("one.mp4")
        info.size = len(clip)
        tar.addfile(info, io.BytesIO(clip))
    monkeypatch.chdir(tmp_path)
    for kind, source, made, failed in (("megactor", "old", "a.tar", 1), ("webdataset", "web.tar", "web.tar", 0)):
        assert run("pack", kind, source, "--out", "here")[0] == failed
        code, said, err = run("pack", kind, source, "--out", "there", "--ray", "auto", "--json")
        total = json.loads(said)["total"]
        assert (code, total["failed"], total["stood"]) == (failed, failed, 0), err
        assert (tmp_path / "there" / made).read_bytes() == (tmp_path / "here" / made).read_bytes()
        assert json.loads(run("pack", kind, source, "--out", "there", "--ray", "auto", "--json")[1])["total"]["stood"]
