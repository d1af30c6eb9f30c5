"""What a filter may have meant: near names, the stages that make what is absent, the engine's own words."""

import pyarrow as pa
import pytest

from faceshards.errors import UsageError
from faceshards.shards.filters.candidates import lacking, made_by
from faceshards.shards.filters.where import matching

MEMBER = pa.array([{"offset": 0, "size": 1, "crc32c": 2}] * 2)
TABLE = pa.table(
    {
        "key": ["a", "b"],
        "frames": [10, 75],
        "snr_db": pa.array([None, None], pa.float64()),
        "my_score": [1.0, 2.0],
        "mp4": MEMBER,
        "styled.mp4": MEMBER,
    }
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("face_shar > 1", "no column 'face_shar': the nearest are face_share (stage faces), "),
        ("my_scor > 1", "no column 'my_scor': the nearest are my_score"),
        ("FRAME > 1", "no column 'FRAME': the nearest are frames"),
        ("blur > 200", "there are snr_db (stage loudness), my_score, face_share (stage faces), "),
        ("gaze_variance > 200", "gaze_variance_irises (stage gaze), gaze_spread (stage gaze)"),
        ('source = "clips"', "text stands in single ones"),
        (
            '"swapped.mp4".size > 0',
            "no shard here has it; the stage swap makes it: `faceshards curate SHARDS --stages swap`",
        ),
        ("mov.size > 0", "no shard here has it; it comes with packing"),
        ("face_valid.npy.size > 0", "it comes with the import of old shards"),
        ("dwpose.npy.size > 0", "the stage dwpose makes it: `faceshards curate SHARDS --stages dwpose`"),
        ("styled.mp4.size > 0", 'a name with a dot stands in double quotes: "styled.mp4".size'),
        ("mp4.siz > 0", 'Candidate Entries: "size"'),
        ("lenth(key) > 1", 'Did you mean "length"?'),
        ("frames >", "syntax error"),
    ],
)
def test_what_does_not_evaluate_says_what_may_be_meant(text, said):
    with pytest.raises(UsageError) as refused:
        matching(TABLE, text)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_scalars_that_nobody_has_are_found():
    assert lacking("face_share > 0.9 AND snr_db > 3 AND frames > 3", TABLE) == ("face_share", "snr_db")
    assert lacking("key = 'tracks' AND FACES_MAX = 1", TABLE) == ("faces_max",)
    assert lacking("my_score > 1", TABLE) == ()


def test_makers_are_named_with_the_command_to_run():
    assert made_by(["face_share", "tracks"]) == "the stage faces makes it: `faceshards curate SHARDS --stages faces`"
    assert "the stages faces, loudness make it: `faceshards curate SHARDS --stages faces,loudness`" in made_by(
        ["face_share", "snr_db"]
    )
