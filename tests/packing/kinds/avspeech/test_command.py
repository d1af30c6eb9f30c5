import json
import shutil

import pytest

from faceshards.bench.object_store import ObjectStore
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
    packed(*words, rows=(*ROWS[:3], f"{SIX},1,2,1,0", *ROWS[4:]))
    with Shard(tar) as shard:
        assert shard.json(0)["start_time"] == 1


def test_the_videos_of_a_site_are_fetched_and_what_failed_alone_is_asked_for_again(packed, web, long_video, tmp_path):
    web.video(SIX, long_video)
    web.video(SECOND, long_video, "403")
    web.video("GGGGGGGGGGG", long_video, "404")
    words = ("--site", web.template, "--cache", tmp_path / "cache", "--seconds", "0.2", "--rows", "0:5")
    assert packed(*words)["failed"] == {"pack": {"bad-row": 1, "gone": 1, "unreachable": 1}}
    web.asked()
    report = packed(*words)
    assert {link for link, *_ in web.asked()} == {SECOND} and report["whole"] == 2
    web.say(SECOND, "")
    assert packed(*words)["whole"] == 3 and {link for link, *_ in web.asked()} == {SECOND}
    before = (tmp_path / "out/avspeech_train_0_5.tar").stat().st_mtime_ns
    assert packed(*words)["failed"] == {"pack": {"bad-row": 1, "gone": 1}} and not web.asked()
    assert (tmp_path / "out/avspeech_train_0_5.tar").stat().st_mtime_ns == before
    web.say("GGGGGGGGGGG", "")
    report = packed(*words, "--retry", "removed")
    assert report["whole"] == 4 and report["failed"] == {"pack": {"bad-row": 1}}


def test_what_a_site_gives_and_what_is_at_hand_become_the_same_samples(packed, web, videos, tmp_path):
    bodies = set()
    for link in (SIX, SECOND):
        web.video(link, (videos / f"{link}.mp4").read_bytes(), "whole" if link == SIX else "")
    for words in (("--videos", videos), ("--site", web.template, "--cache", tmp_path / "cache", "--keep-source")):
        packed(*words, "--seconds", "0.4", "--rows", "0:4")
        bodies.add((tmp_path / "out/avspeech_train_0_4.tar").read_bytes())
        shutil.rmtree(tmp_path / "out")
    assert len(bodies) == 1
    assert (tmp_path / "cache" / f"{SIX}.mp4").read_bytes() == (videos / f"{SIX}.mp4").read_bytes()


def test_real_clips_of_a_site_are_fetched_in_part(run, web, real, catalog, tmp_path):
    body = (real / "video/sadtalker_wda_aoc.mp4").read_bytes()
    path = catalog(f"{web.video('AAAAAAAAAAA', body)},0.5,0.7,0.5,0.4")
    code, _, err = run(
        "pack", "avspeech", path, "--site", web.template, "--cache", tmp_path / "c", "--out", tmp_path / "o"
    )
    assert code == 0 and "dropped" not in err
    assert 0 < sum(sent for _, asked, sent in web.asked() if asked != "-") < len(body) * 0.9
    assert (tmp_path / "c/AAAAAAAAAAA.mp4.part").stat().st_blocks * 512 < len(body) * 0.9


def test_what_is_asked_wrongly_is_told(run, catalog, videos, tmp_path):
    path = catalog(*ROWS)
    (tmp_path / "avspeech_test.csv").write_text("<html>busy</html>")
    for words, code, said in (
        ([path, "--rows", "3"], 2, "FIRST:LAST"),
        ([path, "--seconds", "0"], 2, "--seconds must"),
        ([path, "--split", "a b"], 2, "--split"),
        ([tmp_path], 2, "a folder, where the CSV"),
        ([tmp_path / "avspeech_test.csv"], 1, "web page"),
        ([path, "--rows", "70:80"], 1, f"it has {len(ROWS)} rows, from 0 on, none of which is in --rows 70:80"),
        ([path, "--retry", "gone"], 2, "--retry takes removed"),
    ):
        ended, _, err = run("pack", "avspeech", *words, "--videos", videos, "--out", tmp_path / "out")
        assert ended == code and said in err, err
    for words, said in (
        (["--site", "ftp://x/{id}"], "--site must"),
        (["--sleep", "-1"], "--sleep must"),
        (["--rate-limit", "0"], "--rate-limit must"),
        (["--videos", videos, "--keep-source"], "--keep-source"),
    ):
        ended, _, err = run("pack", "avspeech", path, *words, "--out", tmp_path / "out")
        assert ended == 2 and said in err, err


def test_shards_of_other_rows_have_other_names(tmp_path):
    names = [shard_name(tmp_path / "avspeech_train.csv", RowSpan.parsed(text)) for text in (None, "0:20", "20:", ":20")]
    assert names == ["avspeech_train", "avspeech_train_0_20", "avspeech_train_20", "avspeech_train_0_20"]


def test_a_store_gets_what_a_disk_gets(run, packed, videos, catalog, tmp_path, monkeypatch):
    pytest.importorskip("boto3", reason="writing to S3 needs the extra s3")
    packed("--videos", videos, "--rows", "3:4", "--seconds", "0.2")
    with ObjectStore(tmp_path / "store") as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        words = ("--videos", videos, "--rows", "3:4", "--seconds", "0.2", "--out", "s3://bucket/av")
        for said in ("packed", "already packed"):
            code, out, err = run("pack", "avspeech", catalog(*ROWS), *words)
            assert code == 0 and said in out, err
        assert store.get("bucket/av/avspeech_train_3_4.tar") == (tmp_path / "out/avspeech_train_3_4.tar").read_bytes()
