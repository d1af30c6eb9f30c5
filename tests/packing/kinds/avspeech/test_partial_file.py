from contextlib import contextmanager

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.container import reading
from faceshards.packing.kinds.avspeech import partial_file
from faceshards.packing.kinds.avspeech.partial_file import BLOCK, Answer, Blocks, NotAtHand, OtherFile, PartialFile

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
    monkeypatch.setattr(partial_file, "_PAUSES", (0, 0))


@contextmanager
def opened(path, blocks, get, saved=lambda: None):
    part = PartialFile(path, blocks, get, saved)
    try:
        yield part
    finally:
        part.close()


def test_only_the_blocks_that_are_read_are_fetched_and_none_twice(tmp_path):
    blocks, server = Blocks(), Server()
    for _ in range(2):
        with opened(tmp_path / "f", blocks, server) as file:
            assert file.body.size == len(BODY)
            for start, count in ((38 * BLOCK + 5, 2 * BLOCK), (100, 70_000), (len(BODY) - 9, 9), (0, 5), (7, 0)):
                assert file.read(start, start + count) == BODY[start : start + count]
            with reading(file.body) as stream:
                assert stream.seek(-800, 2) == len(BODY) - 800 and stream.read() == BODY[-800:]
    assert sum(stop - start for start, stop in server.given) == len(BODY) - 22 * BLOCK
    assert blocks.record() == {"size": len(BODY), "held": [[0, 16], [38, 41]]} and not blocks.is_whole
    assert Blocks.of(blocks.record()) == blocks


def test_what_is_at_hand_is_read_without_a_site_and_the_rest_is_not(tmp_path):
    blocks = Blocks()
    with opened(tmp_path / "f", blocks, Server()):
        pass
    with opened(tmp_path / "f", blocks, None) as file:
        assert file.read(0, 1000) == BODY[:1000] and file.failure is None
        assert file.read(30 * BLOCK, 30 * BLOCK + 1) == b"" and isinstance(file.failure, NotAtHand)
        assert file.read(0, 1000) == b""  # what was read of it so far is not to be trusted
    with pytest.raises(NotAtHand):
        PartialFile(tmp_path / "absent", blocks, None, lambda: None)


def test_a_site_that_breaks_off_is_asked_again_for_what_is_missing(tmp_path):
    blocks, server = Blocks(), Server(faults=[200_000, 100_000])
    with opened(tmp_path / "f", blocks, server) as file:
        assert file.read(0, 16 * BLOCK) == BODY[: 16 * BLOCK]
    assert sum(stop - start for start, stop in server.given) <= len(blocks.held) * BLOCK + 2 * BLOCK


def test_a_site_that_goes_on_breaking_off_leaves_what_came(tmp_path):
    blocks, saved = Blocks(), []
    get = Server(faults=[200_000, 0, 0, 0])
    with opened(tmp_path / "f", blocks, get, lambda: saved.append(blocks.record())) as file:
        assert file.read(0, 3 * BLOCK) == BODY[: 3 * BLOCK] and file.read(3 * BLOCK, 4 * BLOCK) == b""
        assert file.failure.code == "unreachable" and not get.faults
    assert saved[-1]["held"] == [[0, 3]]
    server = Server()
    with opened(tmp_path / "f", Blocks.of(saved[-1]), server) as file:
        assert file.read(0, 5 * BLOCK) == BODY[: 5 * BLOCK]
    assert min(start for start, _ in server.given) == 3 * BLOCK


def test_while_bytes_come_slowly_what_came_is_noted(tmp_path, monkeypatch):
    monkeypatch.setattr(partial_file, "_NOTED", 0)
    blocks, saved = Blocks(), []
    with opened(tmp_path / "f", blocks, Server(), lambda: saved.append(len(blocks.held))):
        assert saved == sorted(saved) and len(set(saved)) == 17  # none, then one more each time


@pytest.mark.parametrize("told", [True, False])
def test_a_server_without_ranges_gives_all(tmp_path, told):
    blocks = Blocks()
    with opened(tmp_path / "f", blocks, Server(ranges=False, told=told)) as file:
        assert file.read(39 * BLOCK, len(BODY)) == BODY[39 * BLOCK :]
    assert blocks.is_whole and (tmp_path / "f").read_bytes() == BODY


def test_a_file_that_changed_is_not_mixed_with_the_old_one(tmp_path):
    blocks = Blocks()
    with opened(tmp_path / "f", blocks, Server()):
        pass
    with opened(tmp_path / "f", blocks, Server(BODY[:-1])) as file:
        assert file.read(30 * BLOCK, 31 * BLOCK) == b"" and isinstance(file.failure, OtherFile)


def test_a_file_that_was_cut_or_removed_is_fetched_again(tmp_path):
    blocks, path = Blocks(), tmp_path / "f"
    with opened(path, blocks, Server()):
        pass
    for body in (BODY[:100], b""):
        path.write_bytes(body)
        with opened(path, blocks, Server()) as file:
            assert file.read(0, BLOCK) == BODY[:BLOCK]


def test_a_site_that_gives_nothing_is_unreachable(tmp_path):
    with pytest.raises(ClipError, match="fewer bytes"):
        PartialFile(tmp_path / "f", Blocks(), Server(b""), lambda: None)


def test_all_of_it_is_fetched_where_that_is_wanted(tmp_path):
    blocks = Blocks()
    with opened(tmp_path / "f", blocks, Server()) as file:
        file.fill()
    assert blocks.is_whole and (tmp_path / "f").read_bytes() == BODY


@pytest.mark.parametrize(
    "record", [{}, {"size": 5, "held": [[0, 2]]}, {"size": 5, "held": [[1, 0]]}, {"size": "x", "held": []}]
)
def test_a_record_that_makes_no_sense_is_none(record):
    with pytest.raises((KeyError, ValueError, TypeError)):
        Blocks.of(record)
