"""What a user's clips allow, from shards that were written by hand."""

import pytest

from faceshards.bench.demo.possible import possible_stages, trainable_clips, untrained
from faceshards.bench.demo.road import ALL_STAGES
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter


def write(path, samples):
    path.parent.mkdir(parents=True, exist_ok=True)
    with ShardWriter(path) as out:
        for number, (facts, members) in enumerate(samples):
            out.add(f"clip{number}", {"json": {"name": f"clip{number}", **facts}, "mp4": b"a clip", **members})


SOUND = ({"sound_codec": "aac"}, {})
SILENT = ({}, {})


def test_stages_that_no_clip_allows_are_left_out_and_named(tmp_path):
    write(tmp_path / "a.tar", [SOUND, SOUND, SILENT])
    write(tmp_path / "b" / "silent.tar", [SILENT, SILENT])
    write(tmp_path / "one.tar", [SOUND])
    write(tmp_path / "one-mpg.tar", [SILENT])
    stages, notes = possible_stages(tmp_path)
    assert stages == {
        "a.tar": ALL_STAGES,
        "b/silent.tar": "faces,face_crop,stylize,swap",
        "one.tar": "faces,face_crop,spectrogram,loudness,stylize",
        "one-mpg.tar": "faces,face_crop,stylize",
    }
    assert notes == [
        "b/silent.tar: no clip has sound: no spectrogram and loudness.",
        "one-mpg.tar: no clip has sound: no spectrogram and loudness.",
        "one-mpg.tar: there is no other clip to take a face from: no swap.",
        "one.tar: there is no other clip to take a face from: no swap.",
    ]


@pytest.mark.parametrize("clips", [0, 1, 2, 3])
def test_clips_that_can_be_trained_on_are_counted(clips, tmp_path):
    good = ({"face_share": 1.0, "snr_db": 9.0}, {"face.jpg": b"a face", "spectrogram.npy": encode("x.npy", [1.0])})
    poor = ({"face_share": 0.1, "snr_db": 9.0}, {"face.jpg": b"a face", "spectrogram.npy": encode("x.npy", [1.0])})
    write(tmp_path / "a.tar", [good] * clips + [poor] * 3)
    write(tmp_path / "b.tar", [({"face_share": 1.0}, {})])
    assert trainable_clips(tmp_path) == clips
    assert bool(untrained(clips)) == (clips < 2)


def test_what_has_no_column_to_train_on_counts_nothing(tmp_path):
    write(tmp_path / "a.tar", [({"face_share": 1.0, "snr_db": 3.0}, {})])
    assert trainable_clips(tmp_path) == 0
    assert untrained(0).startswith("No clip") and untrained(1).startswith("Only one clip")
