import pytest

from faceshards.packing.kinds.vfhq.clip_name import ClipName


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("x/Clip+7rrstPmLe7g+P0+C1+F2551-2669", ("7rrstPmLe7g", 0, 2551, 2669)),
        ("Clip+_-91nXXjrVo+P2+C10+F1-9/deep", ("_-91nXXjrVo", 2, 1, 9)),
        ("Clip+--MJTR3evMw+P0+C0+F205-350_206clip", ("--MJTR3evMw", 0, 205, 350)),
        ("Clip+abc+P0+C0", None),
        ("clip/7", None),
        ("", None),
    ],
)
def test_a_name_tells_the_video_the_person_and_the_frames(path, name):
    found = ClipName.of(path)
    assert (found and (found.video, found.person, found.first, found.last)) == name
    if found:
        assert found.facts()["identity"] == f"{found.video}+P{found.person}"
        assert found.text in path and not found.text.endswith("clip")
