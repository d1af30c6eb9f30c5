"""Clips to measure with: different where said, with keyframes where said, in shards that hold what they count."""

import io

import av
import numpy as np
import pytest

from faceshards.bench.stream.clips import DEFAULTS, FPS, GOP_25, bit_rate, encode, frames, kinds_of, shards
from faceshards.shards.reader import Shard


def keyframes(body: bytes) -> list[int]:
    with av.open(io.BytesIO(body)) as container:
        return [number for number, frame in enumerate(container.decode(video=0)) if frame.key_frame]


def test_the_same_number_gives_the_same_pictures_which_move_and_another_gives_others():
    one, again, other = (np.stack(list(frames(32, 5, number))) for number in (1, 1, 2))
    assert (one.shape, one.dtype) == ((5, 32, 32, 3), np.uint8)
    assert np.array_equal(one, again) and np.abs(one.astype(int) - other).mean() > 10
    steps = np.abs(np.diff(one.astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert (steps > 0.5).all()  # grain and motion in every frame


def test_keyframes_stand_a_second_apart_or_where_x264_puts_them():
    (often,), (seldom,) = (kinds_of(32, 3, options, 1) for options in (GOP_25, DEFAULTS))
    assert keyframes(encode(often)) == [0, 25, 50] and keyframes(encode(seldom)) == [0]


def test_kinds_differ_in_their_pictures_alone():
    kinds = kinds_of(32, 3, GOP_25, 3)
    assert len(set(kinds)) == 3
    assert {(kind.side, kind.seconds, kind.options) for kind in kinds} == {(32, 3, tuple(GOP_25.items()))}


def test_four_shards_hold_all_clips_in_turns_of_their_kinds(tmp_path):
    folder = shards(tmp_path / "set", 32, 1, GOP_25, 2, 10)
    tars = sorted(folder.glob("*.tar"))
    assert len(tars) == 4
    bodies, numbers = [], []
    for path in tars:
        with Shard(path) as shard:
            for row in range(len(shard)):
                facts = shard.json(row)
                assert (facts["frames"], facts["fps"]) == (FPS, [FPS, 1])
                assert len(shard.get(row, "mp4.packets.npy")) == FPS
                numbers.append(facts["number"])
                bodies.append(shard.read(row, "mp4"))
    assert numbers == list(range(10))
    assert all(body == bodies[number % 2] for number, body in enumerate(bodies)) and bodies[0] != bodies[1]
    nbytes = sum(map(len, bodies))
    assert bit_rate(folder, 1, 10) > nbytes * 8 / 1000 / 10
    assert bit_rate(folder, 1, 10) == pytest.approx(sum(path.stat().st_size for path in tars) * 8 / 10_000)
