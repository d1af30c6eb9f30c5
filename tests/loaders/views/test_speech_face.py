"""Pairs of one person are just those of the folder tree, however the shards lie."""

from collections import Counter
from functools import partial

import numpy as np
import pytest

from faceshards.bench.views.contest import packed as into_shards
from faceshards.bench.views.ways.speech_to_face import AllToOne, OneToOne, S2fDataset
from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import Mix, ShardDataset
from faceshards.loaders.views import SpeechFace
from faceshards.packing.kinds.speech_face.kind import PersonFolders, SpeechFaceOptions
from faceshards.packing.options import PackOptions
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from tests.bench.views.trees import spectrogram, write_persons

BINS, FRAMES = 33, 60
PERSONS = {"id1": (3, 2), "id2": (1, 4), "id3": (2, 0), "id4": (0, 2), "id5": (5, 1)}


def packed(root, out, max_bytes=None, **labels):
    options = PackOptions(labels=labels, max_bytes=max_bytes)
    return into_shards(root, out, PersonFolders(options, SpeechFaceOptions(bins=BINS, frames=FRAMES)), options)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return write_persons(tmp_path_factory.mktemp("persons"), PERSONS, (2, BINS, FRAMES))


@pytest.fixture(scope="module")
def shards(tree, tmp_path_factory):
    """Several shards of each side, so that pairs cross them."""
    return packed(tree, tmp_path_factory.mktemp("shards"), 1 << 16)


def truth(dataset):
    """The pairs of a tree's data set: each array is full of a number of its own."""
    return Counter((float(sound[0, 0, 0]), float(face[0])) for sound, face in (dataset[n] for n in range(len(dataset))))


def drawn(batches):
    """The pairs that were delivered."""
    found = Counter()
    for batch in batches:
        assert batch["spectrogram"].shape[1:] == (2, BINS, FRAMES) and batch["embedding"].shape[1:] == (4096,)
        found.update(zip(batch["spectrogram"][:, 0, 0, 0].tolist(), batch["embedding"][:, 0].tolist(), strict=True))
    return found


WAYS = [
    (SpeechFace(), S2fDataset),
    (SpeechFace("one-to-one"), partial(OneToOne, in_order=sorted)),
    (SpeechFace("all-to-one"), partial(AllToOne, in_order=sorted)),
    (SpeechFace("all-to-one", first_sounds=2), partial(AllToOne, n=2, in_order=sorted)),
]


@pytest.mark.parametrize(("view", "way"), WAYS, ids=["all", "one-to-one", "all-to-one", "all-to-one-2"])
def test_the_pairs_are_those_of_the_folder_tree(tree, shards, view, way):
    pairs = ShardDataset(shards, view=view)
    want = truth(way(str(tree)))
    assert len(list(shards.glob("*.tar"))) > 4 and len(pairs) == want.total()
    assert drawn(pairs.loader(3, 1, drop_last=False)) == want
    assert drawn(pairs.loader(5, shuffle=False)) == want


def test_a_random_picture_is_of_the_same_person_and_another_in_time(tree, shards):
    pairs = ShardDataset(shards, view=SpeechFace("random"))
    loader, every = pairs.loader(9), truth(S2fDataset(str(tree)))
    epochs = [drawn([batch]) for _ in range(12) for batch in loader]
    assert all(epoch.total() == len(pairs) == 9 for epoch in epochs)
    assert all(len({sound for sound, _ in epoch}) == 9 for epoch in epochs)
    assert set().union(*epochs) == set(every) and len({frozenset(epoch) for epoch in epochs}) > 6
    again = ShardDataset(shards, view=SpeechFace("random")).loader(9, rank=0, world=1)
    again.set_epoch(5)
    assert drawn([next(iter(again))]) == epochs[5]
    assert drawn([next(iter(ShardDataset(shards, view=SpeechFace("random"), seed=1).loader(9)))]) != epochs[0]


def test_ranks_deal_the_pairs_and_a_saved_position_goes_on(tree, shards):
    def of(rank=None, world=None):
        return ShardDataset(shards, view=SpeechFace()).loader(4, rank=rank, world=world, drop_last=False)

    loader = of()
    begun = [batch for _, batch in zip(range(2), loader, strict=False)]
    parts = []
    for rank in range(2):
        other = of(rank, 2)
        other.load_state_dict(loader.state_dict())
        parts += list(other)
    want = truth(S2fDataset(str(tree)))
    assert drawn(begun) + drawn(parts) <= want and drawn([*begun, *loader]) == want
    with pytest.raises(UsageError, match="other rows"):
        ShardDataset(shards, view=SpeechFace("one-to-one")).loader(4).load_state_dict(loader.state_dict())


def test_a_pair_is_found_by_its_two_keys(shards):
    pairs = ShardDataset(shards, view=SpeechFace())
    keys = [pairs[number]["__key__"] for number in range(len(pairs))]
    assert len(set(keys)) == len(pairs) == 15
    sample = pairs[keys[7]]
    assert sample["__key__"] == keys[7] and sample["spectrogram"].shape == (2, BINS, FRAMES)
    with pytest.raises(LookupError, match="no samples have the key"):
        pairs[",".join((keys[0].split(",")[0], keys[-1].split(",")[1]))]
    said = str(pairs.explain())
    assert "units     15 pairs of 3 persons (all)" in said and "rows      17 of 20" not in said
    assert str(pairs.explain(6, 2)).endswith("ranks     2, 3 units each of every global batch")


def test_filters_leave_rows_out_and_mixtures_count_pairs(tree, shards):
    one = ShardDataset(shards, view=SpeechFace(), where="identity IN ('id1', 'id3')")
    rest = ShardDataset(shards, view=SpeechFace(), where="identity <> 'id1'")
    mix = Mix([one, rest])
    assert (len(one), len(rest), len(mix)) == (6, 9, 15)
    assert "15 units an epoch" in mix.explain() and "6 of 6 pairs of 1 persons (all)" in mix.explain()
    assert drawn(mix.loader(5, 1)) == truth(S2fDataset(str(tree)))
    with pytest.raises(UsageError, match=r"no person has both a sound \(spectrogram.npy\) .* of 4 rows 2 are sounds"):
        len(ShardDataset(shards, view=SpeechFace(), where="identity IN ('id3', 'id4')"))


def clips(path, rows, provenance=(), **facts):
    """A shard of clips: spectrogram and embedding in one row each, of (name, person or None)."""
    made = [Provenance("pack", 1), *provenance]
    with ShardWriter(path, provenance=made) as writer:
        for number, (name, person) in enumerate(rows):
            told = facts | ({} if person is None else {"identity": person})
            arrays = {"spectrogram.npy": spectrogram(number, (2, 3, 4)), "face_embedding.npy": np.full(4096, number)}
            columns = {column: encode(column, array.astype(np.float32)) for column, array in arrays.items()}
            writer.add(name, {"json": {"name": name, **told}, **columns})
    return path


def test_rows_that_hold_both_sides_pair_with_themselves_and_with_others(tmp_path):
    path = clips(tmp_path / "a.tar", [("x", "id1"), ("y", None), ("z", "id1")])
    pairs = ShardDataset(path, view=SpeechFace())
    keys = {pairs[number]["__key__"] for number in range(len(pairs))}
    assert keys == {"x,x", "x,z", "z,x", "z,z"}
    own = ShardDataset(path, view=SpeechFace("one-to-one"))
    assert [own[number]["__key__"] for number in range(len(own))] == ["x,x", "z,z"]


def test_persons_are_told_apart_within_their_collections(tmp_path):
    clips(tmp_path / "a.tar", [("x", "s1")], collection="GRID")
    clips(tmp_path / "b.tar", [("y", "s1")], collection="VoxCeleb")
    assert len(ShardDataset(tmp_path, view=SpeechFace())) == 2
    assert len(ShardDataset(tmp_path, view=SpeechFace(across_collections=True))) == 4
    clips(tmp_path / "b.tar", [("y", "s1"), ("z", None)], collection="VoxCeleb", person="GRID/s1")
    assert len(ShardDataset(tmp_path, view=SpeechFace())) == 9


VARIANTS = r"more than one variant: parts \(1 rows, first 'x'\) and polar .*spectrogram_variant = 'parts'"
PARAMETERS = r"made in more than one way: of a.tar power=0.3, of b.tar power=0.5: choose"
OTHER = {"provenance": [Provenance("spectrogram", 4, {"power": 0.5, "n_fft": 512})]}


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"spectrogram_variant": "parts"}, {"spectrogram_variant": "polar"}, VARIANTS),
        ({}, OTHER, PARAMETERS),
    ],
    ids=["variant", "parameters"],
)
def test_two_kinds_of_spectrograms_are_refused_by_name(tmp_path, one, other, said):
    plain = {"provenance": [Provenance("spectrogram", 4, {"power": 0.3, "n_fft": 512})]}
    clips(tmp_path / "a.tar", [("x", "id1")], **(plain | one))
    clips(tmp_path / "b.tar", [("y", "id1")], **(plain | other))
    with pytest.raises(UsageError, match=said):
        len(ShardDataset(tmp_path, view=SpeechFace()))
    assert len(ShardDataset(tmp_path / "a.tar", view=SpeechFace())) == 1


def test_what_a_checkpoint_needs_to_know_is_told_once_it_is_planned(tmp_path, shards):
    path = clips(
        tmp_path / "a.tar", [("x", "id1")], [Provenance("spectrogram", 4, {"power": 0.3})], spectrogram_variant="parts"
    )
    view = SpeechFace()
    assert view.settings == {}
    len(ShardDataset(path, view=view))
    assert view.settings == {"power": 0.3, "variant": "parts", "shape": [2, 3, 4]}
    ready = SpeechFace()
    len(ShardDataset(shards, view=ready))
    assert ready.settings == {"variant": "parts", "shape": [2, BINS, FRAMES]}


def test_rows_that_are_neither_side_are_told_with_the_stage_to_run(tmp_path):
    path = tmp_path / "a.tar"
    with ShardWriter(path, provenance=[Provenance("pack", 1)]) as writer:
        writer.add("x", {"json": {"name": "x", "identity": "a"}, "wav": b"RIFF"})
    with pytest.raises(ColumnError, match=r"none of 1 rows has spectrogram.npy: run .*--stages spectrogram"):
        len(ShardDataset(tmp_path, view=SpeechFace()))
    clips(tmp_path / "b.tar", [("y", "id1")])
    with pytest.raises(ColumnError, match=r"1 of 2 rows have neither .* first 'x': run .*missing='skip'"):
        len(ShardDataset(tmp_path, view=SpeechFace()))
    assert len(ShardDataset(tmp_path, view=SpeechFace(), missing="skip")) == 1
