"""What the face decoder learns from: a picture of a face, its embedding and its landmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from faceshards.errors import ColumnError
from faceshards.loaders.arguments import of_kind
from faceshards.loaders.decode.dense import empty
from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.ahead import Hand
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.deck import EachRow
from faceshards.loaders.units.fitted import without
from faceshards.loaders.units.unit import Needs
from faceshards.loaders.units.whole import Whole
from faceshards.loaders.views.face_arrays import embedding_of, landmarks_of
from faceshards.media.picture import read_picture, scaled
from faceshards.shards.schema.columns import PICTURE

#: The side of the picture, in whose pixels the landmarks are.
SIDE = 224
IMAGE, EMBEDDING, LANDMARKS = "image", "embedding", "landmarks"


class FaceWithLandmarks:
    """Of the shards that `faceshards pack face-decoder` makes, and of pictures that stages measured; it takes the place
    of Speech-to-face's FaceDecoderDataset, which passes over all but `.jpg` without a word.

    A sample: `image` float32 (3, 224, 224) RGB in [0, 1], no mean subtracted; `embedding` float32 (4096,); `landmarks`
    float32 (144,), x and y of 72 points in turns, in pixels of that image. A picture of another size is turned upright
    by its EXIF and squashed to 224 x 224, bilinear, widened where it shrinks, as that project squashes its pictures.

    `embedding` and `landmarks`: the columns; of pictures that were packed without arrays beside them `identity.npy`
    (of several tracks the mean; with the backend vggface it has 4096 numbers) and `points72.npy`. Rows that lack one
    are an error, or left out by missing="skip".
    """

    def __init__(self, *, embedding: str = "face_embedding.npy", landmarks: str = "face_landmarks.npy") -> None:
        of_kind("embedding", embedding, str, "the name of a column, such as 'identity.npy'")
        of_kind("landmarks", landmarks, str, "the name of a column, such as 'points72.npy'")
        self.embedding, self.landmarks = embedding, landmarks
        self.columns = (*PICTURE, embedding, landmarks)

    @property
    def settings(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"embedding_column": self.embedding, "landmarks_column": self.landmarks}

    def unit(self, seed: int) -> PictureRow:
        """What it draws."""
        return PictureRow(self.embedding, self.landmarks)


class PictureRow(Whole):
    """The unit of `FaceWithLandmarks`: a row with a picture of either kind."""

    def __init__(self, embedding: str, landmarks: str) -> None:
        arrays = {EMBEDDING: Role(embedding), LANDMARKS: Role(landmarks)}
        super().__init__({name: Role(name) for name in PICTURE} | arrays)
        self.columns = (IMAGE, *arrays)
        self.needs = Needs((embedding, landmarks), also=PICTURE)

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """The plan without rows that have no picture. Raises UsageError where there are such and missing="error"."""
        there = [plan.extents[name].filled for name in PICTURE if name in plan.extents]
        bare = ~np.any([np.zeros(len(plan), bool), *there], axis=0)
        return without(plan, bare, f"have no picture ({' or '.join(PICTURE)})", "missing='skip'", missing)

    def deck(self, plan: Plan) -> EachRow:
        """Each row is a unit."""
        return EachRow(plan)

    def alike(self, plan: Plan) -> dict[str, Role]:
        """The arrays of the packed columns, whose shape is the sample's."""
        return {name: role for name, role in super().alike(plan).items() if role.column.startswith("face_")}

    def canvas(self, bodies: Bodies, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """Where the pictures are painted: float32 (n, 3, 224, 224)."""
        return {IMAGE: empty((len(rows), 3, SIDE, SIDE), torch.float32)}

    def decode(
        self, fetched: Any, hand: Hand, names: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """Raises ClipError, ColumnError, DamagedShard, UnsafeData."""
        sample = super().decode(fetched, hand, [name for name in names if name != IMAGE], {})
        made = {name: _ARRAYS[name](self.parts[name].column, value) for name, value in sample.items()}
        if IMAGE in names:
            body = next((body for name in PICTURE if len(body := fetched.read(hand.rows[0], name))), None)
            if body is None:
                raise ColumnError("the picture is gone since the shard was rewritten: plan anew")
            image = canvas.get(IMAGE)
            made[IMAGE] = painted(read_picture(body), np.empty((3, SIDE, SIDE), np.float32) if image is None else image)
        return made


def painted(picture: np.ndarray, image: np.ndarray) -> np.ndarray:
    """The image float32 (3, 224, 224) in [0, 1], filled with a picture uint8 (H, W, 3)."""
    upright = picture if picture.shape[:2] == (SIDE, SIDE) else scaled(picture, (SIDE, SIDE))
    np.divide(upright.transpose(2, 0, 1), np.float32(255), out=image)
    return image


_ARRAYS = {EMBEDDING: embedding_of, LANDMARKS: landmarks_of}
