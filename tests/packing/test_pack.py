"""The command as a user runs it: a process of its own, in any folder, that ends whole or leaves nothing."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from faceshards.__main__ import main
from faceshards.packing.pack import app
from faceshards.shards.reader import Shard

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packing" / "pack.py"


def start(*words, cwd: Path, **rest) -> subprocess.Popen:
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"} | {"COLUMNS": "200"}
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=cwd, env=environment, **pipes, **rest)


def run(*words, cwd: Path, **rest) -> tuple[int, str, str]:
    process = start(*words, cwd=cwd, **rest)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err + out
    return process.returncode, out, err


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_kind_has_its_command():
    kinds = {path.parent.name.replace("_", "-") for path in (ROOT / "packing" / "kinds").glob("*/command.py")}
    assert kinds == {command.name for command in app.registered_commands}


@pytest.fixture
def group(tmp_path, make, clip) -> Path:
    with zipfile.ZipFile(tmp_path / "group124.zip", "w") as out:
        for name, seed in (("Clip+b", 1), ("Clip+a", 2)):
            for i, body in enumerate(make.frames(5, seed=seed)):
                out.writestr(f"group124/{name}/{i:05d}.png", body)
        out.writestr("group124/video.mp4", clip)
        out.writestr("group124/cut.mp4", clip[:700])
    return tmp_path / "group124.zip"


def test_from_another_folder_beside_a_user_s_own_packages(group, tmp_path):
    work = tmp_path / "work"
    for decoy in ("models", "train", "packing", "shards", "media", "faceshards_"):
        (work / decoy).mkdir(parents=True)
        (work / decoy / "__init__.py").write_text("raise SystemExit('the decoy was imported')")
    code, out, err = run("--zip", "../group124.zip", cwd=work)
    assert code == 0, err
    assert listing(work)[-1] == "train" and {"group124.tar", "group124.parquet", "group124.pack.json"} < set(
        listing(work)
    )
    lines = [" ".join(line.replace("│", " ").split()) for line in out.splitlines()]
    assert lines[0] == "group124.zip: a zip of 2 folders of frames and 2 video files (mp4 2)"
    assert {"clips in 4", "packed 3", "rejected 1", "file group124.tar"} <= set(lines)
    assert any(line.startswith("truncated-media 1, such as 'cut'") for line in lines)
    with Shard(work / "group124.tar") as shard:
        assert shard.keys == ["Clip+a", "Clip+b", "video"]
    again = run("--zip", "../group124.zip", cwd=work)
    assert again[0] == 0 and "already packed" in again[1]


def test_the_front_door_and_all_options(group, tmp_path):
    options = ["--fps", "29.97", "--crf", "30", "--gop", "2", "--identity", "Clip.([ab])", "--collection", "VFHQ"]
    labels = [
        "--licence",
        "CC0",
        "--citation",
        "[1]",
        "--source",
        "web",
        "--max-bytes",
        "64K",
        "--limit",
        "3",
        "--json",
    ]
    code, out, err = run(group, "--out", tmp_path / "deep" / "er", *options, *labels, cwd=tmp_path)
    assert code == 0, err
    record = json.loads(out.splitlines()[-1])
    assert len(out.splitlines()) == 1 and "clips in" in err
    assert (record["seen"], record["whole"], record["failures"]) == (3, 2, 1)
    assert [Path(file).name for file in record["files"]] == ["group124-00000.tar"]
    with Shard(record["files"][0]) as shard:
        facts = shard.json(0)
    wanted = {"identity": "a", "collection": "VFHQ", "licence": "CC0", "citation": "[1]", "source": "web"}
    assert {name: facts[name] for name in wanted} == wanted and facts["fps"] == [30000, 1001]
    door = [sys.executable, "-m", "faceshards", "pack", str(group), "--limit", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(door, cwd=tmp_path, env=environment, check=True, capture_output=True)
    with Shard(tmp_path / "group124.tar") as shard:
        assert shard.keys == ["Clip+a"]


def test_help_teaches(tmp_path):
    code, out, _ = run("clips", "--help", cwd=tmp_path)
    assert code == 0 and "folder of pictures is a clip" in out and "--identity" in out


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["clips"], 2, "name one source"),
        (["a", "--zip", "b"], 2, "name one source"),
        (["absent.zip"], 2, "absent.zip: no such file"),
        (["--zip", "text"], 1, "neither a zip, nor a tar"),
        (["group124.zip", "--fps", "fast"], 2, "frame rate"),
        (["group124.zip", "--crf", "99"], 2, "--crf must be in [0, 51], got 99"),
        (["group124.zip", "--identity", "("], 2, "--identity must be a regular expression"),
        (["group124.zip", "--out", "text"], 1, "text"),
        (["group124.zip", "--out", "/proc/none"], 1, "/proc/none"),
        (["group124.zip", "--nonsense"], 2, "--nonsense"),
        (["group124.zip", "--min-frames", "7"], 1, "all 4 clips are rejected, no shard was made"),
    ],
)
def test_errors_are_one_line(group, tmp_path, words, code, line, monkeypatch, capsys):
    (tmp_path / "text").write_text("hello")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["pack", *words])
    err = capsys.readouterr().err.strip()
    assert left.value.code == code and line in err
    assert len(err.splitlines()) == 1 or line == "--nonsense"  # typer's own frame


def test_a_disk_that_fills_leaves_no_shard(make, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)], capture_output=True)
    if mount.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        for kind, source in many_sources(make, tmp_path).items():
            code, _, err = run(source, "--out", disk, cwd=tmp_path)
            assert code == 1 and "No space left on device: the disk is full" in err, kind
            assert len(err.strip().splitlines()) == 1
            assert [name for name in listing(disk) if not name.endswith(".pack.json")] == [], kind
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def many_sources(make, folder: Path) -> dict[str, Path]:
    """A folder of videos, whose size is known before, and a zip of frames, whose size is not; each beyond 128 KB."""
    rng_clip = make.mp4(40, width=160, height=120)
    videos = folder / "videos"
    videos.mkdir()
    for i in range(200_000 // len(rng_clip) + 1):
        (videos / f"{i}.mp4").write_bytes(rng_clip)
    with zipfile.ZipFile(folder / "frames.zip", "w") as out:
        for clip in range(200_000 // 6_000):
            for i, body in enumerate(make.frames(6, "JPEG", width=160, height=120)):
                out.writestr(f"{clip}/{i}.jpg", body)
    return {"videos": videos, "frames": folder / "frames.zip"}


def test_a_limit_on_file_size_is_told_as_such(make, tmp_path):
    source = many_sources(make, tmp_path)["frames"]
    out = tmp_path / "out"
    code, _, err = run(
        source, "--out", out, cwd=tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000,) * 2)
    )
    assert code == 1 and "File too large" in err and len(err.strip().splitlines()) == 1
    assert listing(out) == ["frames.pack.json"]
    assert json.loads((out / "frames.pack.json").read_bytes())["error"]


def test_a_read_only_folder(group, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(disk)], capture_output=True)
    if mount.returncode:
        pytest.skip("mounting a read-only disk is not allowed here")
    try:
        code, _, err = run(group, "--out", disk, cwd=tmp_path)
        assert code == 1 and "read-only" in err and len(err.strip().splitlines()) == 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def wait_for(found, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 40
    while not found():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.002)


@pytest.fixture
def slow(make, tmp_path) -> Path:
    """A zip whose packing takes some seconds."""
    with zipfile.ZipFile(tmp_path / "slow.zip", "w") as out:
        pictures = make.frames(12, "JPEG", width=320, height=240)
        for clip in range(16):
            for i, body in enumerate(pictures):
                out.writestr(f"{clip}/{i}.jpg", body)
    return tmp_path / "slow.zip"


def test_killed_anywhere_a_second_run_gives_the_same_bytes(slow, tmp_path):
    out, reference = tmp_path / "out", tmp_path / "reference"
    assert run(slow, "--out", reference, "--max-bytes", "100K", cwd=tmp_path)[0] == 0
    assert len(listing(reference)) > 7
    for milestone in (".slow-00000.tar.*.tmp", "slow-00001.tar"):
        process = start(slow, "--out", out, "--max-bytes", "100K", cwd=tmp_path)
        wait_for(lambda pattern=milestone: out.is_dir() and list(out.glob(pattern)), process)
        process.kill()
        process.communicate()
        for shard in out.glob("*.tar"):
            assert shard.read_bytes() == (reference / shard.name).read_bytes()  # whole or not there
    stopped = json.loads((out / "slow.pack.json").read_bytes())
    assert stopped["error"] == "not finished" and "slow-00000.tar" in stopped["shards"]
    assert run(slow, "--out", out, "--max-bytes", "100K", cwd=tmp_path)[0] == 0
    assert listing(out) == listing(reference)
    for name in listing(reference):
        if not name.endswith(".json"):
            assert (out / name).read_bytes() == (reference / name).read_bytes()


def heed_interrupts():
    """A shell makes the commands that it starts in the background deaf to them, and these their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_is_one_line_and_leaves_no_shard(slow, tmp_path):
    out = tmp_path / "out"
    process = start(slow, "--out", out, cwd=tmp_path, preexec_fn=heed_interrupts)
    wait_for(lambda: out.is_dir() and list(out.glob(".slow.tar.*.tmp")), process)
    time.sleep(0.2)  # well within the encoding of the next clips
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and "Traceback" not in err
    assert err.count("\n") == 1 and err.startswith("faceshards: interrupted: shards that were finished stand")
    assert listing(out) == ["slow.pack.json"]
    assert json.loads((out / "slow.pack.json").read_bytes())["error"] == "interrupted"
