"""Videos in folders: the nearest metadata speaks."""

from faceshards.packing.kinds.hf.kind import VideoFolder
from faceshards.packing.kinds.hf.snapshot import Snapshot
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Limits


def test_a_clip_has_the_row_of_the_nearest_metadata(tmp_path):
    files = {
        "a.mp4": "", "deep/b.mp4": "", "deep/er/c.mp4": "", "deep/other.mp4": "",
        "metadata.csv": "file_name,text\na.mp4,top\ndeep/b.mp4,not this\n",
        "deep/metadata.jsonl": '{"file_name": "b.mp4", "text": "deep"}\n{"file_name": "er/c.mp4", "text": "deeper"}\n',
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    names = [name for name in files if name.endswith(".mp4") and "other" not in name]
    kind = VideoFolder(PackOptions(), tmp_path, ["metadata.csv", "deep/metadata.jsonl"])
    listed = kind.listed(Snapshot(tmp_path, names, Limits()))
    assert {clip.path: clip.facts["text"] for clip in listed.clips} == {
        "a": "top", "deep/b": "deep", "deep/er/c": "deeper",
    }  # fmt: skip
    assert listed.remarks["annotations of no clip"] == ["deep/b.mp4"]
    assert sorted(kind.record()["metadata"]) == ["deep/metadata.jsonl", "metadata.csv"]
