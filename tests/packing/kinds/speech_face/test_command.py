"""`faceshards pack speech-face` and the way back."""

import io
import json
import shutil
import tarfile
from pathlib import PurePath

import av
import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.media.sound import Sound, read_sound
from faceshards.shards.reader import Shard
from faceshards.shards.storage.find import find_shards
from tests.packing.kinds.conftest import embedding, npy, planted, tree_of, wav


@pytest.fixture
def tree(persons, tmp_path):
    return planted(tmp_path / "vox", persons)


def test_there_and_back_is_the_same_tree(run, tree, persons, tmp_path):
    code, said, err = run("pack", "speech-face", tree, "--out", tmp_path / "out", "--licence", "CC BY 4.0", "--json")
    assert code == 0, err
    assert "5 sounds (spectrogram 3, wav 2) and 4 pictures (embedding 2, jpg 1, png 1) of 3 persons" in err
    assert "persons without images: they make no pairs" in err and "1, such as '日本語'" in err
    report = json.loads(said)
    assert (report["seen"], report["whole"], report["remarks"]["persons"]["count"]) == (9, 9, 3)
    names = [shard.name for shard in find_shards(str(tmp_path / "out"))]
    assert names == ["vox-embedding.tar", "vox-jpg.tar", "vox-png.tar", "vox-wav.tar", "vox.tar"]
    with Shard(tmp_path / "out" / "vox-jpg.tar") as shard:
        assert shard.columns == ["json", "jpg", "face_embedding.npy"] and shard.json(0)["licence"] == "CC BY 4.0"
        assert shard.state(0, "face_embedding.npy") == "not yet"
    code, said, err = run("export", "speech-face", tmp_path / "out", tmp_path / "back", "--json")
    assert code == 0 and json.loads(said)["whole"] == 9, err
    assert tree_of(tmp_path / "back") == persons


def test_a_zip_and_a_tar_make_the_same_shards_and_a_second_run_nothing(run, tmp_path):
    tree = planted(tmp_path / "vox", {"id1/audios/a.wav": wav(), "id1/images/a.npy": embedding()})
    shutil.make_archive(str(tmp_path / "z" / "vox"), "zip", tree.parent, "vox")
    (tmp_path / "t").mkdir()
    with tarfile.open(tmp_path / "t" / "vox.tar", "w") as out:
        out.add(tree, "vox")
    words = ("--source", "vox", "--collection", "VoxCeleb")
    for out in ("z/vox.zip", "t/vox.tar"):
        assert run("pack", "speech-face", tmp_path / out, "--out", tmp_path / f"from {out[0]}", *words)[0] == 0
    one, other = (sorted((tmp_path / f"from {out}").glob("*.tar")) for out in "zt")
    assert [path.name for path in one] == ["vox-wav.tar", "vox.tar"]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    code, said, _ = run("pack", "speech-face", tmp_path / "z/vox.zip", "--out", tmp_path / "from z", *words)
    assert code == 0 and "already packed" in said
    assert run("export", "speech-face", tmp_path / "from z", tmp_path / "back")[0] == 0
    assert tree_of(tmp_path / "back" / "vox") == tree_of(tree), "a zip's top folder comes back, too"


def test_what_is_bad_is_told_and_the_rest_packed(run, tree, tmp_path):
    planted(tree, {"id1/audios/bad.npy": npy([1.0]), "notes.txt": b"x", "id1/audios/w\udcff.npy": b""})
    code, said, err = run("pack", "speech-face", tree, "--out", tmp_path / "out")
    assert code == 0, err
    assert "'id1/audios/bad'" in said and "bad.npy' must hold float32" in said
    assert ".txt outside of audios and images 1" in said and "empty-file" in said


def test_each_shard_is_as_large_as_is_asked_and_none_of_a_smaller_run_stays(run, tree, tmp_path):
    words = ("pack", "speech-face", tree, "--out", tmp_path / "out", "--max-bytes", "2M")
    assert run(*words, "--limit", 3)[0] == 0
    code, said, _ = run(*words, "--json")
    names = {shard.name for shard in find_shards(str(tmp_path / "out"))}
    assert code == 0 and names == {PurePath(file).name for file in json.loads(said)["files"]}
    assert {"vox-00000.tar", "vox-00002.tar", "vox-wav-00000.tar"} < names
    assert max(path.stat().st_size for path in (tmp_path / "out").glob("*.tar")) <= 2_000_000


def test_the_way_back_wants_shards_of_its_kind_with_what_was_packed(run, tree, clip, tmp_path):
    (tmp_path / "a.mp4").write_bytes(clip)
    assert run("pack", tmp_path / "a.mp4", "--out", tmp_path / "clips")[0] == 0
    code, _, err = run("export", "speech-face", tmp_path / "clips", tmp_path / "back")
    assert code == 1 and "none of 1 samples is of kind speech-face" in err


def test_to_a_store(run, tree, persons, tmp_path, monkeypatch):
    pytest.importorskip("boto3", reason="writing to S3 needs the extra s3")
    with ObjectStore(tmp_path / "store") as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        assert run("pack", "speech-face", tree, "--out", "s3://bucket/vox")[0] == 0
        assert "already packed" in run("pack", "speech-face", tree, "--out", "s3://bucket/vox")[1]
        assert run("export", "speech-face", "s3://bucket/vox", tmp_path / "back")[0] == 0
    assert tree_of(tmp_path / "back") == persons


def test_real_sounds_and_photographs_there_and_back(run, real, tmp_path):
    wanted = {"audio": ("jfk.flac", "hallo_1.wav"), "image": ("fr_biden.jpg", "skimage_astronaut.png")}
    bodies = {name: (real / folder / name).read_bytes() for folder, names in wanted.items() for name in names}
    voice = read_sound(bodies["hallo_1.wav"])
    spoken = {"m4a": encoded(voice, "mp4", "aac"), "mp3": encoded(voice, "mp3", "mp3")}
    sides = {"audio": "audios", "image": "images"}
    files = {f"id1/{sides[kind]}/{name}": bodies[name] for kind, names in wanted.items() for name in names}
    files |= {f"id1/audios/v.{suffix}": body for suffix, body in spoken.items()}
    assert run("pack", "speech-face", planted(tmp_path / "vox", files), "--out", tmp_path / "out")[0] == 0
    with Shard(tmp_path / "out" / "vox-m4a.tar") as shard:
        facts = shard.json(0)
    assert facts["sound_codec"] == "aac" and facts["sound_duration"] == pytest.approx(7.5, abs=0.1)
    assert run("export", "speech-face", tmp_path / "out", tmp_path / "back")[0] == 0
    assert tree_of(tmp_path / "back") == files


def encoded(sound: Sound, container: str, codec: str) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=sound.rate)
        frame = av.AudioFrame.from_ndarray(sound.samples[None], "fltp", "mono")
        frame.rate = sound.rate
        file.mux([*stream.encode(frame), *stream.encode()])
    return out.getvalue()


def test_several_at_once_each_make_their_own(run, tmp_path):
    files = {"id1/audios/a.wav": wav(), "id1/images/a.npy": embedding()}
    trees = [planted(tmp_path / name, files) for name in ("train", "test")]
    code, said, err = run("pack", "speech-face", *trees, "--out", tmp_path / "out", "--json")
    assert code == 0 and [one["whole"] for one in json.loads(said)] == [2, 2], err
    names = {shard.name for shard in find_shards(str(tmp_path / "out"))}
    assert names == {"test-wav.tar", "test.tar", "train-wav.tar", "train.tar"}
    code, _, err = run("export", "speech-face", tmp_path / "out", tmp_path / "back")
    assert code == 2 and "both make this file" in err, "two trees do not mix in one"


def test_help_teaches(run):
    code, said, _ = run("pack", "speech-face", "--help")
    assert code == 0 and "PERSON/audios" in said and "faceshards export speech-face" in said and "--variant" in said
