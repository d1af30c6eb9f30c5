import io

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.packing.kinds.emoca.checks import frames_of, read_array, sound_facts
from faceshards.packing.kinds.emoca.files import CODES
from tests.packing.kinds.emoca.conftest import npy, wav


def lengths(frames: int = 100, samples: int = 64000, **others: int) -> dict[str, int]:
    return dict.fromkeys(CODES, frames) | {"envelope.npy": samples} | {f"{n}.npy": v for n, v in others.items()}


def refused(call, *arguments) -> ClipError:
    with pytest.raises(ClipError) as error:
        call(*arguments)
    return error.value


@pytest.mark.parametrize(
    ("column", "array", "rule"),
    [
        ("expcode.npy", np.zeros((4, 49), np.float32), "is float32 (4, 49), must be float32 (N, 50)"),
        ("lightcode.npy", np.zeros((4, 27), np.float32), "must be float32 (N, 9, 3)"),
        ("refimg.npy", np.zeros((224, 224, 3), np.float32), "must be float32 (3, 224, 224)"),
        ("cam.npy", np.zeros((4, 3)), "is float64 (4, 3), must be float32 (N, 3): --any-dtype"),
        ("cam.npy", np.zeros((4, 3), ">f4"), "--any-dtype"),
        ("envelope.npy", np.zeros((4, 1), np.float32), "must be float32 (S,)"),
        ("posecode.npy", np.array([[0, 1, 2, 3, 4, np.nan]], np.float32), "holds nan at (0, 5)"),
        ("texcode.npy", np.full((1, 50), -np.inf, np.float32), "holds -inf at (0, 0)"),
    ],
)
def test_a_wrong_array_is_named_with_what_it_is_and_the_rule(column, array, rule):
    error = refused(read_array, column, npy(array), False)
    assert error.code == "bad-column" and column in str(error) and rule in str(error)


def test_other_numbers_are_taken_where_asked_for_but_no_text_and_no_other_shape():
    assert read_array("cam.npy", npy(np.zeros((4, 3))), True).dtype == np.float64
    assert read_array("refimg.npy", npy(np.zeros((3, 224, 224), np.uint8)), True).dtype == np.uint8
    for array in (np.zeros((4, 3), "U5"), np.zeros((4, 4))):
        assert "must be numbers (N, 3)" in str(refused(read_array, "cam.npy", npy(array), True))


def test_what_is_no_array_of_numbers_is_not_read():
    objects = io.BytesIO()
    np.save(objects, np.array([{}], object), allow_pickle=True)
    for body, code in ((b"", "empty-file"), (b"x" * 300, "bad-column"), (objects.getvalue(), "unsafe-data")):
        error = refused(read_array, "cam.npy", body, True)
        assert error.code == code and "cam.npy" in str(error)
    cut = npy(np.zeros((40, 3), np.float32))[:-5]
    assert refused(read_array, "cam.npy", cut, False).code == "bad-column"


def test_the_sound_is_16_khz_mono_whatever_its_samples_are():
    for dtype, codec in ((np.int16, "pcm_s16le"), (np.float32, "pcm_f32le")):
        for count in (1, 1234, 240640):
            facts, samples = sound_facts(wav(np.zeros(count, dtype)))
            assert (facts["sound_codec"], samples, facts["sound_duration"]) == (codec, count, count / 16000)
    for body in (wav(np.zeros(800, np.int16), 8000), wav(np.zeros((800, 2), np.int16))):
        error = refused(sound_facts, body)
        assert error.code == "bad-column" and "audio.wav is wav of pcm_s16le" in str(error)
        assert "must be wav of PCM, 16000 Hz, 1 channel" in str(error)
    for body, code in ((b"", "empty-file"), (b"no sound at all", "broken-media")):
        error = refused(sound_facts, body)
        assert error.code == code and str(error).startswith("audio.wav: ")
    assert refused(sound_facts, wav(np.zeros(800, np.int16))[:-9]).code == "truncated-media"


def test_frames_are_those_of_the_arrays_and_all_codes_have_as_many():
    assert frames_of(lengths(), 64000) == 100
    error = refused(frames_of, lengths(cam=99, expcode=101), 64000)
    assert error.code == "bad-column"
    assert str(error) == "expcode.npy has 101, cam.npy has 99 frames, the other codes 100: all must have equally many"
    assert "no frames" in str(refused(frames_of, lengths(0, 0), 0))


def test_sound_may_differ_from_the_frames_by_less_than_a_second():
    for samples in (64000 - 15999, 64000 + 15999):
        assert frames_of(lengths(100, samples), samples) == 100
    for samples in (64000 - 16000, 64000 + 16000):
        assert "must differ by less than a second" in str(refused(frames_of, lengths(100, samples), samples))


def test_the_envelope_has_a_value_a_sample():
    error = refused(frames_of, lengths(), 64001)
    assert str(error) == "envelope.npy has 64000 values, audio.wav 64001 samples: must be equally many"
    assert "; " in str(refused(frames_of, lengths(cam=3), 90000)), "every rule that is broken is told"
