import json
from pathlib import Path

import pytest

from faceshards.loaders import ShardDataset


def persons(start, stop, clips=2, **facts):
    return {f"k{n}-{c}": {"person": f"person-{n}", **facts} for n in range(start, stop) for c in range(clips)}


@pytest.fixture
def world(here, clips):
    clips.write("set/a.tar", {**persons(0, 10, language="de"), "nobody": {}})
    clips.write("set/b.tar", {**persons(5, 20, language="en"), "named": {"identity": "7", "collection": "GRID"}})
    return here


WORDS = ("--train", "0.6", "--validation", "0.2", "--test", "0.2")


def test_a_split_is_read_by_a_loader_and_made_once(run, world, clips):
    code, out, err = run("split", "set", *WORDS, "--stratify", "language", "--json")
    told = json.loads(out)
    assert code == 0 and "2 of 2 shards written" in err and sum(one["clips"] for one in told["sides"].values()) == 52
    sides, who = clips.said("set/a.tar", "split"), clips.said("set/a.tar", "person")
    both = {(who[key], side) for key, side in sides.items()}
    both |= {(person, side) for person, side in clips.said("set/b.tar", "person", "split").values()}
    assert len(both) == 22 and sides["nobody"] == "train"
    before = clips.bytes("set")
    code, out, err = run("split", "set/b.tar", "set/a.tar", *WORDS, "--stratify", "language")
    assert code == 0 and "0 of 2 shards written" in out and clips.bytes("set") == before
    rows = ShardDataset("set", ["json"], where="split = 'test'")
    assert len(rows) == told["sides"]["test"]["clips"] > 0


def test_more_shards_leave_all_persons_where_they_are(run, world, clips):
    assert run("split", "set", *WORDS)[0] == 0
    before = clips.bytes("set")
    clips.write("set/0.tar", persons(15, 60))
    assert "1 of 3 shards written" in run("split", "set", *WORDS)[1]
    assert {name: body for name, body in clips.bytes("set").items() if "0.tar" not in name} == before
    new = dict(clips.said("set/0.tar", "person", "split").values())
    old = dict(clips.said("set/b.tar", "person", "split").values())
    assert all(new[person] == old[person] for person in new.keys() & old.keys())
    assert "3 of 3 shards written" in run("split", "set", *WORDS, "--seed", "1")[1]


def test_clips_that_were_removed_stand_on_no_side(run, world, clips):
    assert run("remove", "set", "--key", "k5-0", "--everywhere", "--reason", "asked")[0] == 0
    code, out, _ = run("split", "set", *WORDS, "--json")
    assert code == 0 and sum(one["clips"] for one in json.loads(out)["sides"].values()) == 50
    assert clips.said("set/a.tar", "split", "removed")["k5-0"] == (None, "asked")
    assert run("dedupe", "set/a.tar", "--json")[0] == 0


def test_by_any_scalar(run, world, clips):
    assert run("split", "set", "--by", "language", "--train", "0.5", "--validation", "0.5", "--test", "0")[0] == 0
    sides = set(clips.said("set/a.tar", "language", "split").values())
    assert len({side for language, side in sides if language == "de"}) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--by", "nothing"], "--by nothing: no clip has this scalar"),
        (["--stratify", "nothing"], "--stratify nothing: no clip has this scalar"),
        (["--train", "0.5"], "sum to 1, got --train 0.5, --validation 0.05, --test 0.05"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(run, world, clips, words, said):
    before = clips.bytes("set")
    code, out, err = run("split", "set", *words)
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err and clips.bytes("set") == before


def test_persons_that_nobody_looked_for(run, here, clips):
    clips.write("a.tar", {"k": {}})
    code, _, err = run("split", "a.tar")
    assert code == 2 and "`faceshards identity` finds who" in err and "--by name takes each" in err


def test_in_a_store(run, world, clips, store):
    for file in Path("set").iterdir():
        store.put(f"bucket/set/{file.name}", file.read_bytes())
    assert run("split", "set", *WORDS)[0] == 0 and run("split", "s3://bucket/set", *WORDS)[0] == 0
    assert store.get("bucket/set/a.tar") == Path("set/a.tar").read_bytes()
    assert "0 of 2 shards written" in run("split", "s3://bucket/set", *WORDS)[1]
    code, _, err = run("split", "gs://bucket/set")
    assert code == 2 and "s3://" in err
