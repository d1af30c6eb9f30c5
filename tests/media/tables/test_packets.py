import numpy as np
import pytest

from faceshards.media.tables.packets import (
    DTS,
    KEY,
    OFFSET,
    PTS,
    SIZE,
    packet_table,
)  # fmt: skip

# name -> (container, codec, options, whether byte ranges serve)
KINDS = {
    "h264 b-pyramid": ("mp4", "libx264", {"x264-params": "keyint=12:bframes=4:b-pyramid=2"}, True),
    "h264 open groups": ("mp4", "libx264", {"x264-params": "keyint=12:bframes=4:open-gop=1"}, True),
    "h264 rolling refresh": ("mp4", "libx264", {"x264-params": "intra-refresh=1:keyint=15"}, True),
    "h264 in matroska": ("matroska", "libx264", {"g": "12"}, True),
    "h264 in avi": ("avi", "libx264", {"g": "12", "bf": "2"}, False),
    "hevc open groups": ("mp4", "libx265", {"x265-params": "log-level=none:keyint=12:bframes=4:open-gop=1"}, True),
    "hevc layers": ("mp4", "libx265", {"x265-params": "log-level=none:keyint=16:bframes=4:temporal-layers=3"}, True),
    "vp8": ("webm", "libvpx", {"g": "12"}, True),
    "vp9": ("webm", "libvpx-vp9", {"g": "12"}, True),
    "mpeg4 with B": ("mp4", "mpeg4", {"g": "12", "bf": "2"}, True),
    "mpeg4 in avi": ("avi", "mpeg4", {"g": "12"}, True),
    "mpeg2 in matroska": ("matroska", "mpeg2video", {"g": "12", "bf": "2"}, True),
    "mpeg1 program stream": ("mpeg", "mpeg1video", {"g": "12", "bf": "2"}, False),
}


def test_the_table_says_where_each_packet_stands(numbered, made):
    clip = made(numbered(30), options={"g": "10"})
    table, facts = packet_table(clip)
    for offset, size in table[:, [OFFSET, SIZE]]:
        # In an mp4 each unit of H.264 begins with its length (ISO/IEC 14496-15); all of a packet's fill it exactly.
        at = offset
        while at < offset + size:
            at += 4 + int.from_bytes(clip[at : at + 4], "big")
        assert at == offset + size
    assert np.flatnonzero(table[:, KEY]).tolist() == [0, 10, 20]
    assert (np.diff(table[:, DTS]) > 0).all()
    assert sorted(table[:, PTS]) == [512 * i for i in range(30)] and facts["time_base"] == [1, 12800]
    assert (facts["codec"], facts["bytes"]) == ("h264", len(clip))


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_a_row_a_picture_and_says_whether_ranges_serve(kind, numbered, made):
    container, codec, options, ranged = KINDS[kind]
    table, facts = packet_table(made(numbered(40), container, codec, options))
    assert table.dtype == np.int64 and table.shape == (40, 7) and facts["ranged"] is ranged
