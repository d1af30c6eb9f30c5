import time

import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.packing.kinds.avspeech import site as site_module
from faceshards.packing.kinds.avspeech.refusals import Refusal
from faceshards.packing.kinds.avspeech.site import Site, _files

A = "-AAAAAAAAAA"


def read(site, file, start=0, stop=1 << 30):
    with site.get(file, start, stop) as answer:
        return answer.offset, answer.length, b"".join(answer.pieces)


def test_a_video_is_one_file_of_which_parts_can_be_had(web, long_video):
    site = Site(web.template)
    (file,) = site.files(web.video(A, long_video))
    assert (file.part, file.suffix) == ("", "mp4")
    assert read(site, file, 1000, 3000) == (1000, len(long_video), long_video[1000:3000])
    web.say(A, "whole")
    assert read(site, file, 1000, 3000) == (0, len(long_video), long_video)


@pytest.mark.parametrize(("say", "kind"), [("404", "removed"), ("451", "region"), ("playlist", "playlist")])
def test_a_refusal_that_stays_has_its_kind(web, clip, say, kind):
    with pytest.raises(Refusal) as error:
        Site(web.template).files(web.video(A, clip, say))
    assert error.value.kind == kind and error.value.code == "gone"


@pytest.mark.parametrize(("say", "words"), [("403", "Forbidden"), ("503", "Service Unavailable"), ("html", "web page")])
def test_one_that_may_be_over_tomorrow_is_unreachable(web, clip, say, words):
    site = Site(web.template)
    (file,) = site.files(web.video(A, clip))
    web.say(A, say)
    for ask in (lambda: site.files(A), lambda: read(site, file)):
        with pytest.raises(ClipError, match=words) as error:
            ask()
        assert error.value.code == "unreachable"


def test_a_site_that_breaks_off_and_one_that_is_not_there_are_unreachable(web, clip):
    site = Site(web.template)
    (file,) = site.files(web.video(A, clip))
    web.say(A, "cut 500")
    with pytest.raises(ClipError, match="broke off") as error:
        read(site, file)
    assert error.value.code == "unreachable"
    with pytest.raises(ClipError, match="refused") as error:
        Site("http://127.0.0.1:9/{id}.mp4").files(A)
    assert error.value.code == "unreachable"


def test_bytes_come_no_faster_and_videos_no_sooner_than_is_wanted(web, long_video):
    site = Site(web.template, rate=1 << 20, pause=0.2)
    begin = time.monotonic()
    (file,) = site.files(web.video(A, long_video))
    site.files(A)
    assert time.monotonic() - begin >= 0.2
    begin = time.monotonic()
    read(site, file, 0, 1 << 18)
    assert time.monotonic() - begin >= 0.25


def test_a_site_that_falls_silent_is_unreachable(web, clip, monkeypatch):
    monkeypatch.setattr(site_module, "_SILENCE", 0.2)
    site = Site(web.template)
    (file,) = site.files(web.video(A, clip))
    web.say(A, "slow 1")
    with pytest.raises(ClipError, match="timed out") as error:
        read(site, file)
    assert error.value.code == "unreachable"


def test_a_site_that_asks_who_one_is_is_shown_cookies(web, clip, tmp_path):
    web.video(A, clip, "known ada")
    with pytest.raises(ClipError, match="Forbidden"):
        Site(web.template).files(A)
    jar = tmp_path / "cookies.txt"
    jar.write_text("# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tname\tada\n")
    before = jar.read_bytes()
    site = Site(web.template, cookies=jar)
    assert read(site, *site.files(A))[2] == clip and jar.read_bytes() == before
    with pytest.raises(UsageError, match="no such file"):
        Site(web.template, cookies=tmp_path / "absent")


def test_pictures_and_sound_may_be_two_files_and_pieces_are_refused():
    def format(protocol="https", **more):
        return {"url": "u", "protocol": protocol, "format_id": "1", "ext": "mp4", **more}

    sound, video = format(vcodec="none", ext="m4a"), format(vcodec="avc1")
    assert [(one.part, one.suffix) for one in _files({"requested_formats": [sound, video]})] == [
        ("video", "mp4"),
        ("sound", "m4a"),
    ]
    assert _files(format(ext="../../x"))[0].suffix == "mp4"
    for info in (format("m3u8_native"), {"requested_formats": [video, video]}, {"requested_formats": [video] * 3}):
        with pytest.raises(ClipError, match="--format") as error:
            _files(info)
        assert error.value.code == "unreachable"


def test_an_address_must_be_of_the_web_and_name_the_video():
    for template in ("file:///etc/{id}", "https://x/y", "{id}"):
        with pytest.raises(UsageError, match="--site must be"):
            Site(template)
