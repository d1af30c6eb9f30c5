from faceshards.dataset.removal.undone import forgotten, makers, undone
from tests.dataset.four_persons import FACES, PACK, SWAP, sample


def test_a_stage_is_as_if_it_had_not_run():
    facts = sample("cy-1", "cy", 3, "ann-1")["json"] | {"failures": [{"stage": "swap", "code": "no-face"}]}
    new = undone(facts, {"swapped.mp4"}, {"swap"}, {"swap"})
    assert "swapped_source" not in new and "failures" not in new and "media" not in new
    assert set(new["inputs"]) == {"faces", "sync"} and "swapped.mp4" not in new["made"]
    assert new["sync_confidence"] == 3.5 and new["face_share"] == 0.3


def test_what_was_empty_before_stays():
    assert undone({"name": "a", "media": {}}, {"x"}, (), ()) == {"name": "a", "media": {}}


def test_who_made_what_and_which_recipes_nobody_names():
    facts = sample("bob-1", "bob", 1)["json"]
    known = {one.fingerprint: one for one in (PACK, FACES, SWAP)}
    assert makers(facts, known) == {"mp4": "pack", "faces.msg": "faces"}
    assert forgotten(known, [facts], [facts]) == set()
    assert forgotten(known, [facts, facts], [{}]) == {FACES.fingerprint}, "what packed it stays, and what nobody named"
