import tracemalloc
from pathlib import Path

import pytest

from faceshards.packing.sources.archive import ArchiveListing, Entry, EntryFault
from faceshards.packing.sources.clip_list import list_clips


class Names:
    """An archive that is only its listing."""

    path = Path("/data/group124.zip")
    kind = "zip"
    nbytes = None

    def __init__(self, *names: str | Entry, folders: int = 0, lost: tuple[Entry, ...] = ()) -> None:
        entries = [name if isinstance(name, Entry) else Entry(name, 1) for name in names]
        self._listing = ArchiveListing(entries, folders, list(lost))

    def listing(self) -> ArchiveListing:
        return self._listing


def clips(*names, **rest) -> dict[str, list[str]]:
    """Clip -> its entries, in order."""
    return {clip.name: [entry.name for entry in clip.entries] for clip in list_clips(Names(*names, **rest)).clips}


def test_frames_in_any_order_and_at_any_depth():
    names = ["top/b/10.png", "top/a/2.jpg", "top/b/9.png", "top/a/10.jpg", "top/b/08.PNG", "top/deep/er/1.jpeg"]
    assert clips(*names) == {
        "a": ["top/a/2.jpg", "top/a/10.jpg"],
        "b": ["top/b/08.PNG", "top/b/9.png", "top/b/10.png"],
        "deep/er": ["top/deep/er/1.jpeg"],
    }


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["1.png", "2.png"], ["group124"]),  # frames at the top: the archive is the clip
        (["x/1.png"], ["x"]),  # one clip keeps its own name
        (["a/b/x/1.png", "a/b/y/1.png"], ["x", "y"]),
        (["a/b/x/1.png", "a/c/x/1.png"], ["b/x", "c/x"]),
        (["id1/clip.v2.mp4", "id1/clip.v3.MP4"], ["clip.v2", "clip.v3"]),
        (["clip.mp4"], ["clip"]),
        ([".mp4", "a/.mp4"], [".mp4", "a/.mp4"]),
        (["10.mp4", "9.mp4"], ["9", "10"]),
        (["日本/é 1.mp4", "日本/(2).mp4"], ["(2)", "é 1"]),
    ],
)
def test_names(names, found):
    assert list(clips(*names)) == found and list(clips(*reversed(names))) == found


def test_containers_and_their_other_suffixes():
    found = list_clips(Names("a.mp4", "b.M4V", "c.mpeg", "d.mpg", "e.webm", "f/1.png"))
    assert [(clip.name, clip.column, clip.frames) for clip in found.clips] == [
        ("a", "mp4", False),
        ("b", "mp4", False),
        ("c", "mpg", False),
        ("d", "mpg", False),
        ("e", "webm", False),
        ("f", "mp4", True),
    ]


def test_what_is_no_clip_is_counted_by_kind():
    names = ["__MACOSX/c/._1.png", "c/Thumbs.db", "c/.DS_Store", "c/1.png", "c/2.png", "more.zip", "README", "v/a.mp4"]
    found = list_clips(Names(*names, "v/cover.jpg", "v/@eaDir/a.jpg", folders=3))
    assert [clip.name for clip in found.clips] == ["c", "v/a"]
    assert found.ignored == {"empty folder": 3, "junk": 4, ".zip": 1, "no suffix": 1, "picture beside videos": 1}


def test_a_bad_entry_rejects_its_own_clip_alone():
    bad = EntryFault("unsafe-path", "no")
    entries = [
        Entry("a/b/x/1.png", 1),
        Entry("a/b/x/2.png", 1, fault=EntryFault("encrypted-entry", "no")),
        "a/b/y/1.png",
    ]
    outside = [Entry("a/b/y/../../../evil.png", 1, fault=bad), Entry("/abs/z.mp4", 1, fault=bad)]
    found = list_clips(Names(*entries, *outside))
    assert {clip.name: clip.fault and clip.fault.code for clip in found.clips} == {
        "x": "encrypted-entry",
        "y": None,
        "a/b/y/../../..": "unsafe-path",
        "/abs/z": "unsafe-path",
    }


def test_what_could_not_be_listed_is_a_rejected_clip():
    lost = Entry("(rest of a.tar)", 0, fault=EntryFault("unreadable-entry", "cut"))
    found = list_clips(Names("a.mp4", lost=(lost,)))
    assert [(clip.name, clip.fault and clip.fault.code) for clip in found.clips] == [
        ("(rest of a.tar)", "unreadable-entry"),
        ("a", None),
    ]


def test_one_order_for_names_that_are_equal():
    names = ["a.mp4", "a.MP4", "a.m4v", "a/1.png"]
    first = [clip.entries[0].name for clip in list_clips(Names(*names)).clips]
    assert first == [clip.entries[0].name for clip in list_clips(Names(*reversed(names))).clips] == sorted(names)


def test_kinds_without_end_are_counted_and_the_rarest_told_as_one():
    listed = list_clips(Names(*(f"a.{number}" for number in range(500)), "b.txt", "c.txt"))
    assert len(listed.ignored) == 101 and sum(listed.ignored.values()) == 502
    assert listed.ignored[".txt"] == 2 and listed.ignored["of other kinds"] == 401


def test_a_million_members_take_little_memory():
    """Bytes a member while its clip is made and sorted, the entry left out."""
    entries = [Entry(f"folder/{number}.mp4", 1) for number in range(20_000)]
    source = Names(*entries)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        listed = list_clips(source)
        most = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert len(listed.clips) == 20_000 and [clip.name for clip in listed.clips[:2]] == ["0", "1"]
    assert most / 20_000 < 800
