import io
import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from faceshards.__main__ import main
from faceshards.errors import UsageError
from faceshards.media.picture import read_picture
from faceshards.packing.kinds.avspeech.catalog import read_catalog
from faceshards.packing.kinds.avspeech.layout import check_one_split
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.removed import tombstone
from faceshards.shards.writer import ShardWriter
from tests.packing.kinds.avspeech.conftest import SECOND, SIX


@pytest.fixture(scope="module")
def once(videos, tmp_path_factory):
    """A catalogue and the shard of its rows 0 (3 s), 1 (broken), 2 (1 s, so too short), 3 (3 s)."""
    folder = tmp_path_factory.mktemp("once")
    rows = (
        f"{SIX},0.500000,3.50,0.25,0.5",
        "a row,of,nothing",
        f"{SECOND},1,2,0.5,0.5",
        f"{SECOND},0,3.000001,0.465278,1",
    )
    (folder / "avspeech_train.csv").write_text("\n".join(rows))
    with pytest.raises(SystemExit) as end:
        words = ("pack", "avspeech", folder / "avspeech_train.csv", "--videos", videos, "--out", folder / "out")
        main([str(word) for word in words])
    assert not end.value.code
    return folder


@pytest.fixture
def tree(once, tmp_path):
    """The catalogue, a copy of the shards, and a folder for the tree."""
    return once / "avspeech_train.csv", Path(shutil.copytree(once / "out", tmp_path / "out")), tmp_path / "back"


def exported(run, tree, *words):
    code, said, err = run("export", "avspeech", tree[1], tree[2], "--json", *words)
    assert code == 0, err
    return json.loads(said)


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_split_that_is_set_anew_moves_nothing_in_the_tree(run, tree):
    assert run("split", tree[1], "--train", "0.5", "--validation", "0.5", "--test", "0")[0] == 0
    with Shard(next(tree[1].glob("*.tar"))) as shard:
        assert {shard.json(row)["split"] for row in range(len(shard))} == {"train", "validation"}
    exported(run, tree)
    assert "data/audio/catalog/avspeech_train.csv" in files(tree[2])
    assert not any("validation" in name for name in files(tree[2]))


def test_the_folders_are_as_the_scripts_lay_them_out(run, tree, number_of):
    report = exported(run, tree)
    assert report["whole"] == 2 and report["failed"] == {"export": {"too-few-frames": 1}}
    expected = {"data/audio/catalog/avspeech_train.csv"}
    for row in (0, 3):
        expected |= {f"data/audio/{kind}_train/trim_audio_train{row}.wav" for kind in ("audio", "norm_audio")}
        expected |= {f"data/video/frames/{row}-{number:02d}.jpg" for number in range(1, 76)}
    assert files(tree[2]) == expected
    numbers = [
        number_of(read_picture((tree[2] / f"data/video/frames/3-{k:02d}.jpg").read_bytes())) for k in range(1, 76)
    ]
    assert numbers == [int(k * 20 / 25 + 1e-9) for k in range(75)]


def test_a_number_names_the_same_row_of_the_catalogue_as_before(run, tree):
    exported(run, tree)
    body = (tree[2] / "data/audio/catalog/avspeech_train.csv").read_bytes()
    assert body.startswith(b"link,start_time,end_time,pos_x,pos_y\n")
    before, after = (list(read_catalog(text, "c")) for text in (tree[0].read_bytes(), body))
    assert [before[row] == after[row] for row in (0, 2, 3)] == [True] * 3 and len(after) == 4


def test_sound_is_three_seconds_of_pcm_and_over_its_peak_of_floats(run, tree):
    exported(run, tree)
    rate, plain = wavfile.read(tree[2] / "data/audio/audio_train/trim_audio_train0.wav")
    assert rate == 16000 and plain.dtype == np.int16 and plain.shape == (48000,)
    rate, normal = wavfile.read(tree[2] / "data/audio/norm_audio_train/trim_audio_train0.wav")
    assert rate == 16000 and normal.dtype == np.float32 and np.abs(normal).max() == 1
    assert np.allclose(normal, plain / np.abs(plain.astype(float)).max(), atol=1e-6)


def changed(path, change):
    """The shard anew, its samples as `change(facts, members)` leaves them."""
    with Shard(path) as shard:
        samples = [(key, {name: shard.read(row, name) for name in shard.columns}) for row, key in enumerate(shard.keys)]
    path.unlink()
    with ShardWriter(path) as out:
        for key, members in samples:
            facts = json.loads(members["json"])
            change(facts, members)
            out.add(key, members | {"json": encode_json(facts)})


def test_a_silent_clip_is_normalised_to_zeros(run, tree):
    buffer = io.BytesIO()
    wavfile.write(buffer, 16000, np.zeros(48000, np.int16))
    changed(tree[1] / "avspeech_train.tar", lambda facts, members: members.update(wav=buffer.getvalue()))
    exported(run, tree)
    _, normal = wavfile.read(tree[2] / "data/audio/norm_audio_train/trim_audio_train0.wav")
    assert normal.shape == (48000,) and not normal.any()


def test_faces_are_written_of_clips_that_have_one_in_each_frame(run, tree):
    def crop(facts, members):
        facts["crop_share"] = 1.0 if facts["row"] == 3 else 0.98
        facts["media"]["crop.mp4"] = facts["media"]["mp4"]
        members |= {"crop.mp4": members["mp4"], "crop.mp4.packets.npy": members["mp4.packets.npy"]}

    changed(tree[1] / "avspeech_train.tar", crop)
    exported(run, tree)
    exported(run, tree)  # the list of valid clips does not grow
    faces = {name for name in files(tree[2]) if "face_input" in name}
    assert faces == {f"data/video/face_input/frame_3_{number:02d}.jpg" for number in range(1, 76)}
    assert read_picture((tree[2] / "data/video/face_input/frame_3_01.jpg").read_bytes()).shape == (160, 160, 3)
    assert (tree[2] / "data/video/valid_frame.txt").read_text() == "frame_3\n"


def test_clips_of_another_kind_have_no_place(run, clip, tmp_path):
    (tmp_path / "a.mp4").write_bytes(clip)
    assert run("pack", tmp_path / "a.mp4", "--out", tmp_path / "out")[0] == 0
    code, said, err = run("export", "avspeech", tmp_path / "out", tmp_path / "back")
    assert code == 1 and "none of 1 samples" in err and "faceshards pack avspeech makes such samples" in said


def test_two_sides_of_the_split_are_refused_before_a_file_is_written(run, tree):
    shard = next(tree[1].glob("*.tar"))
    with Shard(shard) as old, ShardWriter(shard.with_name("test.tar")) as new:
        for row, key in enumerate(old.keys):
            members = {name: old.read(row, name) for name in old.columns if name != "json" and old.filled(row, name)}
            new.add(key, {"json": encode_json({**old.json(row), "catalog_split": "test"}), **members})
    code, _, err = run("export", "avspeech", tree[1], tree[2])
    assert code and "is of train, " in err and "export each to a folder of its own" in " ".join(err.split())
    assert not tree[2].exists()
    assert run("export", "avspeech", shard.with_name("test.tar"), tree[2])[0] == 0


def test_the_split_is_told_by_a_sample_that_stands_and_what_tells_none_is_let_pass(tmp_path):
    for name, facts in (("train", {"catalog_split": "train"}), ("test", {"catalog_split": "test"}), ("other", [7])):
        with ShardWriter(tmp_path / f"{name}.tar") as writer:
            writer.add("gone", {"json": tombstone("request"), "wav": None})
            writer.add("here", {"json": encode_json(facts), "wav": b"RIFF"})
    with tarfile.open(tmp_path / "foreign.tar", "w") as foreign:
        foreign.add(tmp_path / "other.tar", "a.bin")
    check_one_split([tmp_path / f"{name}.tar" for name in ("train", "other", "foreign")])
    with pytest.raises(UsageError, match=r"train\.tar is of train, .*test\.tar of test"):
        check_one_split([tmp_path / f"{name}.tar" for name in ("train", "test")])
