import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from faceshards.errors import ClipError, StorageError
from faceshards.media.container import reading
from faceshards.packing.kinds.avspeech.partial_file import BLOCK
from faceshards.packing.kinds.avspeech.site import Site
from faceshards.packing.kinds.avspeech.video_cache import VideoCache

A, B = "-rfAAAAAAAA", "BBBBBBBBBBB"


def span(start, count):
    """Work that reads some bytes of a video."""

    def work(media):
        with reading(media.video) as file:
            file.seek(start)
            return file.read(count)

    return work


@pytest.fixture
def cache(web, tmp_path):
    """cache(...): a cache of the site."""
    return lambda folder="cache", **more: VideoCache(tmp_path / folder, Site(web.template), **more)


def sent(web):
    """The ranges that were asked for by now."""
    return [asked for _, asked, _ in web.asked() if asked != "-"]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_of_a_video_only_what_is_read_is_fetched_once_for_all_rows_and_runs(web, cache, long_video, tmp_path):
    web.video(A, long_video)
    assert cache().use(A, span(10, 1000)) == long_video[10:1010]
    assert cache().use(A, span(5000, 70000)) == long_video[5000:75000]
    assert sent(web) == [f"bytes=0-{16 * BLOCK - 1}"]
    assert cache().use(A, span(30 * BLOCK, 10)) == long_video[30 * BLOCK :][:10]
    assert sent(web) == [f"bytes={30 * BLOCK}-{46 * BLOCK - 1}"]
    assert names(tmp_path / "cache") == [f"{A}.json", f"{A}.mp4.part"]


def test_rows_of_one_video_side_by_side_and_in_two_runs_fetch_it_once(web, cache, long_video):
    web.video(A, long_video)
    runs = [cache(), cache()]  # a lease of one keeps the other out as that of another process does
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda k: runs[k % 2].use(A, span(k * 100, 100)), range(8)))
    assert found == [long_video[k * 100 :][:100] for k in range(8)]
    assert len(sent(web)) == 1


def test_a_source_that_is_kept_is_the_whole_file_under_its_name(web, cache, long_video, tmp_path):
    web.video(A, long_video)
    cache().use(A, span(0, 10))
    assert cache(whole=True).use(A, span(0, 10)) == long_video[:10]
    assert (tmp_path / "cache" / f"{A}.mp4").read_bytes() == long_video
    assert names(tmp_path / "cache") == [f"{A}.json", f"{A}.mp4"]
    asked = sent(web)
    assert (
        len(asked) == len(set(asked))
        and cache().use(A, span(1 << 21, 9)) == long_video[1 << 21 :][:9]
        and not sent(web)
    )


def test_a_refusal_is_kept_until_its_kind_is_asked_for_again(web, cache, long_video):
    web.video(A, long_video, "404")
    for asked in (1, 0):
        with pytest.raises(ClipError, match=r"^removed: .*--retry removed") as error:
            cache().use(A, span(0, 10))
        assert error.value.code == "gone" and len(web.asked()) == asked
    web.say(A, "")
    for retry in ((), ("age",)):
        with pytest.raises(ClipError, match=r"^removed"):
            cache(retry=retry).use(A, span(0, 10))
    assert cache(retry=["removed"]).use(A, span(0, 10)) == long_video[:10]
    assert cache().use(A, span(0, 10)) == long_video[:10]


def test_what_was_unreachable_is_asked_for_by_the_next_run(web, cache, long_video):
    web.video(A, long_video, "403")
    with pytest.raises(ClipError) as error:
        cache().use(A, span(0, 10))
    assert error.value.code == "unreachable"
    web.say(A, "")
    assert cache().use(A, span(0, 10)) == long_video[:10]


def test_a_site_that_breaks_off_is_resumed_by_a_range(web, cache, long_video):
    web.video(A, long_video, f"cut {5 * BLOCK + 99}")
    assert cache().use(A, span(0, 9 * BLOCK)) == long_video[: 9 * BLOCK]
    first, second = sent(web)
    assert first.startswith("bytes=0-") and second.startswith(f"bytes={5 * BLOCK}-")


def test_another_file_under_the_same_id_takes_the_place_of_the_old_one(web, cache, long_video):
    web.video(A, long_video)
    cache().use(A, span(0, 10))
    other = bytes(reversed(long_video)) + b"more"
    web.video(A, other)
    assert cache().use(A, span(40 * BLOCK, 10)) == other[40 * BLOCK :][:10]
    assert cache().use(A, span(40 * BLOCK + 5, 10)) == other[40 * BLOCK + 5 :][:10]


class Apart(Site):
    """A site that has pictures and sound in two files."""

    def files(self, link):
        (file,) = super().files(link)
        sound = replace(file, part="sound", suffix="m4a", url=file.url.replace(A, B))
        return [replace(file, part="video"), sound]


def test_pictures_and_sound_of_two_files_are_fetched_each(web, long_video, clip, tmp_path):
    web.video(A, long_video)
    web.video(B, clip)

    def work(media):
        found = []
        for body in media:
            with reading(body) as file:
                found.append(file.read(2000))
        return found

    for _ in range(2):
        videos = VideoCache(tmp_path / "cache", Apart(web.template))
        assert videos.use(A, work) == [long_video[:2000], clip[:2000]]
    assert names(tmp_path / "cache") == [f"{A}.json", f"{A}.sound.m4a", f"{A}.video.mp4.part"]


@pytest.mark.parametrize(
    "record", ["", "[]", '{"files": [{"name": "../x", "format": "", "size": 9, "held": []}]}', "{"]
)
def test_a_record_that_makes_no_sense_is_no_record(web, cache, long_video, tmp_path, record):
    web.video(A, long_video)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / f"{A}.json").write_text(record)
    assert cache().use(A, span(0, 10)) == long_video[:10]


def test_the_error_of_the_work_is_its_own(web, cache, long_video):
    web.video(A, long_video)

    def work(media):
        raise ClipError("no-sound", "hush")

    with pytest.raises(ClipError, match="hush"):
        cache().use(A, work)


PROCESS = """
import sys
from pathlib import Path
from faceshards.media.container import reading
from faceshards.packing.kinds.avspeech.site import Site
from faceshards.packing.kinds.avspeech.video_cache import VideoCache
def work(media):
    with reading(media.video) as file:
        return file.read()
print(len(VideoCache(Path(sys.argv[1]), Site(sys.argv[2]), whole=True).use(sys.argv[3], work)))
"""


def begun(web, folder):
    words = [sys.executable, "-c", PROCESS, str(folder), web.template, A]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_what_a_killed_run_fetched_is_not_fetched_again(web, cache, long_video, tmp_path):
    web.video(A, long_video, "slow 0.03")
    folder = tmp_path / "cache"
    with begun(web, folder) as process:
        while process.poll() is None and not (folder / f"{A}.json").exists():
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    web.asked()
    web.say(A, "")
    assert cache(whole=True).use(A, span(0, 1 << 30)) == long_video
    assert sent(web)[0] == f"bytes={16 * BLOCK}-{32 * BLOCK - 1}"
    assert names(folder) == [f"{A}.json", f"{A}.mp4"]


def test_a_password_in_the_sites_address_is_not_recorded(tmp_path):
    videos = VideoCache(tmp_path, Site("https://ada:secret@mirror/{id}.mp4"))
    assert "secret" not in str(videos.record()) and "mirror/{id}.mp4" in str(videos.record())


@pytest.mark.slow
def test_two_runs_at_once_share_a_folder_and_fetch_a_video_once(web, long_video, tmp_path):
    web.video(A, long_video, "slow 0.01")
    runs = [begun(web, tmp_path / "cache") for _ in range(2)]
    assert [run.communicate()[0].strip() for run in runs] == [str(len(long_video))] * 2
    asked = sent(web)
    assert len(asked) == len(set(asked)) == 4


def mounted(folder, options):
    folder.mkdir(exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")


def test_a_read_only_folder_serves_what_it_has_and_says_what_it_cannot(web, cache, long_video, tmp_path):
    web.video(A, long_video)
    mounted(tmp_path / "cache", "size=9m")
    try:
        cache().use(A, span(0, 10))
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "cache")], check=True)
        assert cache().use(A, span(5, 10)) == long_video[5:15]
        with pytest.raises(StorageError, match="read-only: write elsewhere"):
            cache().use(A, span(40 * BLOCK, 10))
    finally:
        subprocess.run(["umount", str(tmp_path / "cache")], check=True)


def test_a_full_disk_is_told_and_no_video_is_blamed(web, cache, long_video, tmp_path):
    web.video(A, long_video)
    mounted(tmp_path / "cache", "size=2m")
    try:
        with pytest.raises(StorageError, match="the disk is full: free space"):
            cache(whole=True).use(A, span(0, 10))
        assert cache().use(A, span(0, 10)) == long_video[:10]
    finally:
        subprocess.run(["umount", str(tmp_path / "cache")], check=True)
