"""Cuts against the clips that they come from: the same pictures bit for bit, shown and heard at the same times."""

from itertools import islice

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.cutting.cut import cut
from faceshards.media.cutting.excerpt import Excerpt
from faceshards.media.probe import probe
from faceshards.media.sound.read import read_sound
from faceshards.media.tables.packets import KEY, packet_table
from faceshards.media.video.decode import decoded, frames
from tests.media.cutting.conftest import HEVC, OPEN
from tests.media.test_rotation import turned

#: Seconds, and whether exact: from a keyframe, behind one, likewise without a lead, up to the end.
SPANS = [(0.48, 0.88, False), (0.6, 1.0, False), (0.6, 0.8, True), (1.2, 2.0, False)]
AWAY = range(-60, 61)  # samples
UNEVEN = [n * 3600 + (n % 3) * 700 for n in range(40)]

COPIED = [True, True, False, True]  # of each span, where an mp4 takes the packets
KINDS = {
    "closed groups": {},
    "a quarter clockwise": {},
    "open groups": {"params": OPEN},
    "open groups of hevc": {"codec": "libx265", "params": HEVC},
    "uneven times": {"times": UNEVEN},
    "silent": {"sound": None},
    "the sound ends late": {"seconds": 2.2},
    "the sound ends early": {"seconds": 0.9},
    "the sound begins late": {"begins": 0.31},
    "mkv": {"container": "matroska"},
    "webm": {"container": "webm", "codec": "libvpx-vp9", "sound": "libopus"},
    "mov with pcm": {"container": "mov", "sound": "pcm_s16le"},
    "mpeg program stream": {"container": "mpeg", "codec": "mpeg1video", "sound": "mp2"},
    "avi": {"container": "avi", "codec": "mpeg4", "sound": "mp3"},
}


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def whole(kind, long):
    return turned(long(), 0, 1, -1, 0) if "quarter" in kind else long(**KINDS[kind])


def shown(body: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Pictures as they leave the decoder, and their times in seconds."""
    found = list(decoded(body))
    return np.stack([one.to_ndarray() for one in found]), np.array([one.time for one in found])


def test_a_cut_is_what_its_span_shows_and_nothing_else(kind, whole, reel, number_of):
    one = reel(whole)
    pictures, _ = shown(whole)
    copied = COPIED if one.copies else [False] * 4
    assert one.copies == (kind not in ("mpeg program stream", "avi"))
    assert [Excerpt.of(one, *span).key is not None for span in SPANS] == copied
    assert (Excerpt.of(one, 0.48, 0.88).lead > 0) == ("open" in kind), "pictures of the group before, which it needs"
    for start, end, exact in SPANS:
        part = Excerpt.of(one, start, end, exact)
        body = cut(one, part)
        got, times = shown(body)
        expected = np.flatnonzero((one.line.times >= start - 1e-6) & (one.line.times < end - 1e-6))
        upright = np.stack(list(frames(body)))
        lying = upright if "quarter" not in kind else np.rot90(upright, 1, (1, 2))
        assert [number_of(picture) for picture in lying] == expected.tolist()
        wanted = one.line.times[expected]
        assert np.abs(times - (wanted - wanted[0])).max() <= max(0.001, float(one.line.tick)) + 1e-9
        if part.key is not None:
            assert (got == pictures[expected]).all() and times[0] == 0
        facts = part.facts(one)
        assert abs(probe(body).duration - (facts["end"] - facts["start"])) < (0.04 if kind == "uneven times" else 0.002)
        assert facts["how"] == ("encoded" if part.key is None else "copied")


def test_what_is_heard_is_what_was_heard_with_the_same_pictures(whole, reel):
    one = reel(whole)
    if one.sound is None:
        assert probe(cut(one, Excerpt.of(one, 0.48, 0.88))).sound_codec is None
        return
    sound = read_sound(whole, None)
    for start, end in ((0.48, 0.88), (0.6, 1.0)):
        part = Excerpt.of(one, start, end)
        facts = part.facts(one)
        first, last = (round(facts[name] * sound.rate) for name in ("start", "end"))
        wanted, heard = sound.samples[first:last], read_sound(cut(one, part), None)
        assert heard.rate == (sound.rate if one.sound.copies else 48000)
        assert abs(len(heard.samples) / heard.rate - len(wanted) / sound.rate) <= 1152 / sound.rate
        if one.sound.copies:
            apart = [np.abs(sound.samples[first + away :][:8000] - heard.samples[:8000]).mean() for away in AWAY]
            late = AWAY[int(np.argmin(apart))] / sound.rate
            assert min(apart) < 1e-3 and abs(late) <= 0.0006, f"{late} s away"


def test_a_cut_is_equal_whoever_made_others_before(long, reel):
    body = long()
    one, other = reel(body), reel(body)
    spans = [Excerpt.of(one, start, end) for start, end, _ in SPANS]
    assert [cut(one, span) for span in spans] == [cut(other, span) for span in reversed(spans)][::-1]


def test_the_quality_of_what_is_encoded_can_be_chosen(long, reel):
    one = reel(long())
    part = Excerpt.of(one, 0.6, 1.2, exact=True)
    assert len(cut(one, part, crf=40)) < len(cut(one, part, crf=10))
    assert packet_table(cut(one, part, gop=2))[0][:, KEY].sum() >= 7
    assert packet_table(cut(one, part))[0][:, KEY].sum() == 1


def test_a_file_that_does_not_decode_is_a_bad_clip(long, reel):
    body = bytearray(long())
    one = reel(body)
    body[one.table[20, 2] : one.table[20, 2] + 4] = b"rot!"
    with pytest.raises(ClipError, match="checksum"):
        cut(one, Excerpt.of(one, 0.48, 1.2))


def test_real_clips_are_cut(real, reel):
    for name in ("megactor_CHTF_2.mp4",):
        body = (real / "video" / name).read_bytes()
        one = reel(body)
        part = Excerpt.of(one, 1.0, 2.0)
        made = cut(one, part)
        if part.key is not None:
            got = np.stack([next(islice(decoded(made), 0, 1)).to_ndarray()])
            assert (got[0] == next(one.pictures(part.first, part.first + 1)).to_ndarray()).all()
        assert probe(made).frames == part.last - part.first == round(one.rate)
        heard, whole = read_sound(made), read_sound(body)
        assert abs(heard.duration - 1) < 0.04
        assert np.abs(heard.samples[:15000] - whole.samples[16000:31000]).mean() < 1e-3
