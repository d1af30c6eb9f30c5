"""Any webdataset tars in and out again: written and read by the package `webdataset` itself, and hostile ones."""

import io
import json
import pickle
import tarfile

import numpy as np
import pytest
import webdataset as wds

from faceshards.bench.object_store import ObjectStore
from faceshards.shards.reader import Shard

# webdataset leaves its files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def tar_of(path, members):
    """A tar of these (name, body), in this order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for name, body in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.uname, info.mtime = len(body), 0o600, "bigdata", 1.5
            tar.addfile(info, io.BytesIO(body))
    return path


def read(path):
    """What the package `webdataset` makes of a tar, with its own defaults."""
    samples = wds.WebDataset(str(path), shardshuffle=False, empty_check=False)
    return [{name: body for name, body in one.items() if name not in ("__url__", "__local_path__")} for one in samples]


@pytest.fixture(scope="module")
def bodies(make, clip):
    """Members of a tar as people have them: uneven fields, a key in a folder, hidden files, an empty member."""
    facts = b'{ "caption": "smiles", "fps": 12.5, "identity": "ann", "nested": {"a": [1]} }\n'
    npy = io.BytesIO()
    np.save(npy, np.arange(6, dtype=np.float64).reshape(2, 3))
    return [
        ("__meta__", b"{}"),
        ("00/one.mp4", clip),
        ("00/one.json", facts),
        ("00/one.JPG", make.picture(make.pictures(1)[0], "JPEG")),
        ("00/one.swapped.mp4", make.mp4(seed=2)),
        ("00/one.feat.npy", npy.getvalue()),
        ("two words.mp4", make.mp4(sound=True)),
        ("two words.txt", "grüße".encode()),
        ("two words.mp4.packets.npy", b"not one of ours"),
        ("three.txt", b""),
        ("three.cls", b"7"),
        ("three.pyd", pickle.dumps([1, 2])),
        ("two words.cls", b"8"),  # the key comes again: another sample, as webdataset reads it
    ]


@pytest.fixture
def web(bodies, tmp_path):
    return tar_of(tmp_path / "web" / "train-000000.tar", bodies)


def test_samples_and_fields_come_back_as_they_were(web, run, tmp_path):
    out, again = tmp_path / "out", tmp_path / "again"
    code, said, errors = run("pack", "webdataset", web, "--out", out, "--licence", "CC-BY-4.0", "--json")
    assert code == 0, errors
    report = json.loads(said)["tars"][0]
    assert (report["seen"], report["whole"], report["ignored"]) == (4, 4, {"__ name": 1})
    with Shard(out / web.name) as shard:
        assert shard.keys == ["00=2Fone", "two=20words", "three", "two=20words-2"]
        facts = shard.json(0)
        assert (facts["caption"], facts["identity"], facts["nested"], facts["licence"]) == (
            "smiles", "ann", {"a": [1]}, "CC-BY-4.0",
        )  # fmt: skip
        assert facts["fps"] == [25, 1] and facts["frames"] == 6 and facts["webdataset"]["conflicts"] == ["fps"]
        assert shard.get(0, "original.json")["fps"] == 12.5
        assert shard.get(0, "mp4.packets.npy").shape == (6, 8) == shard.get(0, "swapped.mp4.packets.npy").shape
        assert facts["media"].keys() == {"mp4", "swapped.mp4"}
        assert [shard.state(row, "mp4") for row in range(4)] == ["done", "done", "not yet", "not yet"]
        assert [shard.state(row, "sound.packets.npy") for row in range(2)] == ["n/a", "done"]
        assert shard.read(1, "original.mp4.packets.npy") == b"not one of ours"
        assert shard.get(1, "mp4.packets.npy").shape == (6, 8) and shard.state(2, "txt") == "not yet"
    code, _, errors = run("export", "webdataset", out, again)
    assert code == 0, errors
    assert read(again / web.name) == read(web)
    with tarfile.open(web) as one, tarfile.open(again / web.name) as two:  # names and order, to the letter
        assert [each.name for each in one][1:] == [each.name for each in two]


def test_a_sample_that_was_removed_does_not_come_back(web, run, tmp_path):
    assert run("pack", "webdataset", web, "--out", tmp_path / "out")[0] == 0
    assert run("remove", tmp_path / "out", "--key", "00/one", "--reason", "request")[0] == 0
    code, said, errors = run("export", "webdataset", tmp_path / "out", tmp_path / "again", "--json")
    assert code == 0, errors
    assert json.loads(said)["tars"][0]["counts"] == {"removed": 1}
    assert [one["__key__"] for one in read(tmp_path / "again" / web.name)] == ["two words", "three", "two words"]


def test_a_second_run_does_nothing_and_an_enriched_shard_stands(web, run, tmp_path):
    words = ("pack", "webdataset", web, "--out", tmp_path / "out", "--json")
    assert run(*words)[0] == 0
    before = (tmp_path / "out" / web.name).stat().st_mtime_ns
    code, said, _ = run(*words)
    assert code == 0 and json.loads(said)["total"]["stood"] == 1
    assert (tmp_path / "out" / web.name).stat().st_mtime_ns == before
    assert run("export", "webdataset", tmp_path / "out", tmp_path / "again")[0] == 0
    code, said, _ = run("export", "webdataset", tmp_path / "out", tmp_path / "again", "--json")
    assert code == 0 and json.loads(said)["total"]["stood"] == 1


def test_bad_samples_and_bad_tars_are_told_and_the_rest_goes_on(run, clip, tmp_path):
    folder = tmp_path / "web"
    tar_of(folder / "a-0.tar", [("good.mp4", clip), ("cut.mp4", clip[: len(clip) // 2]), ("cut.txt", b"x")])
    tar_of(
        folder / "a-1.tar", [("x.MP4", clip), ("x.mp4", clip), ("../up.mp4", clip), ("y.json", b"[1"), ("y.mp4", clip)]
    )
    (folder / "a-2.tar").write_bytes(b"\x1f\x8b rest")
    (folder / "a-3.tar").write_bytes(b"")
    code, said, errors = run("pack", "webdataset", f"{folder}/a-{{0..3}}.tar", "--out", tmp_path / "out", "--json")
    told = json.loads(said)
    assert code == 1 and "2 of 4 tars failed" in errors
    assert told["total"]["failed"] == 2 and (told["total"]["seen"], told["total"]["whole"]) == (5, 2)
    codes = {one["name"]: one["code"] for tar in told["tars"][:2] for one in tar["rejected"]}
    assert codes == {"cut": "broken-media", "x": "duplicate-entry", "../up": "unsafe-path"} or codes == {
        "cut": "truncated-media", "x": "duplicate-entry", "../up": "unsafe-path",
    }  # fmt: skip
    assert "gunzip" in told["tars"][2]["error"]
    with Shard(tmp_path / "out" / "a-1.tar") as shard:  # a json that is none: its bytes stay, and it is said
        assert shard.keys == ["y"] and shard.read(0, "original.json") == b"[1"
        assert shard.json(0)["failures"][0]["code"] == "bad-column" and shard.filled(0, "mp4")


def test_pickles_are_bytes_or_refused_and_never_read(run, tmp_path):
    body = b"cos\nsystem\n(S'touch " + str(tmp_path / "ran").encode() + b"'\ntR."
    tar = tar_of(tmp_path / "p.tar", [("a.pyd", body), ("a.txt", b"x"), ("b.txt", b"y")])
    assert run("pack", "webdataset", tar, "--out", tmp_path / "kept")[0] == 0
    with Shard(tmp_path / "kept" / "p.tar") as shard:
        assert shard.get(0, "pyd") == body
    code, said, _ = run("pack", "webdataset", tar, "--pickles", "refuse", "--out", tmp_path / "not", "--json")
    assert code == 0 and json.loads(said)["tars"][0]["failed"] == {"pack": {"unsafe-data": 1}}
    assert run("pack", "webdataset", tar, "--pickles", "run", "--out", tmp_path / "no")[0] == 2
    assert not (tmp_path / "ran").exists()


def test_a_shard_is_refused_and_so_is_the_export_of_other_samples(web, run, pack, make, tmp_path):
    assert run("pack", "webdataset", web, "--out", tmp_path / "out")[0] == 0
    code, _, errors = run("pack", "webdataset", tmp_path / "out", "--out", tmp_path / "more")
    assert code == 1 and "is a shard already" in errors
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a.mp4").write_bytes(make.mp4())
    pack(tmp_path / "clips", tmp_path / "ours")
    code, _, errors = run("export", "webdataset", tmp_path / "ours", tmp_path / "again")
    assert code == 1 and "none of its 1 samples was packed from a webdataset tar" in errors
    assert not (tmp_path / "again" / "clips.tar").exists()


def test_a_tar_in_a_store_becomes_a_shard_in_a_store(web, run, tmp_path, monkeypatch):
    pytest.importorskip("boto3", reason="writing to S3 needs the extra s3")
    with ObjectStore(tmp_path / "store") as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        assert run("pack", "webdataset", web, "--out", tmp_path / "disk")[0] == 0
        store.put("bucket/in/deeper/train-000000.tar", web.read_bytes())
        code, _, errors = run("pack", "webdataset", "s3://bucket/in", "--out", "s3://bucket/out")
        assert code == 0, errors
        assert store.get("bucket/out/deeper/train-000000.tar") == (tmp_path / "disk" / web.name).read_bytes()
        code, said, _ = run("pack", "webdataset", "s3://bucket/in", "--out", "s3://bucket/out", "--json")
        assert code == 0 and json.loads(said)["total"]["stood"] == 1


def test_real_clips_of_two_containers_come_back_with_all_their_members(real, run, tmp_path):
    videos = [real / "video" / name for name in ("megactor_ENTF_1.mp4", "grid_bbaf2n.mpg")]
    members = [(f"talks/{path.stem}{path.suffix}", path.read_bytes()) for path in videos]
    members = [each for one in members for each in (one, (one[0].rpartition(".")[0] + ".txt", b"hello"))]
    source = tar_of(tmp_path / "in" / "real.tar", members)
    code, said, errors = run("pack", "webdataset", source, "--out", tmp_path / "out", "--json")
    assert code == 0 and json.loads(said)["total"]["whole"] == 2, errors
    frames = {}
    for name in ("real.tar", "real-mpg.tar"):
        with Shard(tmp_path / "out" / name) as shard:
            for row in range(len(shard)):
                facts = shard.json(row)
                frames[facts["name"]] = (facts["frames"], facts["sound_codec"], shard.filled(row, "sound.packets.npy"))
    assert frames == {  # of the table in real/README.md
        "talks/megactor_ENTF_1": (96, "mp3", True),
        "talks/grid_bbaf2n": (75, "mp2", True),
    }
    assert run("export", "webdataset", tmp_path / "out", tmp_path / "again")[0] == 0
    back = {}
    for tar in (tmp_path / "again").glob("*.tar"):
        with tarfile.open(tar) as file:
            back |= {one.name: file.extractfile(one).read() for one in file}
    assert back == dict(members)
