"""Clips to curate: talking faces that are found, lengths as asked, shards of clips in turn."""

import numpy as np
import pytest

from faceshards.bench.curate.clips import brief, copied, lasting, moving, talking, write
from faceshards.bench.stream.clips import FPS
from faceshards.curation.stages.faces.faces import load_mtcnn
from faceshards.media.clip import Clip
from faceshards.media.probe import probe
from faceshards.media.sound.read import read_sound
from faceshards.shards.reader import Shard


def test_two_people_talk_in_turn_and_their_faces_are_found(tmp_path):
    clips = [talking(256, 0.4, number) for number in range(2)]
    assert len({who for who, _ in clips}) == 2
    with Shard(write(tmp_path / "a.tar", clips)) as shard:
        for row in range(2):
            facts = shard.json(row)
            assert (facts["identity"], facts["frames"], facts["sample_rate"]) == (clips[row][0], 10, 16_000)
            clip = Clip.of(shard, row, facts)
            (chunk,) = clip.frames()
            assert chunk.pictures.shape == (10, 256, 256, 3) and clip.sound().samples.any()
            assert len(load_mtcnn(40).detect(chunk.pictures[5])) == 1


def test_a_clip_is_as_long_as_was_asked():
    assert probe(brief(32, 8, 0)).frames == 8
    assert probe(moving(32, 1, 0)).frames == FPS
    body = lasting(32, 3)
    assert probe(body).frames == 3 * FPS and read_sound(body, 16_000).duration == pytest.approx(3, abs=0.1)


def test_clips_come_in_turn_and_a_copy_is_whole(tmp_path):
    bodies = [("nobody", brief(32, 4, number)) for number in range(2)]
    shard = write(tmp_path / "a.tar", bodies, 5)
    for path in (shard, copied(shard, tmp_path / "copy"), copied(shard, tmp_path / "copy")):
        with Shard(path) as opened:
            assert [opened.read(row, "mp4") for row in range(len(opened))] == [bodies[row % 2][1] for row in range(5)]
            assert len(np.unique(opened.keys)) == 5
