from faceshards.packing.cutting.named_rows import named_rows
from faceshards.packing.cutting.span_list import SpanList
from faceshards.packing.sources.archive import Entry
from faceshards.packing.sources.clip_list import RawClip


def clip(path: str, name: str, suffix: str = ".mp4") -> RawClip:
    return RawClip(name, path, "mp4", False, (Entry(path + suffix, 1),))


def test_a_video_answers_to_its_path_its_name_and_its_last_part_where_that_is_its_own(tmp_path):
    clips = [clip("top/a/x", "a/x"), clip("top/b/x", "b/x"), clip("top/b/y", "b/y"), clip("top/b/y", "b/y", ".mkv")]
    names = ["a/x", "top/a/x.mp4", "x", "b/x.mp4", "y.mkv", "y", "y.mp4", "nobody", "a/x"]
    path = tmp_path / "s.csv"
    path.write_text("".join(f"{name},{number},{number + 1}\n" for number, name in enumerate(names)))
    found, remarks = named_rows(SpanList(path), clips)
    starts = {name: [row.start for row in rows] for name, rows in found.items()}
    assert starts == {"top/a/x.mp4": [0, 1, 8], "top/b/x.mp4": [3], "top/b/y.mkv": [4], "top/b/y.mp4": [6]}
    assert remarks == {"spans of several videos": ["row 3: x", "row 6: y"], "spans of no video": ["row 8: nobody"]}


def test_a_broken_row_of_a_video_is_its_own_and_any_other_is_said(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("x,2,1\n,1,2\nz,1,2\n")
    found, remarks = named_rows(SpanList(path), [clip("x", "x")])
    assert [row.fault for row in found["x.mp4"]] == ["end must be behind start, got 2 to 1"]
    assert remarks == {"broken spans": ["row 2: it names no video"], "spans of no video": ["row 3: z"]}
