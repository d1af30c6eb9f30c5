import numpy as np
import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.viewer.drawing.clip_view import PlotSpan, view_clip
from faceshards.viewer.drawing.sample import ShownSample
from tests.viewer.conftest import ALL

RED, GREEN, BLUE = (210, 40, 40), (40, 190, 60), (40, 60, 200)


@pytest.fixture
def view(samples, tmp_path):
    """The view of one sample that is written to a shard."""

    def view_of(sample, provenance=ALL):
        with Shard(samples.write(tmp_path / "one.tar", [sample], provenance)) as shard:
            return view_clip(ShownSample.of(shard, 0))

    return view_of


def test_a_whole_clip_has_all_its_pictures(view, samples):
    seen = view(samples.whole("a"))
    assert [panel.label for panel in seen.videos] == ["Original", "Stylized", "Swapped"]
    for panel, colour in zip(seen.videos, (RED, GREEN, BLUE), strict=True):
        assert [still.time for still in panel.stills] == [1 / 25, 4 / 25, 7 / 25, 10 / 25]
        assert panel.stills[0].picture[3, 3] == pytest.approx(np.array(colour), abs=12)
    assert [still.faces for still in seen.videos[0].stills] == [1] * 4
    assert [still.faces for still in seen.videos[1].stills] == [0] * 4
    assert seen.waveform.stills and seen.spectrogram.stills and seen.face.stills
    assert seen.best == 3  # the fixture's scores rise


def test_the_box_is_drawn_on_the_original_only(view, samples):
    original, styled, _ = view(samples.whole("a")).videos
    assert original.stills[0].picture[30, 16, 1] > 120  # on the box's left edge, x = 16
    assert original.stills[0].picture[24, 21, 1] < 70
    assert styled.stills[0].picture[30, 16] == pytest.approx(np.array(GREEN), abs=12)


def test_the_reason_stands_where_the_picture_would_be(view, samples):
    seen = view(samples.no_face("a"))
    swapped = seen.videos[2]
    assert not swapped.stills
    assert (swapped.failure.stage, swapped.failure.code) == ("faces", "no-face")  # not the consequence
    assert seen.face.failure.reason == "no face in any of 12 frames"
    assert seen.videos[0].stills[0].faces == 0 and seen.best == 2
    assert seen.videos[1].stills


def test_a_clip_without_sound_is_no_failure_of_the_view(view, samples):
    seen = view(samples.no_sound("a"))
    assert seen.waveform.failure is None and seen.waveform.absent == "The clip has no sound."
    assert seen.spectrogram.failure.code == "no-sound"


def test_a_column_that_no_stage_made_is_absent(view, samples):
    sample = samples.whole("a")
    del sample["styled.mp4"]
    styled = view(sample).videos[1]
    assert not styled.stills and styled.failure is None and styled.absent == "No stage made it."


@pytest.mark.parametrize(
    "column, body, code",
    [
        ("swapped.mp4", b"no video at all", "broken-media"),
        ("face.jpg", b"\xff\xd8\xff", "broken-image"),
        ("spectrogram.npy", b"\x93NUMPY\x01\x00", "damaged"),
    ],
)
def test_bytes_that_do_not_decode_are_a_reason(view, samples, column, body, code):
    seen = view(samples.whole("a") | {column: body})
    panel = {"swapped.mp4": seen.videos[2], "face.jpg": seen.face, "spectrogram.npy": seen.spectrogram}[column]
    assert panel.failure.code == code and panel.failure.reason


@pytest.mark.parametrize("shape", [(5,), (2, 0, 4), (3, 257, 601)])
def test_a_spectrogram_of_another_shape_is_a_reason(view, samples, shape):
    from faceshards.shards.schema.codecs import encode

    body = encode("spectrogram.npy", np.zeros(shape, np.float32))
    assert view(samples.whole("a") | {"spectrogram.npy": body}).spectrogram.failure.code == "broken-media"


@pytest.mark.parametrize(
    "faces", [{}, [], {"frame": [1], "box": [[1]], "points": [], "track": [0], "score": [1]}, {"frame": "x"}]
)
def test_faces_of_another_form_are_not_drawn(view, samples, faces):
    from faceshards.shards.schema.codecs import encode

    seen = view(samples.whole("a") | {"faces.msg": encode("faces.msg", faces)})
    assert [still.faces for still in seen.videos[0].stills] == [0] * 4


@pytest.mark.parametrize(
    "facts", [{"frames": 10**12}, {"frames": "many"}, {"fps": [0, 0]}, {"container": "swapped.mp4"}]
)
def test_claims_of_the_json_are_not_believed(view, samples, facts):
    seen = view(samples.whole("a", **facts))
    assert len(seen.videos) == 3 and seen.best < 4


def test_a_picture_is_a_clip_of_one_frame(view, samples):
    sample = samples.whole("a")
    sample["jpg"] = sample.pop("face.jpg")
    for column in ("mp4", "styled.mp4", "swapped.mp4", "spectrogram.npy", "faces.msg"):
        del sample[column]
    sample["json"] = {"name": "a", "container": "jpg", "frames": 1}
    seen = view(sample)
    assert [still.picture.shape for still in seen.videos[0].stills] == [(224, 224, 3)]
    assert seen.waveform.absent == "The clip has no sound." and seen.waveform.failure is None


def test_a_real_clip_is_seen(real, samples, view):
    body = (real / "video" / "grid_bbaf2n.mpg").read_bytes()
    sample = {"json": {"name": "grid", "container": "mpg", "frames": 75, "fps": [25, 1]}, "mpg": body}
    seen = view(sample)
    assert [still.picture.shape for still in seen.videos[0].stills] == [(288, 360, 3)] * 4
    assert seen.waveform.stills[0].time == pytest.approx(3.0, abs=0.1)


def test_a_plot_says_what_it_spans(view, samples):
    seen = view(samples.whole("a"))
    assert seen.waveform.stills[0].span == PlotSpan(pytest.approx(0.48, abs=0.02), -1.0, 1.0, "")
    assert seen.spectrogram.stills[0].span == PlotSpan(6.0, 0.0, 8.0, "kHz")
    assert seen.spectrogram.label == "Spectrogram, repeats after 0.48 s"
    long = samples.whole("a", sound_duration=7.0)
    assert view(long).spectrogram.label == "Spectrogram"


def test_a_spectrogram_of_other_parameters_spans_what_its_maker_says(view, samples):
    other = Provenance("spectrogram", 1, {"audio_length": 3.0, "sampling_rate": 24_000, "variant": "mel"}, {})
    sample = samples.whole("a", spectrogram_variant="mel")
    sample["spectrogram.npy"] = encode("spectrogram.npy", np.ones((1, 80, 301), np.float32))
    sample["json"]["made"]["spectrogram.npy"] = other.fingerprint
    seen = view(sample, [other])
    assert seen.spectrogram.stills[0].span == PlotSpan(3.0, 0.0, 80.0, "mel bands")


def test_where_no_point_was_found_no_frame_is_shown_for_them(view, samples):
    sample = samples.whole("a")
    sample["landmarks_frame.npy"] = encode("landmarks_frame.npy", np.zeros(0, np.int32))
    sample["landmarks.npy"] = encode("landmarks.npy", np.zeros((0, 478, 3), np.float32))
    (panel,) = view(sample).points
    assert (panel.stills, panel.failure, panel.absent) == ((), None, "Nothing of this kind in the clip.")
    sample["landmarks_frame.npy"] = encode("landmarks_frame.npy", np.array([4], np.int32))
    sample["landmarks.npy"] = encode("landmarks.npy", np.full((1, 478, 3), 20, np.float32))
    assert len(view(sample).points[0].stills) == 4
