"""The funnel adds up, and recipes say what they made; of many clips the indexes must do, and that is said."""

from pathlib import Path

from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.dataset import making as made
from faceshards.viewer.pages.dataset.making import making


def adds_up(told):
    for step, following in zip(told["funnel"], [*told["funnel"][1:], None], strict=True):
        assert step["entered"] == step["left"] + sum(one["clips"] for one in step["losses"])
        assert following is None or following["entered"] == step["left"]
    assert told["funnel"][-1]["left"] == told["whole"]


def test_the_funnel_of_the_shared_data_set(dataset):
    steps = []
    told = making(Collection([dataset]), lambda done, of: steps.append((done, of)))
    adds_up(told)
    assert told["seen"] == 9 and told["whole"] == 4 and steps == [(1, 2), (2, 2)], "a run that packed nothing is none's"
    assert told["read"] == {"shards": 2, "of": 2, "jsons": True} and not told["unreadable"]
    faces = next(one for one in told["recipes"] if one["stage"] == "faces")
    assert (faces["version"], faces["params"], list(faces["models"])) == (2, {"min_face": 40}, ["onet.lz4"])
    assert {"name": "faces.msg", "clips": 6} in faces["makes"]


def test_of_many_clips_and_shards_less_is_read_and_that_is_said(dataset, monkeypatch):
    monkeypatch.setattr(made, "MOST_JSONS", 5)
    told = making(Collection([dataset]))
    adds_up(told)
    assert told["whole"] == 4 and told["read"]["jsons"] is False
    monkeypatch.setattr(made, "MOST_SHARDS", 1)
    assert making(Collection([dataset]))["read"] == {"shards": 1, "of": 2, "jsons": False}


def test_a_shard_that_is_gone_is_named(dataset, tmp_path):
    for file in dataset.glob("*.tar"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    collection = Collection([tmp_path])
    Path(collection.places[0]).write_bytes(b"")
    assert [one["shard"] for one in making(collection)["unreadable"]] == ["clips.tar"]
