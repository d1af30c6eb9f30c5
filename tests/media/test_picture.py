import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from faceshards.errors import ClipError
from faceshards.media.picture import encode_jpg, encode_png, read_picture

SCENE = np.random.default_rng(0).integers(0, 255, (6, 9, 3), np.uint8).repeat(8, 0).repeat(8, 1)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def code(body, **options) -> str:
    with pytest.raises(ClipError) as caught:
        read_picture(body, **options)
    return caught.value.code


def test_png_is_lossless_and_jpg_is_close():
    assert np.array_equal(read_picture(encode_png(SCENE)), SCENE)
    assert np.abs(read_picture(encode_jpg(SCENE)).astype(int) - SCENE).mean() < 3
    assert len(encode_jpg(SCENE, 30)) < len(encode_jpg(SCENE))
    assert encode_jpg(SCENE) == encode_jpg(SCENE.copy())
    assert read_picture(memoryview(encode_png(SCENE))).shape == SCENE.shape


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation):
    """By the table of the EXIF standard: where row 0 and column 0 of the stored picture are shown."""
    stored = Image.fromarray(SCENE)
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = {
        1: SCENE, 2: SCENE[:, ::-1], 3: SCENE[::-1, ::-1], 4: SCENE[::-1], 5: SCENE.transpose(1, 0, 2),
        6: np.rot90(SCENE, -1), 7: SCENE[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(SCENE),
    }[orientation]  # fmt: skip
    for kind in ("PNG", "JPEG"):
        got = read_picture(saved(stored, kind, exif=exif, **({"quality": 100} if kind == "JPEG" else {})))
        assert got.shape == shown.shape and np.abs(got.astype(int) - shown).mean() < 10, kind


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16"])
def test_every_mode_becomes_rgb(mode):
    grey = np.asarray(Image.fromarray(SCENE).convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    image = deep if mode == "I;16" else Image.fromarray(SCENE).convert(mode)
    got = read_picture(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert got.shape == SCENE.shape and got.dtype == np.uint8
    if mode in ("L", "LA", "I;16"):
        assert np.array_equal(got[:, :, 0], grey)


def test_a_transparent_palette_is_read_without_a_warning():
    image = Image.fromarray(SCENE).convert("P")
    assert read_picture(saved(image, "PNG", transparency=bytes(range(256)))).shape == SCENE.shape


def test_broken_pictures_are_named():
    for whole in (encode_jpg(SCENE), encode_png(SCENE)):
        assert code(whole[: len(whole) // 2]) == "broken-image"
        assert code(whole[:20]) == "broken-image"
    assert code(b"") == "empty-file"
    assert code(b"no picture" * 100) == "broken-image"
    assert code(saved(Image.fromarray(SCENE), "GIF")) == "broken-image"


def test_what_is_no_picture_is_told_alike_each_time():
    with pytest.raises(
        ClipError, match=r"^it is no picture of the kinds JPEG, PNG, WEBP, BMP$"
    ):  # Pillow names an address
        read_picture(b"no picture" * 100)


def test_a_bomb_is_refused_before_it_is_unpacked():
    assert code(encode_png(SCENE), max_pixels=48 * 72 - 1) == "too-large"
    assert read_picture(encode_png(SCENE), max_pixels=48 * 72).shape == SCENE.shape
    for side in (9000, 60000):
        assert code(png_bomb(side)) == "too-large"


def png_bomb(side: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
    )


def test_damage_anywhere_is_a_reason_and_never_a_crash():
    rng = random.Random(1)
    wholes = [
        encode_jpg(SCENE),
        encode_png(SCENE),
        saved(Image.fromarray(SCENE), "WEBP"),
        saved(Image.fromarray(SCENE), "BMP"),
    ]
    for _ in range(600):
        body = bytearray(rng.choice(wholes))
        for _ in range(rng.choice([1, 3, 20])):
            body[rng.randrange(len(body))] = rng.randrange(256)
        try:
            assert read_picture(bytes(body)).dtype == np.uint8
        except ClipError as error:
            assert error.code in ("broken-image", "too-large")


def test_only_rgb_is_written():
    for wrong in (SCENE[:, :, 0], SCENE.astype(np.float32), SCENE[:, :, :2]):
        with pytest.raises(ValueError, match="uint8"):
            encode_png(wrong)


def test_real_photographs_open(real):
    for path in sorted((real / "image").iterdir()):
        with Image.open(path) as image:
            assert read_picture(path.read_bytes()).shape[:2] in (image.size[::-1], image.size)
