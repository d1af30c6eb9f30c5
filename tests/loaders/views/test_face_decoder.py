"""Faces with embedding and landmarks are those of the folder tree, of both kinds of pictures, packed or measured."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from faceshards.bench.views.contest import packed
from faceshards.bench.views.ways.speech_to_face import FaceDecoderDataset
from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import Mix, ShardDataset
from faceshards.loaders.views import FaceWithLandmarks
from faceshards.packing.kinds.face_decoder.kind import FaceDecoderPictures
from faceshards.packing.options import PackOptions
from faceshards.shards.schema.codecs import encode
from faceshards.shards.writer import ShardWriter
from tests.bench.views.trees import write_faces


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Seven complete pictures; one lacks its landmarks."""
    root = write_faces(tmp_path_factory.mktemp("faces"), 8)
    next(root.rglob("7_landmarks.npy")).unlink()
    return root


@pytest.fixture(scope="module")
def shards(tree, tmp_path_factory):
    options = PackOptions()
    return packed(tree, tmp_path_factory.mktemp("shards"), FaceDecoderPictures(options), options)


def by_number(samples):
    return sorted(samples, key=lambda sample: float(sample[1][0]))


def test_the_samples_are_those_of_the_folder_tree(tree, shards):
    faces = ShardDataset(shards, view=FaceWithLandmarks(), missing="skip")
    want = by_number([FaceDecoderDataset(str(tree))[number] for number in range(7)])
    for workers in (0, 1):
        (batch,) = faces.loader(7, workers)
        assert batch["image"].dtype == torch.float32 and batch["image"].shape == (7, 3, 224, 224)
        found = by_number(zip(batch["image"], batch["embedding"], batch["landmarks"], strict=True))
        for one, other in zip(found, want, strict=True):
            assert all(torch.equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))
    assert len(faces) == 7 and faces[0]["image"].shape == (3, 224, 224)
    with pytest.raises(ColumnError, match=r"face_landmarks.npy.*missing='skip'"):
        len(ShardDataset(shards, view=FaceWithLandmarks()))


def test_both_kinds_of_pictures_of_any_size_come_as_one(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8).repeat(10, 0).repeat(10, 1)
    exif = Image.Exif()
    exif[0x0112] = 6  # upright after a turn
    turned, png = io.BytesIO(), io.BytesIO()
    Image.fromarray(pixels).save(turned, "JPEG", quality=95, exif=exif)
    Image.fromarray(pixels).save(png, "PNG")
    bodies = {"jpg": turned.getvalue(), "png": png.getvalue()}
    arrays = {"identity.npy": np.arange(6.0).reshape(2, 3), "points72.npy": np.arange(288.0).reshape(2, 72, 2)}
    columns = {name: encode(name, array.astype(np.float32)) for name, array in arrays.items()}
    for kind, body in bodies.items():
        with ShardWriter(tmp_path / f"{kind}.tar") as writer:
            writer.add(kind, {"json": {"name": kind}, kind: body, **columns})
    view = FaceWithLandmarks(embedding="identity.npy", landmarks="points72.npy")
    faces = ShardDataset(tmp_path, view=view)
    assert faces["jpg"]["image"].shape == faces["png"]["image"].shape == (3, 224, 224)
    want = np.asarray(Image.fromarray(pixels).resize((224, 224), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(faces["png"]["image"], want.transpose(2, 0, 1).astype(np.float32) / 255)
    assert abs(faces["jpg"]["image"] - np.rot90(faces["png"]["image"], -1, (1, 2))).mean() < 0.05
    np.testing.assert_array_equal(faces["jpg"]["embedding"], [1.5, 2.5, 3.5])
    np.testing.assert_array_equal(faces["jpg"]["landmarks"], np.arange(144))
    assert faces.explain().nbytes == sum(len(body) for body in (*bodies.values(), *columns.values(), *columns.values()))
    mix = Mix([faces, ShardDataset(tmp_path / "jpg.tar", view=view)])
    assert [len(batch["__key__"]) for batch in mix.loader(3)] == [3]
    assert view.settings == {"embedding_column": "identity.npy", "landmarks_column": "points72.npy"}


def test_a_broken_picture_is_a_fault_and_a_row_without_one_is_told(tmp_path):
    arrays = {"face_embedding.npy": np.zeros(4096), "face_landmarks.npy": np.zeros(144)}
    columns = {name: encode(name, array.astype(np.float32)) for name, array in arrays.items()}
    with ShardWriter(tmp_path / "a.tar") as writer:
        for number in range(3):
            body = encode("jpg", np.full((224, 224, 3), number, np.uint8))
            writer.add(f"k{number}", {"json": {"name": "x"}, "jpg": body if number else body[:99], **columns})
    loader = ShardDataset(tmp_path, view=FaceWithLandmarks(), max_faults=1).loader(3)
    (batch,) = loader
    assert {fault.reason for fault in loader.faults} == {"broken-image"} and "k0" not in batch["__key__"]
    with ShardWriter(tmp_path / "b.tar") as writer:
        writer.add("bare", {"json": {"name": "y"}, **columns})
    with pytest.raises(UsageError, match=r"1 of 4 clips have no picture \(jpg or png\), first 'bare'"):
        len(ShardDataset(tmp_path, view=FaceWithLandmarks()))
    assert len(ShardDataset(tmp_path, view=FaceWithLandmarks(), missing="skip")) == 3
