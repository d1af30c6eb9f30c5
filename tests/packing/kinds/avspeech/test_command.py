import json
import shutil

import pytest

from faceshards.media.clip import Clip
from faceshards.packing.kinds.avspeech.catalog import RowSpan
from faceshards.packing.kinds.avspeech.command import shard_name
from faceshards.shards.reader import Shard
from tests.packing.kinds.avspeech.conftest import SECOND, SIX

ROWS = (
    f"{SIX},1.5,2.5,0.25,0.5",
    "../../../etc/x,1,2,0.5,0.5",
    f"{SECOND},0.2,1.3,0.5,1",
    f"{SIX},0,2,1,0",
    "GGGGGGGGGGG,0,2,0.5,0.5",
    f"{SECOND},4.5,9,0.5,0.5",
)


@pytest.fixture
def packed(run, videos, catalog, tmp_path):
    """packed(words...): the report of packing the rows."""

    def command(*words, header=False, rows=ROWS, code=0):
        path = catalog(*rows, header=header)
        ended, said, err = run("pack", "avspeech", path, "--out", tmp_path / "out", "--json", *words)
        assert ended == code, err
        return json.loads(said)

    return command


def test_each_row_is_a_clip_by_its_number_or_has_a_reason(packed, videos, tmp_path, number_of):
    report = packed("--videos", videos)
    assert report["failed"]["pack"] == {"bad-row": 1, "gone": 1, "too-few-frames": 1} and report["whole"] == 3
    assert [one["name"] for one in report["rejected"]] == ["1", "4", "5"]
    with Shard(tmp_path / "out/avspeech_train.tar") as shard:
        assert shard.keys == ["0", "2", "3"] and set(shard.columns) == {"json", "mp4", "mp4.packets.npy", "wav"}
        facts = shard.json(1)
        expected = {"row": 2, "link": SECOND, "start_time": 0.2, "end_time": 1.3, "pos_x": 0.5, "pos_y": 1.0}
        expected |= {"split": "train", "identity": SECOND, "collection": "AVSpeech", "fps": [25, 1], "frames": 28}
        assert expected.items() <= facts.items() and "CC BY 4.0" in facts["licence"]
        clip = Clip.of(shard, 1, facts)
        numbers = [number_of(picture) for chunk in clip.frames() for picture in chunk.pictures]
        assert numbers == [int((0.2 + k / 25) * 20 + 1e-6) for k in range(28)]
        assert clip.sound().samples.shape == (17600,) and facts["sound_duration"] == pytest.approx(1.1)


def test_with_a_header_and_without_by_one_worker_and_by_three_the_bytes_are_the_same(packed, videos, tmp_path):
    bodies = set()
    for header, workers in ((False, 1), (True, 3)):
        packed("--videos", videos, "--workers", workers, "--seconds", "0.4", header=header)
        bodies.add((tmp_path / "out/avspeech_train.tar").read_bytes())
        shutil.rmtree(tmp_path / "out")
    assert len(bodies) == 1


def test_a_second_run_does_nothing_and_one_with_another_video_does_it_anew(packed, videos, tmp_path):
    held = shutil.copytree(videos, tmp_path / "held")
    words = ("--videos", held, "--seconds", "0.2", "--rows", "3:5")
    assert packed(*words)["failed"] == {"pack": {"gone": 1}}
    tar = tmp_path / "out/avspeech_train_3_5.tar"
    before = tar.stat().st_mtime_ns
    packed(*words)
    assert tar.stat().st_mtime_ns == before
    shutil.copy(held / f"{SIX}.mp4", held / "GGGGGGGGGGG.mp4")
    assert packed(*words)["whole"] == 2 and tar.stat().st_mtime_ns > before


def test_what_is_asked_wrongly_is_told(run, catalog, videos, tmp_path):
    path = catalog(*ROWS)
    (tmp_path / "avspeech_test.csv").write_text("<html>busy</html>")
    for words, code, said in (
        ([path, "--rows", "3"], 2, "FIRST:LAST"),
        ([path, "--seconds", "0"], 2, "--seconds must"),
        ([path, "--split", "a b"], 2, "--split"),
        ([tmp_path], 2, "a folder, where the CSV"),
        ([tmp_path / "avspeech_test.csv"], 1, "web page"),
        ([path, "--rows", "70:80"], 1, "holds no clips"),
    ):
        ended, _, err = run("pack", "avspeech", *words, "--videos", videos, "--out", tmp_path / "out")
        assert ended == code and said in err, err


def test_shards_of_other_rows_have_other_names(tmp_path):
    names = [shard_name(tmp_path / "avspeech_train.csv", RowSpan.parsed(text)) for text in (None, "0:20", "20:", ":20")]
    assert names == ["avspeech_train", "avspeech_train_0_20", "avspeech_train_20", "avspeech_train_0_20"]
