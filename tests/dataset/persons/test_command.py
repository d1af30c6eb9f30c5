import json

import numpy as np
import pytest

from faceshards.shards.reader import Shard

pytest.importorskip("sklearn")


def faces(*persons, **facts):
    """Clips of dlib-like faces: a person is a place far from the others', a clip of it is 0.1 off."""
    made = {}
    for number, person in enumerate(persons):
        face = np.zeros(8)
        face[person % 8] = 2.0 + person
        face[(person + 1) % 8] += 0.1 * (number % 3)
        made[f"k{number}"] = {"face": face, **facts}
    return made


def test_persons_are_found_kept_and_written_once(run, here, clips):
    clips.write("set/b.tar", {**faces(0, 1, 0, 2), "none": {"face": None}})
    clips.write("set/c.tar", faces(1, 3, 0))
    code, out, _ = run("identity", "set", "--json")
    told = json.loads(out)
    assert code == 0 and (told["persons"], told["clips_of_a_person"], told["clips_like_nobody_elses"]) == (2, 5, 2)
    b = {"k0": ("person-b-k0", 1), "k1": ("person-b-k1", 1), "k2": ("person-b-k0", 1), "k3": (None, 0)}
    assert clips.said("set/b.tar", "person", "person_score") == {**b, "none": (None, None)}
    assert clips.said("set/c.tar", "person") == {"k0": "person-b-k1", "k1": None, "k2": "person-b-k0"}
    before = clips.bytes("set")
    assert "0 of 2 shards written" in run("identity", "set/c.tar", "set/b.tar")[1] and clips.bytes("set") == before
    clips.write("set/a.tar", faces(2, 0))
    code, out, _ = run("identity", "set")
    assert code == 0 and "2 of 3 shards written" in out, "c.tar says the same"
    assert clips.said("set/a.tar", "person") == {"k0": "person-a-k0", "k1": "person-b-k0"}
    assert clips.said("set/b.tar", "person")["k3"] == "person-a-k0"
    with Shard("set/a.tar") as shard:
        (made,) = [one for one in shard.provenance.values() if one.stage == "persons"]
        assert made.params["backend"] == "dlib" and made.params["same"] == 0.6
        assert {shard.json(0)["made"][name] for name in ("person", "person_score")} == {made.fingerprint}


def test_names_that_packing_knows_go_before_faces(run, here, clips):
    clips.write("set/a.tar", faces(0, 1, identity="01", collection="GRID"))
    clips.write("set/b.tar", faces(0, 0, 2))
    clips.write("set/named.tar", {"x": {"identity": "02"}})
    code, out, _ = run("identity", "set")
    assert code == 0 and "3 of 3 shards written" in out
    assert clips.said("set/b.tar", "person") == {"k0": "GRID/01", "k1": "GRID/01", "k2": None}
    assert clips.said("set/named.tar", "person", "person_score") == {"x": ("02", 1)}


def test_without_faces_nothing_is_begun(run, here, clips):
    clips.write("a.tar", {"k": {}})
    before = clips.bytes(".")
    code, out, err = run("identity", "a.tar")
    assert (code, out, err.count("\n")) == (2, "", 1) and "--stages faces,identity,voice" in err
    assert clips.bytes(".") == before
