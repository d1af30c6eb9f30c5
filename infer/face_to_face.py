"""Face to face: a picture, through a face encoder and the face decoder, becomes the face as its embedding has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from faceshards.errors import ClipError
from faceshards.infer.faces.drawn import drawn_faces, inferred
from faceshards.infer.faces.face_embedding import embedding_of
from faceshards.infer.faces.face_finder import FaceFinder
from faceshards.infer.faces.face_picture import Face
from faceshards.infer.given.inputs import Input
from faceshards.infer.given.media import InputMedia
from faceshards.infer.run.work import InferredFiles
from faceshards.infer.trained_net import TrainedNet
from faceshards.media.picture import scaled
from faceshards.models.nets.face_decoder import SIDE
from faceshards.models.nets.vgg_face_file import VggLayout
from faceshards.models.trained import FACE_DECODER


@dataclass(frozen=True)
class SeenFace:
    """A face as it is, and what the encoder sees of it."""

    face: Face
    seen: np.ndarray


class FaceToFace:
    """A trained face decoder behind the face encoder on whose embeddings it was trained.

    The face is the row's own `face.jpg`, else the best of the picture or video, cut out as the stage `face_crop` does;
    with `whole` the picture is a face already, and squashed to 224 x 224 as Speech-to-face does. Its points are found
    in the very picture that is shown. (Speech-to-face finds them in the picture before it is resized, and does not
    handle that there is no face.)
    """

    notes: Sequence[str] = ()

    def __init__(
        self,
        face_decoder: Path,
        *,
        face_encoder: VggLayout | None = None,
        weights: Path | None = None,
        whole: bool = False,
        device: str = "cpu",
    ) -> None:
        self.drawn = TrainedNet.load(face_decoder, FACE_DECODER, device)
        self.decoder, self.device, self.whole = self.drawn.net, device, whole
        self.encoder = embedding_of(str(face_decoder), self.drawn.config, face_encoder, weights, device)
        self.doubts = tuple(filter(None, (self.drawn.doubt,)))
        self.made: dict[str, Any] = {
            "command": "face-to-face",
            "face_decoder": self.drawn.sha256,
            "face_encoder": self.encoder.name,
            "whole": whole,
        }
        self._finder = FaceFinder()
        self._points = int(self.drawn.config["points"])

    def prepared(self, media: InputMedia) -> SeenFace:
        """See `Inference`. Raises ClipError `no-face`."""
        if self.whole:
            return self._whole(media)
        if not self.encoder.from_frame and (cut := media.face()) is not None:
            return SeenFace(self._with_points(cut), self.encoder.seen(cut.picture, _all_of(cut.picture)))
        own = media.face()
        place = self._finder.best_place([own.picture] if own is not None else media.pictures())
        if place is None:
            raise ClipError("no-face", "no face was found in it: give a picture with one, or --whole if it is one")
        face = self._finder.cut(place)
        seen = self.encoder.seen(place.picture, place.box) if self.encoder.from_frame else face.picture
        return SeenFace(self._with_points(face), seen)

    def answers(self, given: Sequence[Input], prepared: Sequence[SeenFace]) -> list[InferredFiles]:
        """See `Inference`: the drawn face beside the one that it was drawn of."""
        with torch.inference_mode():
            embeddings = self.encoder.embed([one.seen for one in prepared]).to(self.device)
            faces = drawn_faces(*self.decoder(embeddings))
        return [
            inferred("drawn", face, one.face, self.doubts, {"face_encoder": self.encoder.name})
            for face, one in zip(faces, prepared, strict=True)
        ]

    def _whole(self, media: InputMedia) -> SeenFace:
        picture = next(islice(media.pictures(), 1), None)
        if picture is None:
            raise ClipError("no-frames", "there is no picture in it")
        seen = self.encoder.seen(picture, _all_of(picture))
        return SeenFace(self._with_points(Face(scaled(picture, (SIDE, SIDE)))), seen)

    def _with_points(self, face: Face) -> Face:
        """The face with as many points as the decoder draws, where that is what can be found of it."""
        if len(face.points) == self._points:
            return face
        points = self._finder.points_72(face.picture) if self._points == 72 else None
        return face if points is None else Face(face.picture, points)


def _all_of(picture: np.ndarray) -> np.ndarray:
    return np.array([0, 0, picture.shape[1], picture.shape[0]], np.float32)
