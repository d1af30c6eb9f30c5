import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.container import RangedFile
from faceshards.media.cutting.cut import cut
from faceshards.media.cutting.excerpt import Excerpt
from faceshards.media.cutting.reel import Reel
from faceshards.media.video.decode import frames


def test_a_reel_reads_ranges_and_never_much_at_once(long):
    body, read = long(), []

    def read_range(start: int, stop: int) -> bytes:
        read.append(stop - start)
        return body[start:stop]

    one = Reel(RangedFile(read_range, len(body)))
    assert (len(one.table), one.rate, one.seconds) == (40, 25, pytest.approx(1.6))
    assert max(read) <= 1 << 18
    read.clear()
    packets = [bytes(packet) for packet in one.seen(12, 15)]
    assert [len(packet) for packet in packets] == one.table[12:15, 3].tolist() and sum(read) < len(body) / 4
    one.close()


def test_what_an_mp4_takes_is_copied_and_nothing_else(long, reel):
    pcm, opus = reel(long("matroska", sound="pcm_s16le")), reel(long("webm", "libvpx-vp9", sound="libopus"))
    assert (pcm.copies, opus.copies, opus.sound.copies) == (True, True, True)
    stream = reel(long("mpeg", "mpeg1video", sound="mp2"))
    assert not stream.copies and not stream.sound.copies
    assert reel(long("webm", "libvpx", sound=None)).copies is False
    assert reel(long(sound=None)).sound is None


def test_where_a_keyframe_is_not_shown_at_once_nothing_is_copied(long, reel, number_of):
    one = reel(long(params="intra-refresh=1:keyint=15:bframes=0"))
    assert one.table[1:, 4].any() and not one.copies
    body = cut(one, Excerpt.of(one, 0.8, 1.2))
    assert [number_of(picture) for picture in frames(body)] == list(range(20, 30))


def test_sound_that_stands_in_pieces_is_read_from_the_start_of_the_file(long, reel):
    one = reel(long("mpeg", "mpeg1video", sound="mp2"))
    packets = list(one.heard(5, 9))
    assert [packet.pts for packet in packets] == one.sound.rows[5:9, 0].tolist()
    assert [packet.size for packet in packets] == one.sound.rows[5:9, 3].tolist()
    assert np.diff([packet.pts for packet in packets]).min() > 0


def test_a_file_that_is_no_clip_is_a_bad_clip():
    with pytest.raises(ClipError):
        Reel(RangedFile(lambda start, stop: b"no clip"[start:stop], 7))
