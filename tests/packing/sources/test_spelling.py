import pytest

from faceshards.packing.sources.archive import Entry
from faceshards.packing.sources.clip_list import RawClip
from faceshards.packing.sources.spelling import frame_paths, spelling


def frames(*names: str) -> RawClip:
    return RawClip("a", "a", "mp4", True, tuple(Entry(name, 1) for name in names))


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["00000001.png", "00000002.png"], ["00000001.png"]),
        (["9.png", "10.png"], ["9.png"]),
        (["f_008_left.png", "f_009_left.png", "f_010_left.png"], ["f_008_left.png"]),
        (["1.png", "3.png"], ["1.png", "3.png"]),
        (["01.png", "2.png"], ["01.png", "2.png"]),
        (["a.png", "b.png"], ["a.png", "b.png"]),
        (["1.png", "2.PNG"], ["1.png", "2.PNG"]),
        (["9" * 5000 + ".png", "x.png"], ["9" * 5000 + ".png", "x.png"]),
    ],
)
def test_names_that_count_on_are_kept_as_one_and_come_back_as_they_were(names, kept):
    told = spelling(frames(*(f"x/y/{name}" for name in names)))
    assert told == {"path": "x/y", "frame_files": kept}
    back = frame_paths(told["path"], told["frame_files"], len(names))
    assert [name.lower() for name in back] == [f"x/y/{name}".lower() for name in names]


def test_frames_at_the_top_have_no_folder_and_other_pictures_become_png():
    told = spelling(frames("1.jpg", "2.jpg"))
    assert told["path"] == "" and frame_paths("", told["frame_files"], 2) == ["1.png", "2.png"]


def test_names_that_tell_no_two_frames_apart_are_counted():
    assert frame_paths("x", ["1.jpg", "1.png"], 2) == ["x/00000001.png", "x/00000002.png"]
    assert frame_paths("x", ["1.jpg", "2.jpg", "5.jpg"], 2) == ["x/00000001.png", "x/00000002.png"]


def test_a_video_keeps_its_suffix_as_it_is_spelled():
    video = RawClip("b", "a/b", "mp4", False, (Entry("a/b.MP4", 1),))
    assert spelling(video) == {"path": "a/b.MP4"}
    assert spelling(RawClip("b", "a/b", "mp4", False, ())) == {}
