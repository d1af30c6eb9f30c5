import io
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from faceshards.errors import ClipError
from faceshards.media.clip import Clip
from faceshards.media.members import Files
from faceshards.media.probe import probe
from faceshards.media.video.decode import frames

# ITU-T H.273: code of the matrix -> (Kr, Kb)
MATRICES = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
LIMITED, FULL = 1, 2


def times(clip: bytes) -> np.ndarray:
    return Clip(Files({"mp4": clip}), {}, "mp4").times


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("mp4", "libx264", {"bf": "3", "x264-params": "b-pyramid=2"}),
        ("mp4", "libx265", {"x265-params": "log-level=none:bframes=4"}),
        ("mp4", "mpeg4", {"bf": "2", "q": "3"}),
        ("webm", "libvpx-vp9", {}),
        ("avi", "mpeg4", {}),
        ("avi", "libx264", {"bf": "2"}),
        ("mpeg", "mpeg1video", {"bf": "2", "b": "2M"}),
        ("mpeg", "mpeg2video", {"bf": "2", "b": "2M"}),
    ],
)
def test_all_pictures_come_in_display_order(container, codec, options, numbered, number_of, made):
    clip = made(numbered(50), container, codec, options)
    pictures = list(frames(clip))
    assert [number_of(picture) for picture in pictures] == list(range(50))
    assert {(picture.shape, picture.dtype) for picture in pictures} == {((64, 112, 3), np.dtype(np.uint8))}
    steps = np.diff(times(clip))
    assert len(steps) == 49 and steps == pytest.approx(1 / 25, abs=0.0011)


def test_an_edit_list_hides_its_pictures(numbered, number_of, made, cut):
    clip = cut(made(numbered(40), options={"g": "12", "bf": "3"}), 17)
    assert [number_of(picture) for picture in frames(clip)] == list(range(17, 40))
    assert times(clip) == pytest.approx(np.arange(23) / 25)


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("reach", [LIMITED, FULL])
@pytest.mark.parametrize(("size", "off"), [(None, 3), ((40, 24), 1)])
def test_colours_follow_the_tags(matrix, reach, size, off):
    """Flat Y'CbCr pictures with tags, converted here by H.273's formulas in floating point."""
    colours = [(90, 100, 200), (150, 60, 110), (60, 200, 120), (128, 128, 128), (200, 128, 128)]
    kr, kb = MATRICES[matrix]
    for picture, (y, cb, cr) in zip(frames(flat_clip(colours, matrix, reach), size=size), colours, strict=True):
        luma, blue, red = ((y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224)
        if reach == FULL:
            luma, blue, red = y / 255, (cb - 128) / 255, (cr - 128) / 255
        r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
        g = (luma - kr * r - kb * b) / (1 - kr - kb)
        expected = np.clip(np.array([r, g, b]) * 255, 0, 255)
        assert np.abs(picture[8:-8, 8:-8] - expected).max() <= off, (matrix, reach, y, cb, cr)


def flat_clip(colours, matrix, reach) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25, options={"threads": "1", "qp": "0", "preset": "ultrafast"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, reach
        for index, values in enumerate(colours):
            frame = av.VideoFrame(64, 64, "yuv420p")
            for plane, value in zip(frame.planes, values, strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, 25)
            frame.colorspace, frame.color_range = matrix, reach
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return buffer.getvalue()


def test_scaling_is_bilinear(made):
    """Against Pillow's bilinear filter, on grey noise, where a wrong filter is far off."""
    noise = np.random.default_rng(1).integers(30, 220, (96, 96, 1), np.uint8).repeat(3, 2)
    clip = made([noise] * 2, options={"qp": "0"})
    whole, small = next(frames(clip)), next(frames(clip, size=(40, 24)))
    assert small.shape == (24, 40, 3)
    picture = Image.fromarray(whole)
    off = {
        filter_.name: np.abs(np.asarray(picture.resize((40, 24), filter_)).astype(int) - small).mean()
        for filter_ in (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX)
    }
    # FFmpeg's other filters are at least 3 away from Pillow's bilinear one (bicubic 3.0, area 6.3, fast bilinear 24).
    assert off["BILINEAR"] < 2 < min(off["BICUBIC"], off["BOX"])


def test_a_picture_cut_out_of_the_middle_is_a_reason(numbered, made):
    """The container stays whole; a packet's bytes are gone."""
    clip = bytearray(made(numbered(30), options={"x264-params": "keyint=30:bframes=0"}))
    with av.open(io.BytesIO(clip)) as container:
        packet = [p for p in container.demux(video=0) if p.size][10]
        clip[packet.pos : packet.pos + packet.size] = b"\xff" * packet.size
    with pytest.raises(ClipError) as caught:
        list(frames(bytes(clip)))
    assert caught.value.code in ("broken-media", "truncated-media")


def test_the_limit_holds_for_a_size_that_changes_on_the_way(numbered, made):
    small, large = (made(numbered(8, size), "mpeg", "mpeg2video") for size in ((114, 66), (640, 480)))
    assert len(list(frames(small, max_pixels=114 * 66))) == 8
    with pytest.raises(ClipError) as caught:
        list(frames(small + large, max_pixels=114 * 66))
    assert caught.value.code == "broken-media"


def test_missing_pictures_are_noticed(numbered, made):
    """Without its first group, the pictures that lead the second one have lost their reference."""
    clip = made(numbered(40), "matroska", "mpeg2video", {"g": "12", "bf": "2"})
    buffer = io.BytesIO()
    with av.open(io.BytesIO(clip)) as source, av.open(buffer, "w", format="matroska") as out:
        packets = [p for p in source.demux(video=0) if p.size]
        second = [index for index, packet in enumerate(packets) if packet.is_keyframe][1]
        copy = out.add_stream_from_template(source.streams.video[0])
        for packet in packets[second:]:
            packet.stream = copy
            out.mux(packet)
    with pytest.raises(ClipError, match="28 pictures decode of the 30 that are promised") as caught:
        list(frames(buffer.getvalue()))
    assert caught.value.code == "truncated-media"


def test_a_hidden_vp8_frame_is_neither_promised_nor_shown(numbered, made):
    clip = made(numbered(30), "webm", "libvpx")
    assert (len(list(frames(clip))), probe(clip).frames) == (30, 30)
    hidden = hide_vp8_frame(clip, 10)
    assert (len(list(frames(hidden))), probe(hidden).frames) == (29, 29)


def hide_vp8_frame(clip: bytes, number: int) -> bytes:
    """The clip with one frame's show_frame bit (RFC 6386, 9.1) off."""
    with av.open(io.BytesIO(clip)) as container:
        packet = bytes([p for p in container.demux(video=0) if p.size][number])
    at = clip.index(packet)
    return clip[:at] + bytes([packet[0] & ~0x10]) + clip[at + 1 :]


def test_a_picture_of_another_size_is_refused(numbered, made):
    small, large = (made(numbered(8, size), "mpeg", "mpeg2video") for size in ((112, 64), (128, 80)))
    with pytest.raises(ClipError, match="changes from") as caught:
        list(frames(small + large))
    assert caught.value.code == "mixed-sizes"


def test_files_are_closed_when_the_iterator_is_dropped(tmp_path, numbered, made):
    path = tmp_path / "clip.mp4"
    path.write_bytes(made(numbered(20)))
    for _ in range(5):
        pictures = frames(path)
        next(pictures)
        pictures.close()
    assert str(path) not in {os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()}


def test_decoding_starts_no_threads(numbered, made):
    clip = made(numbered(20, (256, 256)))
    before = set(Path("/proc/self/task").iterdir())
    pictures = frames(clip, size=(64, 64))
    next(pictures)
    assert set(Path("/proc/self/task").iterdir()) <= before


def test_memory_stays_level_over_many_clips(numbered, made):
    clip = made(numbered(10, (256, 256)))

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    for _ in range(10):
        list(frames(clip))
    before = resident()
    for _ in range(60):
        next(frames(clip))
        list(frames(clip))
    assert resident() - before < 8 * 2**20
