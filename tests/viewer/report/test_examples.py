"""The clips that have pictures, and what is said of them: never more than is shown."""

from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import RowEdit, rewrite
from faceshards.shards.schema.removed import tombstone
from faceshards.viewer.report.examples import Candidate, candidates_of, examples_of, told, within
from faceshards.viewer.report.report import write_report
from faceshards.viewer.summary.summary import summarise


def test_what_is_said_is_what_is_shown(dataset):
    summaries = [summarise(dataset / name) for name in ("clips.tar", "group124.tar")]
    candidates = [one for summary in summaries for one in candidates_of(summary)]
    kinds = frozenset().union(*(one.features for one in candidates))
    assert {name for name, _ in kinds} == {"source", "identity", "failure", "container"}
    assert {which for name, which in kinds if name == "failure"} == {"faces no-face", "spectrogram no-sound"}
    everybody = list(examples_of(candidates, 10))
    assert len(everybody) == 6 and told(everybody, candidates).startswith("All packed clips. Boxes")
    two = list(examples_of(candidates, 2))
    persons = len({which for one in two for name, which in one.features if name == "identity"})
    assert "2 of 6 packed clips, which show " in told(two, candidates)
    assert f"{persons} of 4 persons" in told(two, candidates) and ", the one container," in told(two, candidates)
    assert "not the one container" in told([], candidates)
    assert (
        told([], [Candidate(dataset / "clips.tar", 0, frozenset())])
        == "0 of 1 packed clips. Boxes and points are drawn on the original's frames only."
    )


def test_a_page_of_many_persons_and_few_cards_does_not_claim_them_all(samples, tmp_path):
    many = [samples.whole(f"clip {n}", identity=f"person {n % 9}", source="group.zip") for n in range(12)]
    write_report([samples.write(tmp_path / "a.tar", many)], tmp_path / "r.html", clips=3)
    page = (tmp_path / "r.html").read_text()
    assert "3 of 12 packed clips, which show the one source, 3 of 9 persons, the one container." in page
    write_report([tmp_path / "a.tar"], tmp_path / "r.html", clips=9)
    assert "9 of 12 packed clips, which show the one source, all 9 persons, the one container." in (
        (tmp_path / "r.html").read_text()
    )


def test_a_damaged_clip_is_no_example_and_pictures_stay_within_their_bytes(samples, tmp_path):
    path = samples.write(tmp_path / "a.tar", [samples.whole("a"), samples.whole("b")])
    body = bytearray(path.read_bytes())
    body[body.index(b'"face_share"') + 2] ^= 1
    path.write_bytes(body)
    summary = summarise(path)
    examples = list(examples_of(candidates_of(summary), 10))
    assert [one.card.name for one in examples] == ["b"]
    weight = examples[0].card.weight
    assert len(within(2 * weight, iter([*examples, *examples]))) == 2
    assert within(2 * weight - 1, iter([*examples, *examples])) == examples
    assert within(weight - 1, iter(examples)) == []


def test_a_clip_that_was_removed_is_no_example(samples, tmp_path):
    path = samples.write(tmp_path / "a.tar", [samples.whole("a"), samples.whole("b")])
    with Shard(path) as shard:
        edits = {0: RowEdit("a", tombstone("request"), shard.columns)}
    rewrite(path, {}, edits=edits)
    summary = summarise(path)
    examples = list(examples_of(candidates_of(summary), 10))
    assert [one.card.name for one in examples] == ["b"]


def test_a_filter_leaves_its_rows_alone(samples, tmp_path):
    path = samples.write(tmp_path / "a.tar", [samples.whole(str(n), gaze=n) for n in range(4)])
    where = "gaze >= 2"
    assert [one.row for one in candidates_of(summarise(path, where=where), where)] == [2, 3]
    assert [one.card.name for one in examples_of(candidates_of(summarise(path), where), 10)] == ["2", "3"]
