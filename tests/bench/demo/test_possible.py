"""What a user's clips allow, from shards that were written by hand."""

from pathlib import Path

import pytest

from faceshards.bench.demo import possible
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


LISTENING = ("spectrogram", "loudness", "envelope", "speech", "voice")


def but(*left_out: str) -> str:
    return ",".join(stage for stage in ALL_STAGES.split(",") if stage not in left_out)


def test_stages_that_no_clip_allows_are_left_out_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr(possible, "locate", lambda weights: Path(weights.name))  # as if all model files were here
    write(tmp_path / "a.tar", [SOUND, SOUND, SILENT])
    write(tmp_path / "b" / "silent.tar", [SILENT, SILENT])
    write(tmp_path / "one.tar", [SOUND])
    write(tmp_path / "one-mpg.tar", [SILENT])
    stages, notes = possible_stages(tmp_path)
    assert stages == {
        "a.tar": ALL_STAGES,
        "b/silent.tar": but(*LISTENING),
        "one.tar": but("swap"),
        "one-mpg.tar": but("swap", *LISTENING),
    }
    assert notes == [
        f"b/silent.tar: no clip has sound: no {', '.join(LISTENING)}.",
        f"one-mpg.tar: no clip has sound: no {', '.join(LISTENING)}.",
        "one-mpg.tar: there is no other clip to take a face from: no swap.",
        "one.tar: there is no other clip to take a face from: no swap.",
    ]


def test_stages_whose_model_files_are_not_here_are_left_out_with_those_behind_them(tmp_path, monkeypatch):
    write(tmp_path / "a.tar", [SOUND, SOUND])
    monkeypatch.setattr(possible, "locate", lambda weights: None)
    stages, notes = possible_stages(tmp_path)
    left = stages["a.tar"].split(",")
    assert {"spectrogram", "loudness", "stylize", "shots"} <= set(left)
    assert not {"landmarks", "points68", "headpose", "gaze", "speech"} & set(left)
    (note,) = notes
    assert note.startswith("a.tar: model files are not here (faceshards weights pull embedded): no ")
    assert not set(note.partition(": no ")[2].rstrip(".").split(", ")) & set(left)


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
