"""The column table: every suffix that a sample of ours may carry, with what its bytes mean.

`docs/format.md` is generated from this table. What stages make stands in their own files. A column that is nowhere is a
user's own: its last suffix names its codec.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from faceshards.errors import ColumnError
from faceshards.shards.schema.declared import Declared

#: Suffixes of media that are kept byte for byte, in the order in which a sample's clip is looked for.
VIDEO = ("mp4", "mov", "mkv", "webm", "avi", "mpg")
SOUND = ("wav", "flac", "mp3", "m4a", "ogg")
PICTURE = ("jpg", "png")
PACKETS = "packets.npy"
#: What a loader calls the clip, whatever its container: the one of `VIDEO` that a sample has. No shard has this column.
CLIP = "video"
#: The column of the sound's packets in the clip's own file.
SOUND_PACKETS = "sound.packets.npy"

#: The training copy of the clip that packing makes beside it.
RENDITION = "rendition.mp4"

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Column:
    """One column of the format.

    `shape` names the axes: P packets, D detections, R rows of any frames, N frames, F some of them, H x W pixels.
    `frame`: of rows of any frames, the column that holds the frame of each; such a column has the unit "frames".
    """

    name: str
    codec: str
    dtype: str
    shape: str
    unit: str
    space: str
    maker: str
    doc: str
    frame: str = ""


#: The space of coordinates in a clip's pictures.
PIXELS = "the clip's own frame: x right, y down, 0 at the left and top edge, centre of the first pixel at 0.5"


def packets_column(media: str, maker: str) -> Column:
    """The packet table of a video column."""
    return Column(
        f"{media}.{PACKETS}",
        "npy",
        "int32",
        "(P, 8)",
        "pts and dts in ticks of the stream's time base; offset and size in bytes",
        "offset counts from the first byte of the media member",
        maker,
        "the video stream's packets in decoding order: pts (edit list applied), dts, offset, size, "
        "key (0/1), discard (0/1), check in two numbers: crc32c of the packet's bytes, then the lower 31 bits of the "
        "crc32c of the row's other numbers as int64; int64 (P, 7), the check in one, where a number needs more than "
        "4 bytes",
    )


def _media(name: str, maker: str, doc: str) -> Column:
    return Column(name, name.rsplit(".", 1)[-1], "bytes", "", "", "", maker, doc)


def _array(name: str, dtype: str, shape: str, unit: str, doc: str) -> Column:
    """An array that comes with imported shards."""
    return Column(name, "npy", dtype, shape, unit, PIXELS if unit == "px" else "", "import", doc)


def _given(name: str, dtype: str, shape: str, unit: str, doc: str) -> Column:
    """What a collection's makers say of faces."""
    in_frames = unit == "frames"
    frame, space = "" if in_frames else "given_face_frame.npy", "" if in_frames else PIXELS
    return Column(f"given_{name}.npy", "npy", dtype, shape, unit, space, "pack", doc, frame)


def _code(name: str, size: str, unit: str, space: str, doc: str) -> Column:
    """Codes of EMOCA's reconstruction, a row a frame."""
    return Column(name, "npy", "float32", f"(N, {size})", unit, space, "pack", doc)


# What EMOCA reconstructs of a sequence (Danecek et al. 2022), as 3DXTalker's data set lays it out.
_EMOCA = [
    _code("shapecode.npy", "100", "", "FLAME's space of shapes", "the head's shape: factors of principal components"),
    _code("expcode.npy", "50", "", "FLAME's space of expressions", "the expression: factors of a linear basis"),
    _code("posecode.npy", "6", "radians", "axis-angle", "how the head is turned (3), then the jaw (3)"),
    _code("cam.npy", "3", "scale, shift, shift", "EMOCA's crop, 224 x 224", "the weak-perspective camera: scale, x, y"),
    _code("lightcode.npy", "9, 3", "", "spherical harmonics of second order", "the light: nine factors of R, G and B"),
    _code("texcode.npy", "50", "", "the albedo model's space", "the skin: factors of principal components"),
    _code("detailcode.npy", "128", "", "EMOCA's space of details", "wrinkles and other small shapes"),
    Column(
        "refimg.npy",
        "npy",
        "float32",
        "(3, 224, 224)",
        "RGB; 0..1 in EMOCA's crops",
        "",
        "pack",
        "a picture of the person, channels first",
    ),
    Column(
        "metadata.msg",
        "msg",
        "map",
        "",
        "",
        "",
        "pack",
        "a sequence's `metadata.pkl`: its `value` in plain types, and the pickle's `protocol`",
    ),
]

_TABLE = [
    Column(
        "json",
        "json",
        "object",
        "",
        "see the scalars below",
        "",
        "pack",
        "the sample's facts, one flat object",
    ),
    *(_media(suffix, "pack", f"the clip, its {suffix} file byte for byte") for suffix in VIDEO),
    *(packets_column(suffix, "pack") for suffix in VIDEO),
    Column(
        SOUND_PACKETS,
        "npy",
        "int32",
        "(P, 6)",
        "first sample and samples at the sound's own rate; offset and size in bytes",
        "sample 0 is heard with the first picture; offset counts from the first byte of the media member",
        "pack",
        "the sound stream's packets in the clip's own file: first sample, samples, offset, size, check (as in "
        "`mp4.packets.npy`); without a value for a silent clip",
    ),
    _media(RENDITION, "pack", "a training copy of the clip: scaled down, the same frames at the same times, its sound"),
    packets_column(RENDITION, "pack"),
    *(_media(suffix, "pack", f"the sound, its {suffix} file byte for byte") for suffix in SOUND),
    *(_media(suffix, "pack", "a picture: a clip of one frame") for suffix in PICTURE),
    _media("meta_info.txt", "pack", "VFHQ's text about the clip, byte for byte"),
    _given("face_box", "float32", "(R, 4)", "px", "the face as the collection's makers found it: x1 y1 x2 y2"),
    _given("face_points", "float32", "(R, 5, 2)", "px", "its eyes, nose and corners of the mouth: x y"),
    _given("face_frame", "int64", "(R,)", "frames", "the frame of each row of the two columns above, ascending"),
    Column(
        "face_embedding.npy",
        "npy",
        "float32",
        "(4096,)",
        "not below 0, not of length 1",
        "",
        "pack",
        "what VGG-Face says of the picture in its second last layer, behind the ReLU, as Speech-to-face saves it: fed "
        "with RGB in 0..1 at 224 x 224, so it is not the space of `identity.npy`",
    ),
    Column(
        "face_landmarks.npy",
        "npy",
        "float32",
        "(144,)",
        "px",
        "the picture squashed to 224 x 224: x right, y down; may lie outside",
        "pack",
        "72 points of the picture's face as Speech-to-face saves them, x and y in turns: chin 17, brows 5 and 5, nose "
        "bridge 4 and tip 5, eyes 6 and 6, lips 12 and 12",
    ),
    _media("source.png", "import", "the face that was swapped in"),
    _array("face_frames.npy", "int64", "(F,)", "frames", "v1's `exist_face_frame_index`: the frames that have a face"),
    _array(
        "face_box.npy", "float32", "(N, 4)", "px", "Sigma's `faces_bbox`: x1 y1 x2 y2 of face points, 0 where invalid"
    ),
    _array("face_valid.npy", "bool", "(N,)", "", "Sigma's `exist_face_frame_index`: one face, whole and large enough"),
    *_EMOCA,
]

#: Name -> column: those of the packer and of imports, in the order in which a sample's members stand, then those that
#: stages make.
COLUMNS: Mapping[str, Column] = Declared(_TABLE, "makes")
_RANK = {column.name: rank for rank, column in enumerate(_TABLE)}


def ordered(names: list[str]) -> list[str]:
    """Column names in the order in which a sample's members stand: the packer's, then all others by name."""
    return sorted(names, key=lambda name: (_RANK.get(name, len(_RANK)), name))


def codec_of(column: str) -> str:
    """The codec of a column: its last suffix (`swapped.mp4.packets.npy` -> `npy`)."""
    return column.rsplit(".", 1)[-1]


def video_of(columns: list[str]) -> str | None:
    """The column that holds the clip itself: the first of `VIDEO`, then of `PICTURE`, that is there."""
    return next((name for name in VIDEO + PICTURE if name in columns), None)


def check_names(columns: Collection[str], shard: str) -> None:
    """Raises ColumnError for a column that may not be named so, and for a sample without `json`."""
    for column in columns:
        if not _NAME.fullmatch(column):
            raise ColumnError(f"column {column!r} must be ASCII letters, digits, _ and - between dots")
    if "json" not in columns:
        raise ColumnError(f"{shard}: a sample needs the column 'json', got {list(columns)}")
