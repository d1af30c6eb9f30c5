import io
import json

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp
from PIL import Image

from faceshards.errors import ColumnError, UnsafeData
from faceshards.shards.schema import codecs

DTYPES = hnp.scalar_dtypes().filter(
    lambda d: d.kind in "biufc" and d.itemsize <= 16 and d.str[1:] not in ("f16", "c32")
)


@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)))
def test_npy_is_what_numpy_reads_and_reads_what_numpy_writes(array):
    ours = codecs.encode("a.npy", array)
    by_numpy = np.load(io.BytesIO(ours), allow_pickle=False)
    assert by_numpy.dtype == array.dtype and by_numpy.shape == array.shape and by_numpy.tobytes() == array.tobytes()
    theirs = io.BytesIO()
    np.save(theirs, array)
    decoded = codecs.decode("a.npy", theirs.getvalue())
    assert decoded.dtype == array.dtype and decoded.shape == array.shape and decoded.tobytes() == array.tobytes()


def test_npy_in_fortran_order_keeps_its_values():
    out = io.BytesIO()
    array = np.asfortranarray(np.arange(6).reshape(2, 3))
    np.save(out, array)
    assert b"'fortran_order': True" in out.getvalue()
    np.testing.assert_array_equal(codecs.decode("a.npy", out.getvalue()), array)


def npy(header: str, data: bytes = b"") -> bytes:
    text = header.encode("latin-1")
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize(
    "body",
    [
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", b"x" * 8),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (10**9,), }\n"),
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999, 999999999999), }\n"),
        npy("__import__('os').system('touch marker')\n"),
        npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", b"x" * 4),
        b"\x93NUMPY\x02\x00\xff\xff\xff\x7f",
        b"\x93NUMPY\x01\x00\x10\x00",
        b"not npy at all",
    ],
)
def test_hostile_npy_is_refused(body):
    with pytest.raises((ColumnError, UnsafeData), match=r"a\.npy"):
        codecs.decode("a.npy", body)


def test_objects_are_not_written():
    with pytest.raises(ColumnError, match="pickle"):
        codecs.encode("a.npy", np.array([{}], dtype=object))


def test_json_is_canonical_and_equal():
    value = {"b": [1, 2.5, None], "a": "顔", "c": np.float32(0.5)}
    body = codecs.encode("json", value)
    assert body == '{"a":"顔","b":[1,2.5,null],"c":0.5}'.encode()
    assert codecs.decode("json", body) == json.loads(body)
    with pytest.raises(ColumnError, match="json"):
        codecs.encode("json", {"a": float("nan")})


def test_deep_json_is_an_error_not_a_crash():
    with pytest.raises(ColumnError):
        codecs.decode("json", b"[" * 200_000)


def test_msg_is_msgpack():
    value = {"box": np.ones((2, 4), np.float32), "track": [0, 1]}
    body = codecs.encode("faces.msg", value)
    assert msgpack.unpackb(body) == {"box": [[1.0] * 4] * 2, "track": [0, 1]}
    assert codecs.decode("faces.msg", body) == msgpack.unpackb(body)
    with pytest.raises(ColumnError):
        codecs.decode("faces.msg", b"\xdd\xff\xff\xff\xff")


@pytest.mark.parametrize(("column", "tolerance"), [("a.png", 0), ("face.jpg", 12)])
def test_pictures_round_trip(column, tolerance):
    ramp = np.linspace(0, 255, 32).astype(np.uint8)
    picture = np.stack([np.tile(ramp, (32, 1))] * 3, axis=-1)
    body = codecs.encode(column, picture)
    assert np.asarray(Image.open(io.BytesIO(body))).shape == (32, 32, 3)
    assert np.abs(codecs.decode(column, body).astype(int) - picture).max() <= tolerance


def test_a_picture_bomb_is_refused_by_its_header():
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    with pytest.raises((UnsafeData, ColumnError), match="pixels"):
        codecs.decode("a.png", out.getvalue())


def test_empty_members_are_none_and_media_stay_bytes():
    assert codecs.decode("spectrogram.npy", b"") is None
    assert codecs.decode("mp4", b"abc") == b"abc"
    assert codecs.encode("mp4", b"abc") == b"abc"
    assert codecs.encode("face.jpg", None) == b""
    with pytest.raises(ColumnError, match="takes bytes"):
        codecs.encode("mp4", np.zeros(3))
