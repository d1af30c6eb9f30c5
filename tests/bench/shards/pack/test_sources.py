"""The bench's sources are what the kinds take."""

import zipfile

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
