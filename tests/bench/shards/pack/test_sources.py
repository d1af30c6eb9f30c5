"""The bench's sources are what the kinds take."""

import json
import zipfile

import pytest

from faceshards.__main__ import main
from faceshards.bench.shards.pack import sources


def test_persons_are_as_many_files_as_rows_each_with_bytes_of_its_own(tmp_path):
    files = [path for path in sources.persons(tmp_path / "p", 45).rglob("*") if path.is_file()]
    assert len(files) == 45 and len({path.read_bytes() for path in files}) == 45
    assert {path.parts[-3] for path in files} == {"id00000", "id00001", "id00002"}


def test_frames_come_as_a_zip_of_folders(tmp_path):
    with zipfile.ZipFile(sources.frame_zip(tmp_path / "z", 2, 3)) as archive:
        names = archive.namelist()
        assert len(names) == 6 and len({name.split("/")[0] for name in names}) == 2
        assert archive.read(names[0]).startswith(b"\x89PNG")


@pytest.mark.parametrize("source", sources.SOURCES[1:], ids=lambda source: source.words[0])
def test_each_is_packed_whole(source, capsys, tmp_path):
    path = source.make(tmp_path / "source", 2)
    with pytest.raises(SystemExit) as ended:
        main(["pack", source.words[0], str(path), "--out", str(tmp_path / "out"), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert ended.value.code == 0 and report["failures"] == 0 < report["whole"]
