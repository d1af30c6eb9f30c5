"""What the voice encoder learns from: a voice's spectrogram with the embedding of a face of the same person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args

import numpy as np

from faceshards.errors import ColumnError
from faceshards.loaders.arguments import flag, of_kind, one_of, whole
from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.ahead import Hand
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.several.pairs import Pairs, Policy
from faceshards.loaders.units.several.persons import LABELS, persons_of
from faceshards.loaders.units.unit import Needs
from faceshards.loaders.units.whole import Whole
from faceshards.loaders.views.face_arrays import embedding_of
from faceshards.loaders.views.spectrogram_settings import VARIANT, spectrogram_settings
from faceshards.shards.schema.columns import COLUMNS

SPECTROGRAM, EMBEDDING = "spectrogram", "embedding"


class SpeechFace:
    """Pairs of Speech-to-face's training, of the shards that `faceshards pack speech-face` makes (a sound is a row, a
    picture is a row, in shards of their own) and of clips whose rows hold both columns; it takes the place of that
    project's S2fDataset, AllToAll, OneToOne and AllToOne.

    A sample: `spectrogram` float32 (2, 257, 601), `embedding` float32 (4096,), and as key those of the two rows,
    "SOUND,PICTURE". Who the person is, `identity` says (within its `collection`, unless `across_collections`), or what
    `faceshards identity` found; rows of nobody, and persons with one side only, make no pairs.

    `pairs`: "all", each sound with each picture of its person; "one-to-one", the first with the first, the second with
    the second, ...; "all-to-one", each sound with the first picture; "random", each sound once an epoch, with a picture
    that (seed, epoch) draws. First is what the names' natural order puts first, where Speech-to-face takes what the
    file system lists first. `first_sounds`: of each person only so many sounds (AllToOne's n).

    `embedding`: the column of embeddings; of one with a row a track (`identity.npy`) the mean. `settings`: how the
    spectrograms were made, told once the data set is planned; two kinds of them in one data set are refused.
    """

    labels: ClassVar = (VARIANT,)

    def __init__(
        self,
        pairs: Policy = "all",
        *,
        first_sounds: int | None = None,
        embedding: str = "face_embedding.npy",
        across_collections: bool = False,
    ) -> None:
        one_of("pairs", pairs, get_args(Policy))
        of_kind("embedding", embedding, str, "the name of a column, such as 'face_embedding.npy'")
        self.pairs, self.embedding = pairs, embedding
        self.first_sounds = None if first_sounds is None else whole("first_sounds", first_sounds, 1)
        self.across_collections = flag("across_collections", across_collections)
        self.columns = ("spectrogram.npy", embedding)
        self.settings: dict[str, Any] = {}

    def unit(self, seed: int) -> PairOfPerson:
        """What it draws."""
        return PairOfPerson(self.columns, self.pairs, self.first_sounds, self.across_collections, seed)

    def planned(self, plan: Plan) -> None:
        """Learns how the spectrograms were made. Raises UsageError as `spectrogram_settings` does."""
        self.settings = spectrogram_settings(plan, self.columns[0])


class PairOfPerson(Whole):
    """The unit of `SpeechFace`: the row of a sound, and that of a picture."""

    def __init__(
        self, columns: Sequence[str], policy: Policy, first: int | None, across_collections: bool, seed: int
    ) -> None:
        self.sounds, self.pictures = columns
        super().__init__({SPECTROGRAM: Role(self.sounds, 0), EMBEDDING: Role(self.pictures, 1)})
        self.needs = Needs((), also=(self.sounds, self.pictures), labels=LABELS)
        self._policy, self._first, self._across, self._seed = policy, first, across_collections, seed

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """The plan without rows that have neither column. Raises ColumnError where no row has one of them, and, with
        missing="error", where there are such rows.
        """
        there = np.zeros(len(plan), bool)
        for column in (self.sounds, self.pictures):
            filled = plan.extents[column].filled if column in plan.extents else there[:0]
            if not filled.any():
                raise ColumnError(f"none of {len(plan):,} rows has {column}: {_remedy(column)}")
            there |= filled
        if missing == "error" and not there.all():
            lacking = np.flatnonzero(~there)
            raise ColumnError(
                f"{len(lacking):,} of {len(plan):,} rows have neither {self.sounds} nor {self.pictures}, first "
                f"{plan.key(int(lacking[0]))!r}: {_remedy(self.sounds)}, or give missing='skip'"
            )
        return plan if there.all() else plan.kept(there)

    def deck(self, plan: Plan) -> Pairs:
        """The pairs. Raises UsageError where there are none."""
        persons = persons_of(plan, self._across)
        return Pairs(plan, persons, self.sounds, self.pictures, self._policy, self._first, self._seed)

    def alike(self, plan: Plan) -> dict[str, Role]:
        """Each column whose arrays all have one size."""
        sizes = {name: plan.extents[role.column].size for name, role in self.parts.items() if not _is_by_track(role)}
        there = {name: each[each > 0] for name, each in sizes.items()}
        return {name: self.parts[name] for name, each in there.items() if len(each) and each.min() == each.max()}

    def decode(
        self, fetched: Any, hand: Hand, names: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """As `Whole`; of embeddings by track the mean. Raises ClipError `no-face` where there is none."""
        sample = super().decode(fetched, hand, names, canvas)
        if EMBEDDING in sample:
            sample[EMBEDDING] = embedding_of(self.pictures, sample[EMBEDDING])
        return sample


def _is_by_track(role: Role) -> bool:
    known = COLUMNS.get(role.column)
    return known is not None and known.shape.startswith("(T")


def _remedy(column: str) -> str:
    maker = COLUMNS[column].maker if column in COLUMNS else None
    if maker in (None, "pack"):
        return "pack them, or name another column"
    return f"run `faceshards curate --stages {maker}`"
