"""Files that are kept while there is room."""

from threading import Event, Thread

import pytest

from faceshards.viewer.server.playing.playable_cache import PlayableCache


def test_a_file_is_made_once_and_goes_when_others_need_the_room():
    cache, made = PlayableCache(most_bytes=10), []

    def writer(name, size=4):
        def write(out):
            made.append(name)
            out.write(name.encode() * size)

        return write

    first = cache.file("a", writer("a"))
    assert (first.size, first.read(1, 3)) == (4, b"aa")
    assert cache.file("a", writer("a")) is first
    cache.file("b", writer("b"))
    cache.file("a", writer("a"))  # now b is the one that was not played for longest
    cache.file("c", writer("c"))
    cache.file("a", writer("a"))
    assert made == ["a", "b", "c"]
    cache.file("b", writer("b"))
    assert made == ["a", "b", "c", "b"]
    cache.file("huge", writer("h", 99))
    assert first.read(0, 4) == b"aaaa", "who reads one that is let go reads on"


def test_one_thread_makes_what_two_want():
    cache, begun, go, made = PlayableCache(), Event(), Event(), []

    def write(out):
        made.append(1)
        begun.set()
        assert go.wait(20)
        out.write(b"x")

    found = []
    threads = [Thread(target=lambda: found.append(cache.file("a", write))) for _ in range(2)]
    threads[0].start()
    assert begun.wait(20)
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and found[0] is found[1]


def test_what_goes_wrong_is_raised_and_tried_again():
    cache = PlayableCache()

    def fails(out):
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            cache.file("a", fails)
    assert cache.file("a", lambda out: out.write(b"x")).size == 1
