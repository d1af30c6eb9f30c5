"""What a separator of voices learns from: mixtures of speakers that are seen, made while they are read."""

from __future__ import annotations

from typing import Any

import numpy as np

from faceshards.loaders.arguments import of_kind, whole
from faceshards.loaders.plan.plan import Plan
from faceshards.loaders.units.several.mixture import VoiceMixture
from faceshards.loaders.views.stage_parameters import stage_parameters
from faceshards.media.separation import RATE, SAMPLES

# The column of the stage that tells faces.
_FACES, _STAGE = "face_embeddings.npy", "face_embeddings"


class SpeechMixtures:
    """speech_separation's training set, of clips and not of files: it takes the place of `build_audio_database_v2.py`
    and `AVGenerator`, and writes no mixture.

    A sample: `mixture` float32 (298, 257, 2), the spectrum of the mean of n voices (`media.separation`); `faces`
    float32 (75, 1, E, n), of each speaker the embeddings at 25 a second; `masks` float32 (298, 257, 2, n), the
    compressed complex ratio masks. Its key are those of the clips, "A,B".

    The clips' first three seconds count, each voice over its own peak. `speakers`: n. `most`: not all combinations, one
    clip of each block, but so many, drawn by the data set's seed. The blocks are of speakers (`identity` within its
    `collection`, or `person`; a clip of nobody is its own speaker), so that nobody is mixed with himself. Whatever
    `where` keeps apart no mixture brings together: after `faceshards split`, `where="split = 'train'"` and the rest
    share no speaker and no utterance, while speech_separation splits mixtures, so that all its utterances are in both.

    `sound`: the column that is heard, also "video", the clip's own. `faces`: a column of embeddings of any width: a row
    a frame of the clip, as `faceshards curate --stages face_embeddings` makes them, or speech_separation's own
    (75, 1, 1792). A frame without face is a row of zeros, and makes the clip a bad sample, as do silence and less than
    three seconds; leave such out beforehand: `where="face_embeddings_share = 1 AND sound_duration >= 3"`.
    Embeddings of two networks in one data set, which mean nothing to each other, are refused once it is planned.
    """

    def __init__(
        self,
        speakers: int = 2,
        *,
        most: int | None = None,
        sound: str = "wav",
        faces: str = "face_embeddings.npy",
    ) -> None:
        self.speakers = whole("speakers", speakers, 2)
        self.most = None if most is None else whole("most", most, 1)
        of_kind("sound", sound, str, "the name of a column, such as 'wav' or 'video'")
        of_kind("faces", faces, str, "the name of a column, such as 'face_embeddings.npy'")
        self.columns = (sound, faces)
        #: What a separator must be given again when it works, plain values; `face_embeddings`, by which network the
        #: faces were told, once the data set is planned and where the shards say so.
        self.settings: dict[str, Any] = {"speakers": speakers, "faces": faces, "rate": RATE, "samples": SAMPLES}

    def unit(self, seed: int) -> VoiceMixture:
        """What it draws."""
        return VoiceMixture(self.speakers, *self.columns, self.most, seed)

    def planned(self, plan: Plan) -> None:
        """Learns who told the faces. Raises UsageError as `stage_parameters` does."""
        if self.columns[1] == _FACES and (found := stage_parameters(plan, np.arange(len(plan)), "faces", _STAGE)):
            self.settings = {**self.settings, _STAGE: found}
