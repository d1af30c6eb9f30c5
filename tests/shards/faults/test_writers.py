"""One writer of a shard at a time: whoever comes second, by whichever door, is told who the first one is."""

import os
import subprocess
import sys
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from faceshards.errors import StorageError, UsageError
from faceshards.packing.legacy import export_tar, import_tar
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.replacing import remove_shard
from faceshards.packing.sources.opening import open_source
from faceshards.shards.reader import Shard
from faceshards.shards.repair.checkup import check_up
from faceshards.shards.repair.repair import repair
from faceshards.shards.rewrite import rewrite
from faceshards.shards.storage.version import Changed
from faceshards.shards.writer import ShardWriter

ROOT = Path(__file__).resolve().parents[3]

#: A process that works on FOLDER/raw.tar by a door, says so in the midst of it, and ends when it is told to.
HOLDER = """
import sys
from contextlib import closing
from pathlib import Path

folder, door = Path(sys.argv[1]), sys.argv[2]

def wait(*_):
    global wait
    wait = lambda *_: b"ours"
    print("at work", flush=True)
    sys.stdin.readline()
    return b"ours"

if door == "pack":
    from faceshards.packing.options import PackOptions
    from faceshards.packing.packer import Packer
    from faceshards.packing.sources.opening import open_source

    def progress(done, total):
        if done == total:  # the shard is still open
            wait()

    with closing(open_source(folder / "raw.zip", PackOptions().limits)) as archive:
        Packer(archive, folder, PackOptions(), force=True).run(progress)
elif door == "rewrite":
    from faceshards.shards.rewrite import rewrite
    rewrite(folder / "raw.tar", {"x.bin": lambda row: wait()})
else:
    from faceshards.curation.plan import StagePlan
    from faceshards.curation.run import run_shard
    from tests.curation.toy_stages import Light

    class Slow(Light):
        def means(self, clip, pictures):
            wait()
            return super().means(clip, pictures)

    run_shard(folder / "raw.tar", StagePlan((Slow(),)))
"""


def source(path: Path, shade: int) -> Path:
    """A zip of two clips of frames."""
    import io

    from PIL import Image

    with zipfile.ZipFile(path, "w") as out:
        for number in range(8):
            picture = io.BytesIO()
            Image.new("RGB", (32, 32), (shade, 9 * number, 0)).save(picture, "PNG")
            out.writestr(f"clip{number // 4}/{number}.png", picture.getvalue())
    return path


def pack(zipped: Path, folder: Path, force: bool = False):
    with closing(open_source(zipped, PackOptions().limits)) as archive:
        return Packer(archive, folder, PackOptions(), force).run()


def holder(folder: Path, door: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), door],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout.readline() == "at work\n"
    return process


def damaged(shard: Path):
    """What a look finds at a shard one bit of which is flipped; the bit is put right again."""
    good = shard.read_bytes()
    shard.write_bytes(good[:-3000] + bytes([good[-3000] ^ 1]) + good[-2999:])
    try:
        return check_up(shard, "bytes")
    finally:
        shard.write_bytes(good)


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix != ".lock"}


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Another source of the same name."""
    return source(tmp_path_factory.mktemp("other") / "raw.zip", shade=200)


@pytest.mark.parametrize("door", ["curate", pytest.param("rewrite", marks=pytest.mark.slow), "pack"])
def test_whoever_comes_second_is_told_and_changes_nothing(tmp_path, other, door):
    tar = tmp_path / "raw.tar"
    pack(source(tmp_path / "raw.zip", shade=7), tmp_path)
    found = damaged(tar)
    (tmp_path / "old").mkdir()
    with tarfile.open(tmp_path / "old" / "raw.tar", "w") as old:
        old.addfile(tarfile.TarInfo("a.mp4"))
    late = {
        "pack": lambda: pack(tmp_path / "raw.zip", tmp_path, force=True),
        "pack another source": lambda: pack(other, tmp_path, force=True),
        "rewrite": lambda: rewrite(tar, {"y.bin": lambda row: b"late"}),
        "write": lambda: ShardWriter(tar),
        "repair": lambda: repair(found, set_aside=True),
        "remove": lambda: remove_shard(tar),
        "legacy import": lambda: import_tar(tmp_path / "old" / "raw.tar", tmp_path, "v1", {}, force=True),
        "legacy export": lambda: export_tar(tmp_path / "old" / "raw.tar", tmp_path, "v1", force=True),
    }
    with holder(tmp_path, door) as first:
        before = tree(tmp_path)
        for name, write in late.items():
            with pytest.raises(StorageError, match="another process is writing it") as told:
                write()
            assert f"process {first.pid} of " in str(told.value), name
        assert tree(tmp_path) == before
        first.communicate("go on\n", timeout=60)
    assert first.returncode == 0
    with Shard(tar) as shard:
        made = {"curate": "light.npy", "rewrite": "x.bin", "pack": "mp4"}[door]
        assert shard.has(made) and len(shard) == 2 and not shard.has("y.bin")
    assert not list(tmp_path.glob(".*")), "a lock, a temporary file or a work folder was left"


def test_of_two_packs_of_one_name_the_second_finds_what_the_first_has_done(tmp_path, other):
    """The second has begun before the first one ends, and looks at what stands only when it may write."""
    mine = source(tmp_path / "raw.zip", shade=7)
    with (
        closing(open_source(mine, PackOptions().limits)) as one,
        closing(open_source(other, PackOptions().limits)) as two,
    ):
        again, foreign = Packer(one, tmp_path, PackOptions()), Packer(two, tmp_path, PackOptions())
        done = pack(mine, tmp_path)
        before = (tmp_path / "raw.tar").stat()
        assert again.run().shards == done.shards
        with pytest.raises(UsageError, match="was packed from another source"):
            foreign.run()
    assert os.path.samestat(before, (tmp_path / "raw.tar").stat())


def test_what_is_found_at_the_last_moment_keeps_a_shard_from_appearing(tmp_path):
    """Writers that know nothing of leases: another file under the name, other bytes in it, a lock that is removed."""
    tar, aside = tmp_path / "a.tar", tmp_path / "b.tar"
    for path in (tar, aside):
        with ShardWriter(path) as writer:
            writer.add("k", {"json": {"name": path.name}})

    def overwritten():
        aside.write_bytes(tar.read_bytes())
        os.replace(aside, tar)

    def scribbled():
        with tar.open("r+b") as file:
            file.write(b"#")

    for meddle, error in (
        (overwritten, Changed),
        (scribbled, Changed),
        (lambda: (tmp_path / ".a.tar.lock").unlink(), StorageError),
    ):
        with pytest.raises(error, match="run again"), ShardWriter(tar) as writer:
            writer.add("k", {"json": {"name": "new"}})
            meddle()
        assert b'"new"' not in tar.read_bytes() and not list(tmp_path.glob(".*"))


def test_a_shard_that_was_replaced_since_it_was_found_damaged_is_not_set_aside(tmp_path):
    tar = tmp_path / "raw.tar"
    pack(source(tmp_path / "raw.zip", shade=7), tmp_path)
    found = damaged(tar)
    pack(tmp_path / "raw.zip", tmp_path, force=True)
    before = tree(tmp_path)
    with pytest.raises(Changed):
        repair(found, set_aside=True)
    assert tree(tmp_path) == before
