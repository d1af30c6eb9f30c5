from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.scalar_list import scalar_list


def test_scalars_stand_in_the_formats_order_with_users_own_behind_and_are_spelled_for_sql(tmp_path, samples):
    own = {"My score": 0.5, "steady": True, "select": 3, "<b>": "text"}
    path = samples.write(tmp_path / "a.tar", [samples.whole("one", **own)])
    told = {one["name"]: one for one in scalar_list(Collection([path]))}
    names = list(told)
    assert names.index("name") < names.index("face_share") < names.index("My score") and "key" not in told
    assert "mp4" not in told
    kinds = {name: (told[name]["kind"], told[name]["sql"], told[name]["whole"]) for name in own}
    assert kinds == {
        "My score": ("number", '"My score"', False),
        "steady": ("truth", "steady", False),
        "select": ("number", '"select"', True),
        "<b>": ("text", '"<b>"', False),
    }
    assert told["duration"]["unit"] == "s" and told["face_share"]["maker"] == "faces"
