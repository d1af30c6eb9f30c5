"""`faceshards infer`: from files, folders and shards to pictures; and what is said where that cannot be."""

import json
import subprocess
import sys

import numpy as np
import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.infer.faces.face_picture import LABEL
from faceshards.infer.run.results import Results
from faceshards.infer.speech_to_face import SpeechToFace
from faceshards.media.picture import read_picture
from tests.infer.conftest import face_jpg, shard_of, told, wave_file


def words(nets, out, *inputs):
    encoder, decoder = nets
    return ["speech-to-face", *inputs, "--voice-encoder", encoder, "--face-decoder", decoder, "--out", out]


def test_a_voice_becomes_a_picture_with_points(voice, nets, tmp_path, run):
    code, out, _ = run(*words(nets, tmp_path / "face.png", "--audio", voice), "--json")
    (result,) = json.loads(out)["results"]
    assert code == 0 and result["out"] == str(tmp_path / "face.png")
    picture, face = read_picture((tmp_path / "face.png").read_bytes()), SpeechToFace(*nets)(voice)
    np.testing.assert_array_equal(picture[LABEL : LABEL + 224, :224], face.picture)
    np.testing.assert_allclose(result["points"], face.points, rtol=1e-5)
    assert face.points.shape == (5, 2) and result["untrained_targets"] and result["target"] is None
    assert len(picture) > LABEL + 224, "a note, for there is nothing to hold it against"
    assert told(tmp_path / "face.json")["spectrogram"] == "sound"


def test_one_bad_input_costs_itself_and_the_counts_add_up(nets, tmp_path, run):
    folder = tmp_path / "in"
    for number in range(3):
        wave_file(folder / f"{number}.wav", 0.02 * (number + 1))
    wave_file(folder / "silent.wav", 0.0)
    (folder / "empty.mp3").write_bytes(b"")
    (folder / "rubbish.wav").write_bytes(b"RIFF rubbish" * 9)
    (folder / "notes.txt").write_text("no input")
    (folder / "0.jpg").write_bytes(face_jpg(0))
    code, out, err = run(*words(nets, tmp_path / "out", folder), "--json", "--batch-size", 2)
    report = json.loads(out)
    assert code == 0 and (report["seen"], report["whole"], report["failures"]) == (6, 3, 3)
    assert report["failed"] == {"read": {"silent": 1, "empty-file": 1, "broken-media": 1}}
    assert report["counts"] == {"others": 2, "written": 3} and len(report["rejected"]) == 3
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [
        *(f"{number}.{kind}" for number in range(3) for kind in ("json", "png")), "faceshards-infer.json"
    ]  # fmt: skip
    assert told(tmp_path / "out" / "faceshards-infer.json")["whole"] == 3
    assert "not answered" in err and "empty.mp3" in err


def test_a_second_run_passes_over_what_is_done_and_goes_on_with_the_rest(voice, nets, tmp_path, run):
    command = words(nets, tmp_path / "out", voice.parent)
    assert run(*command)[0] == 0
    before = {one.name: one.stat().st_mtime_ns for one in (tmp_path / "out").iterdir() if "infer" not in one.name}
    wave_file(voice.with_name("more.wav"), 0.1)
    code, out, err = run(*command, "--json")
    counts = json.loads(out)["counts"]
    assert code == 0 and counts == {"standing": 1, "written": 1}
    assert before.items() <= {one.name: one.stat().st_mtime_ns for one in (tmp_path / "out").iterdir()}.items()
    wave_file(voice, 0.3)
    code, _, err = run(*command)
    assert code == 2 and "voice.png was made of something else" in err and "--force" in err
    assert run(*command, "--force")[0] == 0


def test_rows_of_shards_are_answered_beside_their_own_faces(nets, tmp_path, run):
    shards = [shard_of(tmp_path / "in" / name) for name in ("a.tar", "b.tar")]
    code, out, _ = run(*words(nets, tmp_path / "out", *shards), "--json", "--where", "key != 'clip-2'")
    results = json.loads(out)["results"]
    assert code == 0 and [one["spectrogram"] for one in results] == ["column", "sound"] * 2
    picture = read_picture((tmp_path / "out" / "a" / "clip-0.png").read_bytes())
    own = read_picture(face_jpg(0))
    assert picture.shape == (LABEL + 224, 4 * 224, 3)
    np.testing.assert_array_equal(picture[LABEL:, 448:672], own)
    assert len(results[0]["target"]["points"]) == 5 and results[1]["target"] is None


def test_rows_of_a_store_are_answered_as_those_of_a_disk(nets, tmp_path, run, monkeypatch):
    shard = shard_of(tmp_path / "in" / "a.tar")
    with ObjectStore() as store:
        store.put("bucket/set/a.tar", shard.read_bytes())
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        assert run(*words(nets, tmp_path / "store", "s3://bucket/set"))[0] == 0
    assert run(*words(nets, tmp_path / "disk", shard))[0] == 0
    pictures = {one.name: one.read_bytes() for one in (tmp_path / "disk" / "a").glob("*.png")}
    assert pictures and pictures == {one.name: one.read_bytes() for one in (tmp_path / "store" / "a").glob("*.png")}


@pytest.mark.parametrize("out", ["s3://bucket/x", "gs://bucket/x", "az://container/x"])
def test_results_are_written_to_a_disk_alone(voice, nets, run, out):
    code, _, err = run(*words(nets, out, voice))
    assert code == 2 and f"{out}: this is read or written on a disk, not in a store" in err


@pytest.mark.parametrize(
    ("inputs", "code", "said"),
    [
        (["absent.wav"], 2, "absent.wav: no such file"),
        (["text.wav"], 1, "text.wav"),
        ([], 2, "name files, folders or shards"),
        (["voice.wav", "other.wav"], 2, "is one picture and there are 2 inputs"),
        (["s3://bucket/a.wav"], 2, "shards are taken"),
    ],
)
def test_errors_are_one_line(inputs, code, said, nets, tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wave_file(tmp_path / "voice.wav")
    wave_file(tmp_path / "other.wav")
    (tmp_path / "text.wav").write_text("no sound at all")
    found, out, err = run(*words(nets, "x.png", *inputs))
    assert (found, out, err.count("\n")) == (code, "", 1) and said in err
    assert not (tmp_path / "x.png").exists()


def test_checkpoints_that_are_none(voice, nets, tmp_path, run):
    encoder, decoder = nets
    (tmp_path / "noise.pt").write_bytes(b"noise")
    cases = [
        ((decoder, encoder), 2, "checkpoint of 'face-decoder'"),
        ((tmp_path / "noise.pt", decoder), 1, "noise.pt"),
        ((tmp_path / "none.pt", decoder), 2, "no such checkpoint"),
    ]
    for given, code, said in cases:
        found, _, err = run(*words(given, tmp_path / "x.png", voice))
        assert found == code and said in err.replace("\n", " ")
    found, _, err = run(*words(nets, tmp_path / "x.png", voice), "--device", "cuda:9")
    assert found == 1 and "cuda:9" in err


def test_a_place_that_cannot_be_written_is_one_line(voice, nets, tmp_path, run):
    (tmp_path / "file").write_bytes(b"")
    for place, found, said in (("file", 2, "is a file: name a folder"), ("file/below", 1, "its folder is a file")):
        code, _, err = run(*words(nets, tmp_path / place, voice))
        assert code == found and said in err.splitlines()[-1]


def test_a_name_that_is_no_text_is_written(nets, tmp_path, run):
    wave_file(tmp_path / "a\udcff.wav")
    code, _, _ = run(*words(nets, tmp_path / "out", tmp_path))
    assert code == 0 and told(tmp_path / "out" / "a\udcff.json")["input"].endswith("a\\xff.wav")


def test_where_there_is_no_display_the_line_says_where_to_look(voice, nets, tmp_path, run, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    code, out, _ = run(*words(nets, tmp_path / "face.png", voice), "--show")
    assert code == 0 and "no display here" in out.replace("\n", " ") and "face.png" in out


def test_the_file_runs_as_a_script_from_anywhere(tmp_path):
    from faceshards.infer import predict

    ran = subprocess.run(
        [sys.executable, predict.__file__, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0 and "speech-to-face" in ran.stdout


def test_a_second_run_in_the_same_folder_is_refused_while_the_first_one_works(voice, nets, tmp_path, run):
    out = tmp_path / "out"
    with Results(out, {}).held():
        code, _, err = run(*words(nets, out, voice))
        assert code == 1 and "another process is writing it" in err and not list(out.glob("*.png"))
    assert not out.exists(), "nothing was left in it"
    with Results(tmp_path / "face.png", {}, single=True).held():
        assert run(*words(nets, tmp_path / "face.png", voice))[0] == 1
    assert run(*words(nets, out, voice))[0] == 0


def test_where_nothing_can_be_written_no_network_is_asked(voice, nets, tmp_path, run, monkeypatch):
    monkeypatch.setattr(SpeechToFace, "prepared", lambda *_: pytest.fail("it was"))
    code, _, err = run(*words(nets, "/proc/nowhere", voice))
    assert code == 1 and "/proc/nowhere" in err


def test_an_input_with_the_reports_name_is_told_and_the_report_stands(voice, nets, tmp_path, run):
    wave_file(voice.with_name("faceshards-infer.wav"))
    for _ in range(2):
        assert run(*words(nets, tmp_path / "out", voice.parent))[0] == 0
        report = told(tmp_path / "out" / "faceshards-infer.json")
        assert report["failed"] == {"read": {"duplicate-entry": 1}} and report["whole"] == 1


def test_an_interrupted_run_says_what_stands_and_is_gone_on_with(nets, tmp_path, run, monkeypatch):
    for number in range(3):
        wave_file(tmp_path / "in" / f"{number}.wav", 0.02 * (number + 1))
    command = [*words(nets, tmp_path / "out", tmp_path / "in"), "--batch-size", 1]
    whole, seen = SpeechToFace.prepared, []

    def until_the_third(model, media):
        seen.append(media)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return whole(model, media)

    with monkeypatch.context() as patch:
        patch.setattr(SpeechToFace, "prepared", until_the_third)
        code, _, err = run(*command)
    assert code == 130 and err.endswith("interrupted: what is written stands whole, run it again to go on\n")
    code, out, _ = run(*command, "--json")
    assert code == 0 and json.loads(out)["counts"] == {"standing": 2, "written": 1}
