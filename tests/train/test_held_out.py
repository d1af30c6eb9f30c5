"""What is held out: data of their own, rows that match, or the side validation; and nobody on both sides."""

import pytest

from faceshards.errors import UsageError
from faceshards.loaders.views.speech_to_face import FaceWithPoints
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from faceshards.train.batches import TrainingData
from faceshards.train.held_out import held_out
from tests.train.conftest import face


def write(path, clips):
    """A shard of clips, each of a person, on a side; None where it has none."""
    picture = encode("face.jpg", face(1))
    with ShardWriter(path, provenance=[Provenance("pack", 1)]) as writer:
        for number, (person, side) in enumerate(clips):
            facts = {"identity": person, "collection": "Vox", "split": side, "face_points": [1.0] * 10}
            facts = {name: value for name, value in facts.items() if value is not None}
            writer.add(f"{path.stem}-{number}", {"json": facts, "face.jpg": picture})
    return path


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    clips = [("a", "train"), ("b", "train"), ("b", "train"), ("c", "validation"), ("d", "test"), ("e", None)]
    return write(tmp_path_factory.mktemp("sides") / "sides.tar", clips)


def keys(data):
    return [key[-1] for batch in data.fixed(FaceWithPoints()) for key in batch["__key__"]]


def test_where_the_data_are_split_its_sides_are_taken(sides):
    found = held_out(TrainingData([sides]), None, None, by_split=True)
    assert keys(found.training) == ["0", "1", "2"] and keys(found.held) == ["3"]
    assert found.notes == ["held out: 1 clips of 1 persons, split = 'validation'"]
    assert found.validation(FaceWithPoints(), 1).most == 1
    everything = held_out(TrainingData([sides]), None, None, by_split=False)
    assert everything.held is None and len(keys(everything.training)) == 6
    assert everything.validation(FaceWithPoints(), None) is None


def test_a_filter_goes_with_the_sides_and_one_without_a_side_holds_nothing_out(sides):
    found = held_out(TrainingData([sides], where="identity != 'a'"), None, None, by_split=True)
    assert keys(found.training) == ["1", "2"] and keys(found.held) == ["3"]
    alone = held_out(TrainingData([sides], where="split = 'train'"), None, None, by_split=True)
    assert alone.held is None and keys(alone.training) == ["0", "1", "2"]


def test_rows_that_match_are_held_out_and_all_others_are_trained_on(sides):
    found = held_out(TrainingData([sides]), None, "split = 'test'", by_split=True)
    assert keys(found.training) == ["0", "1", "2", "3", "5"], "the one without a side, too"
    assert keys(found.held) == ["4"]


def test_data_of_their_own(sides, tmp_path):
    other = write(tmp_path / "other.tar", [("x", None), ("y", None)])
    found = held_out(TrainingData([sides]), [other], "identity = 'y'", by_split=True)
    assert len(keys(found.training)) == 6 and keys(found.held) == ["1"]


def test_a_person_on_both_sides_is_refused_by_name(sides, tmp_path):
    with pytest.raises(UsageError, match=r"1 of 1 persons are trained on, too, first 'Vox/b': `faceshards split`"):
        held_out(TrainingData([sides]), None, "key = 'sides-1'", by_split=True)
    other = write(tmp_path / "other.tar", [("x", None), ("a", None)])
    with pytest.raises(UsageError, match="--val-data: 1 of 2 persons"):
        held_out(TrainingData([sides]), [other], None, by_split=True)


def test_where_nobody_is_named_that_is_said(faces):
    found = held_out(TrainingData([faces]), None, "key = 'clip-1'", by_split=True)
    assert "nobody is named" in found.notes[0] and keys(found.held) == ["1"]
