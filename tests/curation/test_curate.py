"""The command: its words, its exit codes, what it prints."""

import json
import os
import subprocess
import sys

import pytest

from faceshards.__main__ import main
from faceshards.bench.object_store import ObjectStore
from faceshards.models.weights.fetch import add
from faceshards.shards.reader import Shard
from tests.curation.conftest import ROOT, ROOT_ENV, sample, write_shard

#: By what the `mtcnn` package brings alone.
WITH_MTCNN = ("--set", "faces.backend=mtcnn", "--set", "swap.backend=blend")


def curate(*words: object) -> int:
    try:
        main(["curate", *map(str, words)])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_folder_of_shards_is_enriched_and_the_table_adds_up(some_shard, capsys):
    one, two = some_shard("one", "astro 1", "hopper.1"), some_shard("two", "astro 2")
    assert curate(one.parent, "--inline", "--stages", "spectrogram,loudness") == 0
    out = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("│")[1:3]] for line in out.splitlines() if "│" in line]
    table = {row[0]: row[1] for row in rows}
    assert (table["clips seen"], table["whole"], table["failed"]) == ("3", "3", "0")
    for path in (one, two):
        with Shard(path) as shard:
            states = ["done", "n/a"] if path == one else ["done"]  # hopper is silent
            assert [shard.state(row, "spectrogram.npy") for row in range(len(shard))] == states
            assert path.with_suffix(".curate.json").exists()


def test_json_is_the_last_and_only_thing_on_stdout(some_shard, capsys):
    path = some_shard("one", "astro 1", "hopper.1")
    assert curate(path, "--inline", "--stages", "loudness", "--json") == 0
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert (record["total"]["seen"], record["total"]["whole"], record["total"]["failures"]) == (2, 2, 0)
    assert record["shards"][0]["failed"] == {}
    assert "clips seen" in err


def test_a_gpu_that_is_not_here_is_one_line_before_any_work(some_shard, capsys):
    pytest.importorskip("onnxruntime")
    path = some_shard("one", "astro 1")
    before = path.read_bytes()
    words = ("--stages", "dwpose", "--set", "dwpose.backend=dwpose", "--device", "cuda:999", "--inline")
    assert curate(path, *words) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1) and "--device cuda:999: device 'cuda:999' was asked for" in err
    assert path.read_bytes() == before
    assert sorted(one.name for one in path.parent.iterdir()) == [
        "one.parquet",
        "one.tar",
    ]


def test_a_model_file_that_is_not_in_the_store_is_one_line_before_any_work(some_shard, tmp_path, capsys, monkeypatch):
    path = some_shard("one", "astro 1")
    before = path.read_bytes()
    words = ("--stages", "dwpose", "--set", "dwpose.backend=dwpose", "--inline", "--weights", "s3://bucket/weights")
    with ObjectStore(tmp_path / "store") as store:
        for name, value in {**store.environment, "HOME": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        assert curate(path, *words) == 1
        asked = [(line["operation"], line["key"]) for line in store.log()]
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == (
        "",
        1,
    ) and "weights yolox_l (yolox_l.onnx) are not in s3://bucket/weights, " in err
    assert "`faceshards weights pull yolox_l`, and copy the file to s3://bucket/weights" in err
    assert "; nor are dw-ll_ucoco_384" in err
    assert asked == [("HeadObject", f"bucket/weights/{name}") for name in ("yolox_l.onnx", "dw-ll_ucoco_384.onnx")]
    assert path.read_bytes() == before and "FACESHARDS_WEIGHTS" not in os.environ
    assert sorted(one.name for one in path.parent.iterdir()) == ["one.parquet", "one.tar"]


NOISY = """
from dataclasses import dataclass
import pyarrow as pa
from faceshards.curation import Outcome, Stage
from faceshards.shards.schema.scalars import Scalar

@dataclass(frozen=True)
class Nothing:
    pass

class Noisy(Stage[Nothing]):
    name, scores = "noisy", (Scalar("heard", pa.int64(), "", "noisy", "one"),)

    def one(self, clip):
        print("{noise")
        return Outcome({}, {"heard": 1})
"""


def test_what_a_stage_prints_is_no_part_of_the_answer(some_shard, tmp_path):
    (tmp_path / "noisy.py").write_text(NOISY)
    words = ["-m", "faceshards", "curate", some_shard("one", "astro 1"), "--stages", "noisy:Noisy,loudness", "--inline"]
    env = {**ROOT_ENV, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = subprocess.run([sys.executable, *words, "--json"], env=env, capture_output=True, text=True)
    assert json.loads(done.stdout)["total"]["whole"] == 1, done.stderr
    assert "{noise" in done.stderr


def test_where_all_is_done_no_cluster_is_asked_for(some_shard, capsys):
    path = some_shard("one", "astro 1")
    nowhere = ("--ray", "127.0.0.1:9", "--stages", "loudness")
    assert curate(path, *nowhere) == 1
    assert curate(path, "--inline", "--stages", "loudness") == 0
    assert curate(path, *nowhere) == 0


def test_a_shard_that_cannot_be_finished_is_named_and_the_others_are_done(some_shard, capsys):
    good, bad = some_shard("good", "astro 1"), some_shard("bad", "astro 2")
    body = bytearray(bad.read_bytes())
    with Shard(bad) as shard:
        body[shard.extent(0, "mp4").offset + 999] ^= 1
    bad.write_bytes(body)
    assert curate(good.parent, "--inline", "--stages", "loudness") == 1
    out, err = capsys.readouterr()
    assert "not finished:" in out and "bad.tar" in out and "differs from its checksum" in out
    assert err.strip() == "faceshards: 1 of 2 shards could not be finished: see above"
    with Shard(good) as shard:
        assert "loudness_db" in shard.json(0)


BROKEN = """
from dataclasses import dataclass
import pyarrow as pa
from faceshards.curation import SoundOf, Stage
from faceshards.shards.schema import Scalar

@dataclass(frozen=True)
class Nothing:
    pass

class Broken(Stage[Nothing]):
    name = "broken"
    scores = (Scalar("broken", pa.float64(), "", "broken", ""),)

    def needs(self):
        return (SoundOf(),)

    def one(self, clip):
        return undefined
"""


@pytest.mark.parametrize("runner", ["inline", "ray"])
def test_a_bug_in_a_stage_is_one_line_and_the_traceback_is_in_the_report(some_shard, tmp_path, runner):
    """The user's own stage is wrong: the real command, in a process of its own."""
    one, two = some_shard("one", "astro 1"), some_shard("two", "astro 2")
    before = one.read_bytes(), two.read_bytes()
    (tmp_path / "broken.py").write_text(BROKEN)
    where = ["--inline"] if runner == "inline" else ["--workers", "1"]
    words = ["-m", "faceshards", "curate", one.parent, "--stages", "broken:Broken", *where]
    env = {**ROOT_ENV, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = subprocess.run([sys.executable, *words], env=env, capture_output=True, text=True)
    assert done.returncode == 1
    *progress, line = done.stderr.splitlines()
    assert line.startswith("faceshards: the run stops: stage broken, clip 'astro 1': NameError at broken.py:19")
    assert all(one.startswith("curating: ") for one in progress)
    assert f"traceback stands in {one.parent}/one.curate.json" in done.stderr
    assert "NameError: name 'undefined'" in json.loads(one.with_suffix(".curate.json").read_text())["bug"]
    assert (one.read_bytes(), two.read_bytes()) == before


def test_a_stage_that_cannot_be_set_up_is_said_of_each_shard_in_one_line(some_shard, tmp_path, monkeypatch, capsys):
    torch = pytest.importorskip("torch")
    some_shard("one", "astro 1"), some_shard("two", "astro 2")
    torch.save({"layer1.0.weight": torch.zeros(1)}, tmp_path / "x.pt")  # torch lists what lacks, a line each
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path / "weights"))
    add("vgg_face", tmp_path / "x.pt")
    words = ("--inline", "--stages", "faces,identity", "--set", "identity.backend=vggface")
    assert curate(tmp_path, *words, *WITH_MTCNN[:2]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if "no state dict of VGG-Face" in line]
    assert [line.split(" ")[:3] for line in lines] == [["not", "finished:", f"{name}.tar:"] for name in ("one", "two")]
    assert all("Missing key(s)" in line for line in lines)


@pytest.mark.parametrize(
    "words",
    [
        ["--stages", "blinks"],
        ["--weights", "nowhere"],
        ["--inline", "--ray", "auto"],
        ["--set", "swap.folder=portraits"],
        ["--set", "faces.evry=5"],
        ["--config", "nowhere.toml"],
        ["--retry", "tired"],
        ["--limit", "0"],
        ["--memory", "0"],
        ["--no-such-option"],
    ],
)
def test_options_that_make_no_sense_end_with_2(some_shard, capsys, words):
    assert curate(some_shard("one", "astro 1"), *words) == 2


def test_no_shard_ends_with_2(tmp_path, capsys):
    assert curate(tmp_path) == 2
    assert "no .tar shard" in capsys.readouterr().err


def test_all_stages_of_the_table_on_two_people(some_shard, capsys):
    path = some_shard("two", "astro 1", "hopper.1")
    stages, blend = "swap,stylize,face_crop,faces,spectrogram,loudness", ("--set", "swap.backend=blend")
    assert curate(path, "--inline", "--stages", stages, *blend, "--json") == 0
    record = json.loads(capsys.readouterr().out)["total"]
    assert record["counts"] == {"frames": 18, "frames_decoded": 18, "frames_peeked": 2}
    with Shard(path) as shard:
        for row, other in ((0, "hopper.1"), (1, "astro 1")):
            facts = shard.json(row)
            assert facts["swapped_source"] == other
            assert (facts["face_share"], facts["faces_max"], facts["tracks"]) == (1.0, 1, 1)
            assert shard.get(row, "face.jpg").shape == (224, 224, 3)
            assert len(shard.get(row, "swapped.mp4.packets.npy")) == facts["frames"]
            assert facts["media"]["swapped.mp4"]["codec"] == facts["media"]["styled.mp4"]["codec"] == "h264"
        assert shard.json(0)["loudness_db"] < 0 and shard.get(0, "spectrogram.npy").shape == (2, 257, 601)
        assert set(facts["inputs"]) == set(stages.split(","))
        assert set(facts["inputs"]["face_crop"]) == {"mp4", "mp4.packets.npy", "faces.msg"}
        assert f"{shard.keys[0]}/mp4" in facts["inputs"]["swap"]
    assert curate(path, "--inline", "--stages", stages, *blend, "--json") == 0
    assert json.loads(capsys.readouterr().out)["total"]["counts"] == {}


def test_a_folder_of_portraits_is_the_source(some_shard, tmp_path, hopper, capsys):
    from PIL import Image

    (tmp_path / "portraits").mkdir()
    Image.fromarray(hopper).save(tmp_path / "portraits" / "amazing grace.png")
    path = some_shard("one", "astro 1")
    words = [*WITH_MTCNN, "--set", f"swap.folder={tmp_path / 'portraits'}"]
    assert curate(path, "--inline", "--stages", "faces,swap", *words) == 0
    with Shard(path) as shard:
        assert shard.json(0)["swapped_source"] == "amazing grace.png"
        made = shard.provenance[shard.json(0)["made"]["swapped.mp4"]]
        assert set(made.params["digests"]) == {"amazing grace.png"}


def test_the_file_runs_as_a_script_beside_a_folder_named_models(some_shard, tmp_path):
    path = some_shard("one", "astro 1")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "__init__.py").write_text("raise ImportError('the wrong one')")
    done = subprocess.run(
        [sys.executable, ROOT / "curation" / "curate.py", path, "--inline", "--stages", "loudness"],
        cwd=tmp_path,
        env={key: value for key, value in ROOT_ENV.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "clips seen" in done.stdout


def test_a_picture_is_curated_as_a_clip_of_one_frame(tmp_path, astronaut, capsys):
    from faceshards.media.picture import encode_jpg

    members = {"json": {"name": "p", "container": "jpg", "failures": []}, "jpg": encode_jpg(astronaut)}
    path = write_shard(tmp_path / "p.tar", {"p": members, "q": {**members, "json": {**members["json"], "name": "q"}}})
    stages = ["--stages", "faces,face_crop,swap,stylize,loudness", *WITH_MTCNN]
    assert curate(path, "--inline", *stages) == 0
    with Shard(path) as shard:
        facts = shard.json(0)
        assert (facts["face_share"], facts["swapped_source"]) == (1.0, "q")
        assert facts["failures"] == [] and "loudness_db" not in facts
        assert len(shard.get(0, "styled.mp4.packets.npy")) == 1


def test_a_sample_helper_makes_what_pack_makes(bodies):
    # the tests' shards carry the keys that the packer writes
    assert {"fps", "frames", "width", "height", "name", "container"} <= set(sample("a", bodies["astro 1"])["json"])
