"""`faceshards pack face-decoder` and the way back."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from faceshards.shards.reader import Shard
from tests.packing.kinds.conftest import embedding, landmarks, planted, tree_of


def turned(array: np.ndarray) -> bytes:
    """A JPEG file whose EXIF says that it is shown turned by a quarter."""
    image, out = Image.fromarray(array), io.BytesIO()
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture(scope="module")
def files(make) -> dict[str, bytes]:
    """In the layout of Speech-to-face's decoder: complete, incomplete and lone pictures."""
    pictures = make.pictures(3, width=96, height=64)
    ready = make.picture(make.pictures(1, width=224, height=224)[0], "JPEG")
    return {
        "id1/x/0001.jpg": ready,
        "id1/x/0001_embedding.npy": embedding(1),
        "id1/x/0001_landmarks.npy": landmarks(1),
        "id1/0002.JPG": turned(pictures[0]),
        "id1/0002_landmark.npy": landmarks(2),
        "id2/0003.png": make.picture(pictures[1]),
        "id2/0003_embedding.npy": embedding(3),
        "id2/0004.jpeg": make.picture(pictures[2], "JPEG"),
    }


@pytest.fixture
def tree(files, tmp_path):
    return planted(tmp_path / "hq", files)


def test_there_and_back_is_the_same_tree(run, tree, files, tmp_path):
    words = ("pack", "face-decoder", tree, "--out", tmp_path / "out", "--identity", "([^/]+)/.*")
    code, said, err = run(*words, "--json")
    assert code == 0, err
    assert "4 pictures (jpg 3, png 1), 1 complete" in err and "pictures without landmarks" in err
    remarks = json.loads(said)["remarks"]
    assert len(remarks) == 4 and remarks["pictures without embedding"] == {"count": 1, "names": ["id1/0002.JPG"]}
    with Shard(tmp_path / "out" / "hq.tar") as shard:
        assert shard.columns == ["json", "jpg", "face_embedding.npy", "face_landmarks.npy"]
        rows = {shard.json(row)["files"]["jpg"]: row for row in range(len(shard))}
        assert {shard.json(row)["identity"] for row in rows.values()} == {"id1", "id2"}
        assert shard.get(rows["id1/x/0001.jpg"], "face_landmarks.npy").shape == (144,)
        late = rows["id1/0002.JPG"]
        assert shard.state(late, "face_embedding.npy") == "not yet"
        assert (shard.json(late)["width"], shard.json(late)["height"]) == (64, 96), "upright"
    assert "already packed" in run(*words)[1]
    assert run("export", "face-decoder", tmp_path / "out", tmp_path / "back")[0] == 0
    assert tree_of(tmp_path / "back") == files


def test_resized_pictures_stand_upright_whatever_their_shape_and_the_rest_comes_back(run, tree, files, tmp_path):
    code, _, err = run("pack", "face-decoder", tree, "--out", tmp_path / "out", "--resize", 224)
    assert code == 0, err
    assert run("export", "face-decoder", tmp_path / "out", tmp_path / "back")[0] == 0
    back = tree_of(tmp_path / "back")
    assert back.keys() == files.keys()
    assert {name for name in files if back[name] != files[name]} == {"id1/0002.JPG", "id2/0003.png", "id2/0004.jpeg"}
    with Image.open(io.BytesIO(files["id1/0002.JPG"])) as image:
        wanted = image.transpose(Image.Transpose.ROTATE_270).resize((224, 224), Image.Resampling.BILINEAR)
    with Image.open(io.BytesIO(back["id1/0002.JPG"])) as image:
        assert image.size == (224, 224) and image.getexif().get(0x0112, 1) == 1
        assert np.abs(np.asarray(image, int) - np.asarray(wanted, int)).mean() < 2
    with Image.open(io.BytesIO(back["id2/0003.png"])) as image, Image.open(io.BytesIO(files["id2/0003.png"])) as old:
        same = np.asarray(image) == np.asarray(old.resize((224, 224), Image.Resampling.BILINEAR))
        assert image.format == "PNG" and same.all()


def test_complete_ones_only(run, tree, tmp_path):
    code, said, _ = run("pack", "face-decoder", tree, "--out", tmp_path / "out", "--complete-only")
    assert code == 0 and "bad-column" in said and "pack without --complete-only" in said
    with Shard(tmp_path / "out" / "hq.tar") as shard:
        assert len(shard) == 1


def test_help_teaches(run):
    code, said, _ = run("pack", "face-decoder", "--help")
    assert code == 0 and "_landmarks.npy" in said and "--resize 224" in said and "export face-decoder" in said
