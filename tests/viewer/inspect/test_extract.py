import json
import tarfile

import pytest

from faceshards.errors import DamagedShard
from faceshards.media.picture import read_picture
from faceshards.viewer.inspect.extract import file_name, take_sample


def test_the_files_are_the_members(dataset, tmp_path):
    taken = take_sample([dataset / "group124.tar"], "Clip+astronaut+01", tmp_path / "new" / "out", show=False)
    with tarfile.open(dataset / "group124.tar") as tar:
        names = [name for name in tar.getnames() if name.startswith("Clip+astronaut+01.")]
        bodies = {name: tar.extractfile(name).read() for name in names}
    assert {path.name: path.read_bytes() for path in (tmp_path / "new" / "out").iterdir()} == bodies
    assert taken["key"] == "Clip+astronaut+01" and len(taken["files"]) == 7
    assert taken["facts"] == json.loads(bodies["Clip+astronaut+01.json"])


def test_empty_members_are_left_out_and_a_sheet_is_drawn(dataset, tmp_path):
    taken = take_sample(
        [dataset / "group124.tar"], "<img src=x onerror=document.title='owned'>.v2", tmp_path, show=True
    )
    names = {path.name.removeprefix(taken["key"]) for path in tmp_path.iterdir()}
    assert names == {".json", ".mp4", ".spectrogram.npy", ".styled.mp4", ".sheet.png"}
    sheet = read_picture(next(tmp_path.glob("*.sheet.png")).read_bytes())
    assert sheet.shape[1] > 300 and sheet.shape[0] > 300


def test_a_damaged_member_is_not_written_as_good(dataset, tmp_path):
    body = bytearray((dataset / "clips.tar").read_bytes())
    body[body.index(b"\x93NUMPY") + 9000] ^= 4
    (tmp_path / "clips.tar").write_bytes(body)
    with pytest.raises(DamagedShard, match="checksum"):
        take_sample([tmp_path / "clips.tar"], "talk", tmp_path / "out", show=False)
    assert not any((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "key, column, name",
    [
        ("a=20b", "faces.msg", "a=20b.faces.msg"),
        ("../../etc/passwd", "json", "=2E=2E=2Fetc=2Fpasswd.json"),
        ("-rf", "json", "=2Drf.json"),
        (".hidden", "a/../b", "=2Ehidden.a_.._b"),
        ("k", "json\n\x1b[2J", "k.json___2J"),
    ],
)
def test_file_names_are_safe(key, column, name):
    assert file_name(key, column) == name.replace("=2E=2E=2Fetc", "=2E=2E=2F=2E=2E=2Fetc")


def test_long_names_fit_a_file_system():
    assert len(file_name("k" * 400, "c" * 400)) <= 255
