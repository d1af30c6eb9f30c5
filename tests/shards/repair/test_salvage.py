import hashlib
import json
import os
import random
import shutil
import subprocess
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from faceshards.errors import ShardError, StorageError
from faceshards.shards.reader import Shard
from faceshards.shards.repair.salvage import salvage, salvaged_path
from faceshards.shards.repair.verify import verify
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.lease import lease
from faceshards.shards.writer import ShardWriter

PACK, FACES = Provenance("pack", 1, {"crf": 18}), Provenance("faces", 2, {}, {"net": "5e" * 32})
ROWS = 12
LONG = "k" * 120  # its members' names need a pax record
KEYS = [f"k{i}" for i in range(ROWS - 1)] + [LONG]


def bodies(i):
    chance = random.Random(i)
    return {"json": {"name": f"n{i}"}, "mp4": chance.randbytes(1500 + 100 * i), "faces.msg": b"" if i == 3 else b"f"}


@pytest.fixture
def tar(tmp_path):
    with ShardWriter(tmp_path / "a.tar", provenance=[PACK, FACES]) as writer:
        for i, key in enumerate(KEYS):
            writer.add(key, bodies(i))
    return tmp_path / "a.tar"


@pytest.fixture
def truth(tar):
    """Key -> column -> bytes, as Python's tarfile reads the whole shard."""
    return contents(tar)


def contents(path):
    found = {}
    with tarfile.open(path) as file:
        for member in file:
            if not member.isfile():
                continue
            key, column = member.name.split(".", 1)
            found.setdefault(key, {})[column] = file.extractfile(member).read()
    return found


def forget(tar):
    """Without its index."""
    tar.with_suffix(".parquet").unlink(missing_ok=True)


def start_over(tar, body):
    tar.write_bytes(body)
    for path in (salvaged_path(tar), salvaged_path(tar).with_suffix(".parquet")):
        path.unlink(missing_ok=True)


def flip(tar, at, mask=1):
    with open(tar, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ mask]))


def smash(tar, at, count=512, byte=b"\xa5"):
    with open(tar, "r+b") as file:
        file.seek(at)
        file.write(byte * count)


def header(tar, name):
    return tar.read_bytes().index(name.encode() + b"\0")


def adds_up(done):
    assert done.samples is None or (done.kept + len(done.lost) + done.unnamed == done.samples and done.unnamed >= 0)
    assert len({one.key for one in done.lost}) == len(done.lost)
    record = json.loads(done.shard.with_suffix(".salvage.json").read_text())
    assert record == json.loads(json.dumps(done.record()))


def is_part_of(done, truth):
    """The new shard is whole and every sample in it is one of the old, byte for byte, in the old order."""
    assert verify(done.target, deep=True).whole
    got = contents(done.target)
    assert len(got) == done.kept and not got.keys() & {one.key for one in done.lost}
    assert {key: truth[key] for key in got} == got
    assert list(got) == [key for key in truth if key in got]


@pytest.mark.parametrize("index", [True, False])
def test_a_flipped_bit_in_a_body_costs_its_sample(tar, truth, index):
    flip(tar, header(tar, "k5.mp4") + 600)
    damaged = tar.read_bytes()
    if not index:
        forget(tar)
    done = salvage(tar)
    adds_up(done)
    is_part_of(done, truth)
    assert (done.target.name, done.kept, done.samples, done.checked) == ("a-salvaged.tar", ROWS - 1, ROWS, True)
    (lost,) = done.lost
    assert (lost.key, lost.reason) == ("k5", "k5.mp4 differs from its checksum")
    assert lost.byte == header(tar, "k5.mp4") + 512 and lost.row == (5 if index else None)
    assert tar.read_bytes() == damaged


def test_a_smashed_header_costs_its_sample_alone(tar, truth):
    smash(tar, header(tar, "k5.mp4"))
    forget(tar)
    done = salvage(tar)
    adds_up(done)
    is_part_of(done, truth)
    (lost,) = done.lost
    assert (done.kept, lost.key) == (ROWS - 1, "k5") and lost.reason.startswith("mp4 is missing: header at byte")


@pytest.mark.parametrize("name", ["k5.json", "k5.faces.msg"])
@pytest.mark.parametrize("byte", [b"\xa5", b"\0"])
def test_whichever_member_it_is_the_neighbours_live(tar, truth, name, byte):
    """Also where the header became zeros, which would end a tar."""
    smash(tar, header(tar, name), byte=byte)
    forget(tar)
    done = salvage(tar)
    adds_up(done)
    is_part_of(done, truth)
    assert [one.key for one in done.lost] == ["k5"] and done.kept == ROWS - 1


def test_the_index_knows_what_a_broken_header_hides(tar, truth):
    """Every member's header is gone; the bodies and the index stand: nothing is lost, the shard is what it was."""
    good = tar.read_bytes()
    with Shard(tar) as shard:
        offsets = [shard.extent(row, column).offset for row in range(ROWS) for column in shard.columns]
    for offset in offsets:
        smash(tar, offset - 512)
    done = salvage(tar)
    assert (done.kept, done.lost, done.complete) == (ROWS, (), True)
    assert done.target.read_bytes() == good


@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize("where", ["magic", "generation", "check", "padding", "end", "behind"])
def test_what_is_no_sample_costs_none(tar, where, index):
    """The front record's header and its words, padding, the end: the shard comes back, byte for byte."""
    good = tar.read_bytes()
    places = {
        "magic": 258,
        "generation": good.index(b"FACESHARDS.generation=") + 3,
        "check": good.index(b"FACESHARDS.check=") + 17,
        "padding": header(tar, "k5.faces.msg") + 512 + 100,
        "end": len(good) - 5,
    }
    if where == "behind":
        with open(tar, "ab") as file:
            file.write(b"more")
    else:
        flip(tar, places[where])
    assert not verify(tar, deep=True).whole
    if not index:
        forget(tar)
    done = salvage(tar)
    adds_up(done)
    if where == "generation" and not index:  # nothing then says how many samples there were
        assert (done.kept, done.samples, done.complete) == (ROWS, None, False)
    else:
        assert done.complete and done.target.read_bytes() == good


def test_a_provenance_record_that_was_altered_is_not_believed(tar, truth):
    flip(tar, tar.read_bytes().index(b'"crf":18') + 7)
    done = salvage(tar)
    is_part_of(done, truth)
    with Shard(done.target) as shard:
        assert FACES.fingerprint in shard.provenance and PACK.fingerprint not in shard.provenance
        assert [made.stage for made in shard.provenance.values()].count("salvage") == 1
    assert not done.provenance_whole and not done.complete and done.kept == ROWS


@pytest.mark.parametrize("index", [True, False])
def test_truncation_at_random_places(tar, truth, index):
    good = tar.read_bytes()
    with Shard(tar) as shard:
        ends = (shard.index["offset"].to_numpy() + shard.index["size"].to_numpy()).tolist()
        last = [shard.extent(row, "faces.msg") for row in range(ROWS)]
    parquet = tar.with_suffix(".parquet").read_bytes()
    chance = random.Random(2)
    for length in [9000, *sorted(chance.randrange(9000, len(good)) for _ in range(12)), len(good) - 1]:
        start_over(tar, good[:length])
        tar.with_suffix(".parquet").write_bytes(parquet)
        if not index:
            forget(tar)
        done = salvage(tar)
        adds_up(done)
        # The padding of the last member may be cut: its bytes are there.
        whole = sum(end <= length or one.offset + one.size <= length for end, one in zip(ends, last, strict=True))
        assert (done.samples, done.kept) == (ROWS, whole)
        if whole:
            is_part_of(done, truth)
            assert list(contents(done.target)) == KEYS[:whole]
        else:
            assert done.target is None and not salvaged_path(tar).exists()
        if index:
            assert [one.key for one in done.lost] == KEYS[whole:] and done.unnamed == 0


@pytest.mark.parametrize("index", [True, False])
def test_random_flips_never_bring_back_what_was_not_written(tar, truth, index):
    good, parquet = tar.read_bytes(), tar.with_suffix(".parquet").read_bytes()
    chance = random.Random(3)
    for _ in range(40):
        start_over(tar, good)
        tar.with_suffix(".parquet").write_bytes(parquet)
        if not index:
            forget(tar)
        places = [chance.randrange(len(good)) for _ in range(chance.choice([1, 1, 4]))]
        for at in places:
            flip(tar, at, 1 << chance.randrange(8))
        done = salvage(tar)
        adds_up(done)
        assert done.kept >= ROWS - len(places)
        if done.target:
            is_part_of(done, truth)


@pytest.mark.slow
def test_a_thousand_flips_never_bring_back_what_was_not_written(tar, truth):
    """Most in headers, where the walk must find its way."""
    good = tar.read_bytes()
    starts = [at for at in range(0, len(good), 512) if good[at + 257 : at + 262] == b"ustar"]
    chance = random.Random(4)
    kept = 0
    for _ in range(1000):
        start_over(tar, good)
        forget(tar)
        places = [chance.choice(starts) + chance.randrange(512) for _ in range(chance.choice([1, 2, 5]))]
        for at in places:
            flip(tar, at, 1 << chance.randrange(8))
        done = salvage(tar)
        adds_up(done)
        assert done.kept >= ROWS - len(places)
        kept += done.kept
        if done.target:
            is_part_of(done, truth)
    assert kept > 9 * 1000


def ruined(good, chance):
    """The shard after one to three accidents: bits flipped, noise, zeros, a cut, blocks lost, inserted, swapped."""
    bad = bytearray(good)
    for _ in range(chance.choice([1, 1, 2, 3])):
        at, count = chance.randrange(len(bad)), chance.randrange(1, 2000)
        block, blocks = at // 512 * 512, 512 * chance.randrange(1, 8)
        other = chance.randrange(len(bad)) // 512 * 512
        match chance.choice(["flip", "noise", "zeros", "cut", "lose", "insert", "swap", "repeat"]):
            case "flip":
                bad[at] ^= 1 << chance.randrange(8)
            case "noise":
                bad[at : at + count] = chance.randbytes(len(bad[at : at + count]))
            case "zeros":
                bad[at : at + count] = bytes(len(bad[at : at + count]))
            case "cut":
                del bad[max(at, 1) :]
            case "lose":
                del bad[block + 512 : block + 512 + blocks]
            case "insert":
                bad[block:block] = chance.randbytes(blocks)
            case "swap" if abs(block - other) >= blocks and max(block, other) + blocks <= len(bad):
                here, there = bad[block : block + blocks], bad[other : other + blocks]
                bad[block : block + blocks], bad[other : other + blocks] = there, here
            case _:
                bad[other:other] = bad[block : block + blocks]
    return bytes(bad)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))])
def test_no_accident_brings_back_what_was_not_written(tar, truth, seed):
    """What is salvaged is what was written, whatever happened; nothing at all may be, where remains contradict."""
    good, parquet = tar.read_bytes(), tar.with_suffix(".parquet").read_bytes()
    chance, kept = random.Random(seed), 0
    for _ in range(60):
        start_over(tar, ruined(good, chance))
        if chance.random() < 0.4:
            tar.with_suffix(".parquet").write_bytes(parquet)
        else:
            forget(tar)
        try:
            done = salvage(tar)
        except ShardError as error:
            assert "nothing is salvaged" in str(error)
            continue
        adds_up(done)
        kept += done.kept
        if done.target:
            got = contents(done.target)
            assert verify(done.target, deep=True).whole and len(got) == done.kept
            assert {key: truth[key] for key in got} == got
    assert kept > 60 * ROWS / 3


def test_a_shard_within_a_member_is_not_taken_for_samples(tmp_path):
    """The header of a member that is itself a shard is smashed: the walk steps over the shard within."""
    with ShardWriter(tmp_path / "inner.tar") as writer:
        for i in range(3):
            writer.add(f"phantom{i}", {"json": {}, "tar": b"x"})
    inner = (tmp_path / "inner.tar").read_bytes()
    with ShardWriter(tmp_path / "a.tar") as writer:
        for i in range(3):
            writer.add(f"k{i}", {"json": {}, "tar": inner})
    truth = contents(tmp_path / "a.tar")
    smash(tmp_path / "a.tar", header(tmp_path / "a.tar", "k1.tar"))
    forget(tmp_path / "a.tar")
    done = salvage(tmp_path / "a.tar")
    is_part_of(done, truth)
    assert list(contents(done.target)) == ["k0", "k2"] and [one.key for one in done.lost] == ["k1"]


def test_a_sample_that_lacks_a_column_is_never_passed_off_as_whole(tmp_path):
    """One sample, and the header of its second member is gone: what stands looks like a sample with one column."""
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("k0", {"json": {}, "mp4": b"x" * 1000})
    smash(tmp_path / "a.tar", header(tmp_path / "a.tar", "k0.mp4"))
    smash(tmp_path / "a.tar", 0)
    forget(tmp_path / "a.tar")
    done = salvage(tmp_path / "a.tar")
    assert (done.kept, done.target) == (0, None) and [one.key for one in done.lost] == ["k0"]


def test_a_name_that_was_changed_together_with_its_checksum_is_refused(tmp_path):
    """The header's own checksum is a sum, which two changes can leave as it was; the generation tells."""
    with ShardWriter(tmp_path / "a.tar") as writer:
        for key in ("k17", "k55"):
            writer.add(key, {"json": {}})
    at = header(tmp_path / "a.tar", "k17.json")
    with open(tmp_path / "a.tar", "r+b") as file:
        file.seek(at)
        file.write(b"k26.json")
    forget(tmp_path / "a.tar")
    with pytest.raises(ShardError, match="a name is not the one"):
        salvage(tmp_path / "a.tar")
    assert not salvaged_path(tmp_path / "a.tar").exists()


def test_the_index_of_another_shard_is_no_witness(tar, truth):
    with ShardWriter(tar.with_name("b.tar")) as writer:
        writer.add("other", {"json": {}})
    shutil.copy(tar.with_name("b.parquet"), tar.with_suffix(".parquet"))
    flip(tar, header(tar, "k5.mp4") + 600)
    done = salvage(tar)
    is_part_of(done, truth)
    assert done.kept == ROWS - 1


def test_an_index_that_was_altered_is_no_witness(tar, truth):
    """It names the right generation and length, and another key; its member table gives it away."""
    table = pq.read_table(tar.with_suffix(".parquet"))
    keys = pa.array(["evil", *table["key"].to_pylist()[1:]])
    pq.write_table(table.set_column(0, "key", keys), tar.with_suffix(".parquet"))
    flip(tar, header(tar, "k5.mp4") + 600)
    done = salvage(tar)
    is_part_of(done, truth)
    assert done.kept == ROWS - 1 and [(one.key, one.row) for one in done.lost] == [("k5", None)]


def test_members_that_changed_names_are_not_believed(tar, truth):
    """The extended headers of two members of one sample changed places: each body holds the other's checksum."""
    body = bytearray(tar.read_bytes())
    first = body.index(b"PaxHeaders/" + LONG.encode()[:60])
    second = body.index(b"PaxHeaders/" + LONG.encode()[:60], first + 512)
    here, there = body[first : first + 1024], body[second : second + 1024]
    body[first : first + 1024], body[second : second + 1024] = there, here
    tar.write_bytes(body)
    smash(tar, 0)  # no front record, whose generation would tell
    forget(tar)
    done = salvage(tar)
    is_part_of(done, truth)
    assert done.kept == ROWS - 1 and [one.key for one in done.lost] == [LONG]


def test_a_second_salvage_finds_the_first_and_leaves_others_alone(tar):
    flip(tar, header(tar, "k5.mp4") + 600)
    first = salvage(tar)
    before = os.stat(first.target)
    assert salvage(tar) == first and os.stat(first.target).st_ino == before.st_ino
    with ShardWriter(first.target) as writer:
        writer.add("mine", {"json": {}})
    with pytest.raises(ShardError, match="holds other samples"):
        salvage(tar)
    with lease(tar), pytest.raises(StorageError, match="another process"):
        salvage(tar)


@pytest.fixture
def foreign(tmp_path):
    """What GNU tar makes of files: eight samples of two files each, the last with names beyond ustar."""
    folder = tmp_path / "files"
    folder.mkdir()
    names = [f"c{i}" for i in range(7)] + ["c" * 130]
    for i, name in enumerate(names):
        (folder / f"{name}.jpg").write_bytes(random.Random(i).randbytes(2000 + i))
        (folder / f"{name}.txt").write_text(name)
    files = [f"{name}.{kind}" for name in names for kind in ("jpg", "txt")]
    subprocess.run(["tar", "-cf", tmp_path / "f.tar", "-C", folder, *files], check=True)
    return tmp_path / "f.tar"


def listed(path):
    """The names as GNU tar lists them, which must find nothing wrong."""
    done = subprocess.run(["tar", "-tf", path], check=True, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.split()


def test_a_foreign_tar_with_a_smashed_header_loses_that_sample(foreign):
    truth = contents(foreign)
    smash(foreign, header(foreign, "c3.jpg"))
    done = salvage(foreign)
    adds_up(done)
    assert (done.checked, done.samples, done.unnamed, done.kept) == (False, None, None, 7)
    assert [one.key for one in done.lost] == ["c3"] and "jpg is missing" in done.lost[0].reason
    got = contents(done.target)
    assert got == {key: truth[key] for key in got} and set(truth) - set(got) == {"c3"}
    assert len(listed(done.target)) == 14
    verdict = verify(done.target)
    assert verdict.whole and verdict.foreign


def test_a_foreign_tar_is_salvaged_up_to_its_cut(foreign):
    truth, good = contents(foreign), foreign.read_bytes()
    chance = random.Random(5)
    for length in sorted(chance.randrange(1024, len(good) - 10240) for _ in range(10)):
        start_over(foreign, good[:length])
        done = salvage(foreign)
        adds_up(done)
        got = contents(done.target) if done.target else {}
        assert got == {key: truth[key] for key in got} and list(got) == list(truth)[: len(got)]
        assert done.kept == len(got)


def test_behind_a_gap_a_foreign_name_must_be_vouched_for(tmp_path):
    """The long name of the second file stood in a header of its own, which is gone: the cut name is not believed."""
    folder = tmp_path / "files"
    folder.mkdir()
    names = ["a", "b" * 90 + "c" * 40, "d"]
    for name in names:
        (folder / f"{name}.jpg").write_bytes(b"x" * 600)
    subprocess.run(["tar", "-cf", tmp_path / "f.tar", "-C", folder, *(f"{name}.jpg" for name in names)], check=True)
    smash(tmp_path / "f.tar", header(tmp_path / "f.tar", "././@LongLink"))
    done = salvage(tmp_path / "f.tar")
    assert set(contents(done.target)) == {"a", "d"}


def test_a_tar_within_a_foreign_member_is_not_taken_for_samples(tmp_path, foreign):
    folder = tmp_path / "outer"
    folder.mkdir()
    for i in range(3):
        shutil.copy(foreign, folder / f"o{i}.tar")
        (folder / f"o{i}.txt").write_text("t")
    files = [f"o{i}.{kind}" for i in range(3) for kind in ("tar", "txt")]
    subprocess.run(["tar", "-cf", tmp_path / "o.tar", "-C", folder, *files], check=True)
    smash(tmp_path / "o.tar", header(tmp_path / "o.tar", "o1.tar"))
    done = salvage(tmp_path / "o.tar")
    assert set(contents(done.target)) == {"o0", "o2"}


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a.tar").touch()
    with pytest.raises(ShardError, match="empty"):
        salvage(tmp_path / "a.tar")


def test_noise_gives_nothing(tmp_path):
    (tmp_path / "a.tar").write_bytes(random.Random(0).randbytes(300_000))
    done = salvage(tmp_path / "a.tar")
    assert (done.kept, done.lost, done.target) == (0, (), None)


def test_what_is_salvaged_is_deterministic(tar):
    flip(tar, header(tar, "k5.mp4") + 600)
    first = hashlib.sha256(salvage(tar).target.read_bytes()).hexdigest()
    start_over(tar, tar.read_bytes())
    assert hashlib.sha256(salvage(tar).target.read_bytes()).hexdigest() == first
