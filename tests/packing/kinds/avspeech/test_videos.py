import zipfile

import pytest

from faceshards.errors import ClipError
from faceshards.media.container import reading
from faceshards.packing.kinds.avspeech.videos import HeldVideos
from faceshards.packing.sources.opening import open_source
from tests.packing.conftest import zipped

FILES = {
    "AAAAAAAAAAA.mp4": b"a",
    "deep/A talk [of mine] [-BBBBBBBBBB].mkv": b"b",
    "CCCCCCCCCCC.mp4": b"c",
    "other/CCCCCCCCCCC.webm": b"cc",
    "AAAAAAAAAAA.txt": b"no video",
    "short.mp4": b"no id",
}


@pytest.fixture(params=["folder", "zip"])
def held(request, tmp_path):
    path = zipped(tmp_path / "v.zip", FILES)
    if request.param == "folder":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "v")
        path = tmp_path / "v"
    return HeldVideos(open_source(path))


def body_of(media):
    assert media.video is media.sound
    with reading(media.video) as file:
        return file.read()


def test_videos_are_found_by_their_id_in_a_folder_or_a_zip(held):
    assert held.use("AAAAAAAAAAA", body_of) == b"a"
    assert held.use("-BBBBBBBBBB", body_of) == b"b"


def test_one_that_is_not_there_and_one_that_is_there_twice_have_a_reason(held):
    for link, code, words in (
        ("DDDDDDDDDDD", "gone", "no video file named"),
        ("CCCCCCCCCCC", "duplicate-entry", "keep one"),
    ):
        with pytest.raises(ClipError, match=words) as error:
            held.use(link, body_of)
        assert error.value.code == code and held.entry(link).fault.code == code
