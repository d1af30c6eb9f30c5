import io
from contextlib import contextmanager

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.packing.kinds.avspeech import ranged_file
from faceshards.packing.kinds.avspeech.ranged_file import BLOCK, Answer, Blocks, NotAtHand, OtherFile, RangedFile

BODY = np.random.default_rng(3).bytes(40 * BLOCK + 777)


class Server:
    """A get(start, stop) of BODY that notes what it gave; `faults`: bytes behind which the next answers break off."""

    def __init__(self, body=BODY, ranges=True, told=True, faults=()):
        self.body, self.ranges, self.told, self.faults = body, ranges, told, list(faults)
        self.given = []

    @contextmanager
    def __call__(self, start, stop):
        offset = start if self.ranges else 0
        part = self.body[offset : stop if self.ranges else None]
        fault = self.faults.pop(0) if self.faults else None
        yield Answer(offset, len(self.body) if self.told else None, self.pieces(offset, part, fault))

    def pieces(self, offset, part, fault):
        for place in range(0, len(part), 50_000):
            if fault is not None and place >= fault:
                raise ClipError("unreachable", "it broke off")
            self.given.append((offset + place, min(place + 50_000, len(part)) + offset))
            yield part[place : place + 50_000]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(ranged_file, "_PAUSES", (0, 0))


def opened(path, blocks, get, saved=lambda: None):
    return io.BufferedReader(RangedFile(path, blocks, get, saved), BLOCK)


def test_only_the_blocks_that_are_read_are_fetched_and_none_twice(tmp_path):
    blocks, server = Blocks(), Server()
    for _ in range(2):
        with opened(tmp_path / "f", blocks, server) as file:
            assert file.seek(0, io.SEEK_END) == len(BODY)
            for place, count in ((38 * BLOCK + 5, 3 * BLOCK), (100, 70_000), (len(BODY) - 9, 99), (0, 5)):
                file.seek(place)
                assert file.read(count) == BODY[place : place + count]
    assert sum(stop - start for start, stop in server.given) == len(BODY) - 22 * BLOCK
    assert blocks.record() == {"size": len(BODY), "held": [[0, 16], [38, 41]]} and not blocks.is_whole
    assert Blocks.of(blocks.record()) == blocks


def test_what_is_at_hand_is_read_without_a_site_and_the_rest_is_not(tmp_path):
    blocks = Blocks()
    opened(tmp_path / "f", blocks, Server()).close()
    with opened(tmp_path / "f", blocks, None) as file:
        assert file.read(1000) == BODY[:1000] and file.raw.failure is None
        file.seek(30 * BLOCK)
        assert file.read(10) == b"" and isinstance(file.raw.failure, NotAtHand)
    with pytest.raises(NotAtHand):
        opened(tmp_path / "absent", blocks, None)


def test_a_site_that_breaks_off_is_asked_again_for_what_is_missing(tmp_path):
    blocks, server = Blocks(), Server(faults=[200_000, 100_000])
    with opened(tmp_path / "f", blocks, server) as file:
        assert file.read(16 * BLOCK) == BODY[: 16 * BLOCK]
    assert sum(stop - start for start, stop in server.given) <= len(blocks.held) * BLOCK + 2 * BLOCK


def test_a_site_that_goes_on_breaking_off_leaves_what_came(tmp_path):
    blocks, saved = Blocks(), []
    get = Server(faults=[200_000, 0, 0, 0])
    with opened(tmp_path / "f", blocks, get, lambda: saved.append(blocks.record())) as file:
        assert file.read(3 * BLOCK) == BODY[: 3 * BLOCK] and file.read(1) == b""
        assert file.raw.failure.code == "unreachable" and not get.faults
    assert saved[-1]["held"] == [[0, 3]]
    server = Server()
    with opened(tmp_path / "f", Blocks.of(saved[-1]), server) as file:
        assert file.read(5 * BLOCK) == BODY[: 5 * BLOCK]
    assert min(start for start, _ in server.given) == 3 * BLOCK


@pytest.mark.parametrize("told", [True, False])
def test_a_server_without_ranges_gives_all(tmp_path, told):
    blocks = Blocks()
    with opened(tmp_path / "f", blocks, Server(ranges=False, told=told)) as file:
        file.seek(39 * BLOCK)
        assert file.read() == BODY[39 * BLOCK :]
    assert blocks.is_whole and (tmp_path / "f").read_bytes() == BODY


def test_a_file_that_changed_is_not_mixed_with_the_old_one(tmp_path):
    blocks = Blocks()
    opened(tmp_path / "f", blocks, Server()).close()
    with opened(tmp_path / "f", blocks, Server(BODY[:-1])) as file:
        file.seek(30 * BLOCK)
        assert file.read(1) == b"" and isinstance(file.raw.failure, OtherFile)


def test_a_file_that_was_cut_or_removed_is_fetched_again(tmp_path):
    blocks, path = Blocks(), tmp_path / "f"
    opened(path, blocks, Server()).close()
    for body in (BODY[:100], b""):
        path.write_bytes(body)
        with opened(path, blocks, Server()) as file:
            assert file.read(BLOCK) == BODY[:BLOCK]


def test_a_site_that_gives_nothing_is_unreachable(tmp_path):
    with pytest.raises(ClipError, match="fewer bytes"):
        RangedFile(tmp_path / "f", Blocks(), Server(b""), lambda: None)


def test_all_of_it_is_fetched_where_that_is_wanted(tmp_path):
    blocks = Blocks()
    with opened(tmp_path / "f", blocks, Server()) as file:
        file.raw.fill()
    assert blocks.is_whole and (tmp_path / "f").read_bytes() == BODY


@pytest.mark.parametrize(
    "record", [{}, {"size": 5, "held": [[0, 2]]}, {"size": 5, "held": [[1, 0]]}, {"size": "x", "held": []}]
)
def test_a_record_that_makes_no_sense_is_none(record):
    with pytest.raises((KeyError, ValueError, TypeError)):
        Blocks.of(record)
