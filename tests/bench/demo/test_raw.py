import zipfile

from faceshards.bench.demo import raw, talking_clips
from faceshards.bench.demo.raw import FPS, make_raw
from faceshards.errors import ClipError
from faceshards.media.probe import probe


def test_raw_input_is_made_once_whole_and_the_same_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(raw, "_ZIP_FRAMES", 8)  # the demo's own test makes all of them
    monkeypatch.setattr(raw, "_SOUND_SECONDS", 1.0)
    archive, clips = make_raw(tmp_path / "a")
    names = zipfile.ZipFile(archive).namelist()
    folders = {name.split("/")[0] for name in names}
    assert len(folders) == 4 and {name.split("+")[1] for name in folders} == {"collins", "hopper"}
    facts = {}
    for clip in clips.iterdir():
        try:
            facts[clip.stem] = probe(clip)
        except ClipError as error:
            facts[clip.stem] = error.code
    assert facts.pop("cut_short_00") == "truncated-media"
    assert len(facts) == 7 and all(one.fps == FPS and one.sample_rate == 16_000 for one in facts.values())

    stamp = archive.stat().st_mtime_ns
    (tmp_path / "a" / "clips.part").mkdir()
    assert make_raw(tmp_path / "a") == (archive, clips)
    assert archive.stat().st_mtime_ns == stamp

    part = tmp_path / "b" / "clips.part"
    part.mkdir(parents=True)
    (part / "left by a killed run.mp4").touch()
    again, others = make_raw(tmp_path / "b")
    assert again.read_bytes() == archive.read_bytes()
    assert {clip.name: clip.read_bytes() for clip in others.iterdir()} == {
        clip.name: clip.read_bytes() for clip in clips.iterdir()
    }


def test_talking_clips_are_short_sound_and_the_same_each_time(tmp_path):
    clips = talking_clips(tmp_path / "a" / "clips", takes=1, seconds=0.4)
    assert [clip.name for clip in clips] == ["collins_00.mp4", "hopper_00.mp4"]
    for clip, again in zip(clips, talking_clips(str(tmp_path / "b"), takes=1, seconds=0.4), strict=True):
        facts = probe(clip)
        assert (facts.width, facts.height, facts.fps, facts.frames) == (320, 320, FPS, 10)
        assert facts.sample_rate == 16_000 and clip.read_bytes() == again.read_bytes()
    assert clips[0].read_bytes() != clips[1].read_bytes()
