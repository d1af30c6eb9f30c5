import json

from faceshards.packing.kinds.clips.kind import Clips
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.opening import open_source
from tests.packing.conftest import zipped


def test_a_sample_has_no_column_that_the_kind_does_not_name_and_says_what_its_clip_says(make, clip, tmp_path):
    files = {f"a/{i}.png": body for i, body in enumerate(make.frames(3))} | {"b.mp4": clip}
    archive, kind = open_source(zipped(tmp_path / "g.zip", files)), Clips(PackOptions())
    listed = kind.listed(archive)
    assert kind.found(listed) == "1 folder of frames and 1 video file (mp4 1)"
    for one in listed.clips:
        members = kind.sample(archive, one)
        assert set(members) <= set(kind.columns)
        assert json.loads(members["json"].decode())["made"]["mp4"] == kind.made(one).fingerprint


def test_frames_and_files_are_made_differently(make, clip, tmp_path):
    files = {f"a/{i}.png": body for i, body in enumerate(make.frames(3))} | {"b.mp4": clip}
    archive, kind = open_source(zipped(tmp_path / "g.zip", files)), Clips(PackOptions())
    assert len({kind.made(one).fingerprint for one in kind.listed(archive).clips}) == 2
