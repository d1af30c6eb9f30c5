"""How clips of many kinds come to play."""

import io
import tarfile

import pytest

from faceshards.errors import ClipError, ColumnError
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.server.playing.way import way_of

EXPECTED = [
    ("mp4", "as it is", ""),
    ("webm", "as it is", ""),
    ("mkv", "remuxed", "remuxed from mkv, its sound transcoded from pcm_s16le"),
    ("mov", "remuxed", "remuxed from mov, its sound transcoded from pcm_s16le"),
    ("avi", "transcoded", "transcoded from mpeg4"),
    ("mpg", "transcoded", "transcoded from mpeg1video"),
    ("deep.mp4", "transcoded", "transcoded from h264 (yuv422p)"),
    ("mp4", "remuxed", "with the sound of its wav"),
]


def test_what_plays_goes_as_it_is_and_all_else_says_what_became_of_it(odd_clips):
    with Shard(odd_clips) as shard:
        for row, (column, kind, said) in enumerate(EXPECTED):
            way = way_of(shard, row, column)
            assert (way.kind, way.said) == (kind, said)
            assert way.seconds == pytest.approx(1.6, abs=0.1)
        assert way_of(shard, 7, "wav").kind == "as it is"


def test_a_foreign_tar_without_json_plays_with_its_own_sound(odd_clips, tmp_path):
    with Shard(odd_clips) as shard, tarfile.open(tmp_path / "f.tar", "w") as tar:
        for suffix in ("mp4", "wav"):
            body = shard.read(7, suffix)
            member = tarfile.TarInfo(f"k.{suffix}")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    with Shard(tmp_path / "f.tar") as foreign:
        assert way_of(foreign, 0, "mp4").voice == "wav"


def test_what_is_no_clip_is_refused_whatever_it_is_called(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("page", {"json": {"container": "mp4"}, "mp4": b"<html><script>alert(1)</script>" * 9})
    with Shard(tmp_path / "a.tar") as shard:
        with pytest.raises(ClipError, match="the clip does not decode"):
            way_of(shard, 0, "mp4")
        with pytest.raises(ColumnError, match="has no 'mkv'"):
            way_of(shard, 0, "mkv")
