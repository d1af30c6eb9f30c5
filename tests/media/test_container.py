import io
import os
from fractions import Fraction

from faceshards.media.container import RangedFile, opened, reading
from faceshards.media.encode import encode


def test_ranges_are_a_file_and_each_stream_has_a_position_of_its_own():
    body = bytes(range(256)) * 3000
    file = RangedFile(lambda start, stop: body[start:stop], len(body))
    with file.stream() as one, file.stream() as other:
        assert one.read(10) == body[:10] and other.seek(-5, os.SEEK_END) == len(body) - 5
        assert one.read(3) == body[10:13] and other.read() == body[-5:] and other.read() == b""
        assert one.seek(7) == 7 and one.seek(3, os.SEEK_CUR) == 10 and one.tell() == 10
        assert one.seek(len(body) + 9) and one.read(4) == b""


def test_a_clip_is_opened_by_ranges_as_it_is_from_memory(numbered):
    body = encode(numbered(3), Fraction(25))
    file = RangedFile(lambda start, stop: body[start:stop], len(body))
    for source in (body, file):
        with reading(source) as stream, opened(source) as container:
            assert stream.read() == body and len(list(container.decode(video=0))) == 3
    assert isinstance(file.stream(), io.BufferedReader)


def test_closing_it_is_what_its_maker_says():
    closed = []
    RangedFile(lambda start, stop: b"", 0, lambda: closed.append(True)).close()
    RangedFile(lambda start, stop: b"", 0).close()
    assert closed == [True]
