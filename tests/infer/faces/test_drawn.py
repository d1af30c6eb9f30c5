"""Drawn faces stand beside their targets, or say that nothing shows that their networks learned."""

import numpy as np
import torch

from faceshards.infer.faces.drawn import drawn_faces, inferred
from faceshards.infer.faces.face_picture import LABEL, Face
from faceshards.media.picture import read_picture


def test_what_a_decoder_draws_is_rounded_to_pixels():
    textures = torch.full((2, 3, 224, 224), 0.5)
    textures[1, 0] = 1
    one, other = drawn_faces(torch.arange(20.0).reshape(2, 10), textures)
    assert (one.picture == 128).all() and (other.picture[..., 0] == 255).all()
    np.testing.assert_array_equal(other.points[0], [10, 11])


def test_no_picture_of_networks_that_learned_nothing_stands_alone_without_a_word():
    face, target = Face(np.full((224, 224, 3), 9, np.uint8)), Face(np.full((224, 224, 3), 99, np.uint8))
    alone, beside = (inferred("of the voice", face, one, ["voice-encoder: 1 steps"], {}) for one in (None, target))
    noted = read_picture(alone.files[".png"])
    assert noted.shape[0] > LABEL + 224 and noted[LABEL + 224 :].any() and alone.record["doubts"]
    held = read_picture(beside.files[".png"])
    assert held.shape == (LABEL + 224, 448, 3) and (held[LABEL:, 224:] == 99).all()
    assert beside.record["target"] == {"points": []} and beside.record["doubts"], "which a machine reads in any case"
    sure = read_picture(inferred("of the voice", face, None, [], {}).files[".png"])
    assert sure.shape == (LABEL + 224, 224, 3)
