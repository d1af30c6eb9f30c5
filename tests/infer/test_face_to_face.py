"""Face to face: what the decoder draws of a face's embedding, beside the face."""

import numpy as np
import pytest
import torch
from PIL import Image

from faceshards.infer.face_to_face import FaceToFace
from faceshards.infer.faces.face_picture import LABEL
from faceshards.infer.given.media import FileMedia
from faceshards.loaders.views.speech_to_face import face_input
from faceshards.media.picture import encode_jpg, encode_png, read_picture
from faceshards.train.face_targets import face_targets
from faceshards.train.tasks.face_decoder import FaceDecoderTask
from tests.infer.conftest import WIDTH, face_jpg, save, shard_of, told


def words(nets, out, *inputs):
    return ["face-to-face", *inputs, "--face-decoder", nets[1], "--out", out]


@pytest.fixture
def pictures(tmp_path, photo):
    """A face, the same lying on its side with an EXIF that says so, no face, no picture, no bytes."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "face.png").write_bytes(encode_png(photo))
    turned, exif = Image.fromarray(np.rot90(photo).copy()), Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    turned.save(folder / "turned.jpg", exif=exif, quality=97, subsampling=0)
    (folder / "grey.jpg").write_bytes(encode_jpg(np.full((200, 200, 3), 128, np.uint8)))
    (folder / "rubbish.png").write_bytes(b"\x89PNG rubbish")
    (folder / "empty.jpg").write_bytes(b"")
    return folder


def test_pictures_become_drawn_faces_beside_their_own(pictures, nets, tmp_path, run):
    code, out, _ = run(*words(nets, tmp_path / "out", pictures))
    report = told(tmp_path / "out" / "faceshards-infer.json")
    assert code == 0 and report["failed"] == {"read": {"no-face": 1, "broken-image": 1, "empty-file": 1}}
    assert report["whole"] == 2
    drawn = {name: read_picture((tmp_path / "out" / f"{name}.png").read_bytes()) for name in ("face", "turned")}
    assert drawn["face"].shape == (LABEL + 224, 4 * 224, 3)
    near = np.abs(drawn["face"][LABEL:, 448:672].astype(int) - drawn["turned"][LABEL:, 448:672])
    assert near.mean() < 8, "upright by its EXIF"
    record = told(tmp_path / "out" / "face.json")
    assert len(record["points"]) == len(record["target"]["points"]) == 5 and record["face_encoder"].startswith("untr")
    assert "no face was found" in out.replace("\n", " ")


def test_what_is_drawn_is_the_decoder_s_of_the_encoder_s(nets, photo, tmp_path):
    (tmp_path / "face.png").write_bytes(encode_png(photo))
    model = FaceToFace(nets[1])
    seen = model.prepared(FileMedia(tmp_path / "face.png"))
    embedding = face_targets(None, WIDTH).embed(torch.from_numpy(face_input(seen.face.picture))[None])
    with torch.no_grad():
        points, texture = model.decoder(embedding)
    (answer,) = model.answers([None], [seen])
    picture = read_picture(answer.files[".png"])[LABEL:, :224]
    assert np.abs(picture - texture[0].permute(1, 2, 0).numpy() * 255).max() <= 0.5 + 1e-3
    np.testing.assert_allclose(np.ravel(answer.record["points"]), points[0].numpy(), rtol=1e-5)


def test_a_row_s_own_face_is_taken_and_a_picture_may_be_one_as_it_stands(nets, tmp_path, run):
    shard = shard_of(tmp_path / "a.tar")
    code, _, _ = run(*words(nets, tmp_path / "out", shard, "--where", "key = 'clip-0'"))
    own = read_picture(face_jpg(0))
    assert code == 0
    np.testing.assert_array_equal(
        read_picture((tmp_path / "out" / "a" / "clip-0.png").read_bytes())[LABEL:, 448:672], own
    )
    (tmp_path / "disc.jpg").write_bytes(face_jpg(1))
    assert run(*words(nets, tmp_path / "x.png", tmp_path / "disc.jpg"))[0] == 1, "no face"
    assert run(*words(nets, tmp_path / "x.png", tmp_path / "disc.jpg", "--whole"))[0] == 0
    drawn = read_picture((tmp_path / "x.png").read_bytes())
    np.testing.assert_array_equal(drawn[LABEL : LABEL + 224, 448:672], read_picture(face_jpg(1)))


def test_a_decoder_of_72_points_is_held_against_72(photo, tmp_path):
    path = save(FaceDecoderTask(face_targets(None, WIDTH), WIDTH, 72), tmp_path / "72.pt")
    (tmp_path / "face.png").write_bytes(encode_png(photo))
    seen = FaceToFace(path).prepared(FileMedia(tmp_path / "face.png"))
    assert seen.face.points.shape == (72, 2) and (seen.face.points > 0).all() and (seen.face.points < 224).all()


def test_a_result_never_replaces_its_input(nets, photo, tmp_path, run):
    (tmp_path / "face.png").write_bytes(encode_png(photo))
    for more in ([], ["--force"]):
        code, _, err = run(*words(nets, tmp_path, tmp_path / "face.png", *more))
        assert code == 2 and "replaced by its own result" in err
    assert read_picture((tmp_path / "face.png").read_bytes()).shape == photo.shape


def test_a_video_s_best_face(nets, photo, made, tmp_path, run):
    clip = made([np.full_like(photo, 90)] * 12 + [photo] * 13)
    (tmp_path / "clip.mp4").write_bytes(clip)
    assert run(*words(nets, tmp_path / "x.png", tmp_path / "clip.mp4"))[0] == 0
