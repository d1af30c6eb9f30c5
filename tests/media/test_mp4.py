import io
from fractions import Fraction

import av
import numpy as np

from faceshards.media.mp4 import new_mp4


def body(options: dict[str, str] | None = None) -> bytes:
    file = io.BytesIO()
    with new_mp4(file, options) as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 32
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 40 * number, np.uint8), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return file.getvalue()


def test_the_index_stands_first_and_the_bytes_are_the_same_each_time():
    made = body()
    assert made.index(b"moov") < made.index(b"mdat") and made == body()
    with av.open(io.BytesIO(made)) as container:
        assert len(list(container.decode(video=0))) == 3


def test_options_of_the_muxer_are_added():
    made = body({"movie_timescale": "12345"})
    assert int.from_bytes(made[made.index(b"mvhd") + 16 :][:4], "big") == 12345 and made.index(b"moov") < 100
