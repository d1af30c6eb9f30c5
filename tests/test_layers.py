"""The arrows of docs/design.md: each package, and each room of a package, imports only what stands below it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "faceshards"
ROOF = {"errors", "exports", "extras", "interrupt", "secrets", "terminal", "__version__"}  # what every package may use
GROUND = {"shards", "media", "jobs"}
ALLOWED = {
    "shards": set(),
    "media": {"shards"},
    "jobs": {"shards"},
    "models": {"shards", "media"},
    "packing": {"shards", "media", "jobs"},
    "curation": GROUND | {"models"},
    "loaders": {"shards", "media"},
    "dataset": GROUND,
}
EVERYTHING = GROUND | {"packing", "curation", "models", "loaders"}
ALLOWED |= {
    "train": EVERYTHING,
    "infer": EVERYTHING,
    "viewer": GROUND | {"loaders", "dataset"},
    "bench": EVERYTHING | {"train", "infer", "viewer"},
}
# Rooms of a package, the upper ones first: each may use those further down in its row, and all of the rows below.
# A loose file of a package is a room of its own.
ROOMS = {
    "media": [["clip", "cutting"], ["encode"], ["soundtrack"], ["video", "sound"], ["tables", "probe"],
              ["members", "container"],
              ["rotation", "timeline", "whole", "picture", "geometry", "mp4", "separation"], ["stills"]],
    "shards": [["repair"], ["rewrite", "append", "legacy", "kept"], ["reader", "writer"], ["filters"], ["index"],
               ["tar"], ["storage", "schema", "pickles"]],
    "loaders": [["mix"], ["dataset"], ["explain", "webdataset", "views", "paths"], ["serve"], ["units"], ["decode"],
                ["fetch"], ["plan"], ["faults"], ["arguments"]],
    "viewer": [["inspect", "server"], ["report"], ["pages", "lineage"], ["drawing"], ["summary"]],
}  # fmt: skip
NO_TORCH = ("shards", "media", "jobs", "viewer", "packing", "dataset")


def files(folder: Path) -> list[Path]:
    found = [file for file in folder.resolve().rglob("*.py")]
    assert found, folder
    return found


def imports(file: Path) -> set[str]:
    """Names that a file imports anywhere: at its top, in a function, under TYPE_CHECKING."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def below(package: str, room: str) -> set[str]:
    rows = ROOMS[package]
    level = next(number for number, row in enumerate(rows) if room in row)
    return {room, *(name for row in rows[level + 1 :] for name in row)}


def test_the_packages_of_the_checkout_are_links_of_the_one_import_name():
    links = {link.name: link for link in HOUSE.iterdir() if link.is_symlink()}
    tops = {folder.parent.name for folder in ROOT.glob("*/__init__.py")} - {"faceshards"}
    assert set(links) == tops
    assert all(str(link.readlink()) == f"../{name}" for name, link in links.items())


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_stands_below_it(package):
    allowed = ALLOWED[package] | {package} | ROOF
    for file in files(HOUSE / package):
        for name in imports(file):
            if name.startswith("faceshards."):
                assert name.split(".")[1] in allowed, f"{file.relative_to(ROOT)} imports {name}"
            bare = name.split(".")[0]
            assert bare not in ALLOWED, f"{file.relative_to(ROOT)} imports {name}: say faceshards.{name}"


@pytest.mark.parametrize("package", ROOMS)
def test_a_room_imports_only_what_stands_below_it(package):
    folder = (HOUSE / package).resolve()
    rooms = {name for row in ROOMS[package] for name in row}
    for file in files(folder):
        room = file.relative_to(folder).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        assert room in rooms, f"{file.relative_to(ROOT)} stands in no room that is drawn"
        for name in imports(file):
            if name.startswith(f"faceshards.{package}."):
                assert name.split(".")[2] in below(package, room), f"{file.relative_to(ROOT)} imports {name}"


def test_only_the_front_door_and_the_viewer_import_the_data_set_as_a_whole():
    for package in ALLOWED:
        if package not in ("dataset", "viewer"):
            for file in files(HOUSE / package):
                names = {name for name in imports(file) if name.startswith("faceshards.dataset")}
                assert not names, file


def test_only_the_front_door_and_the_demo_import_the_viewer():
    for file in files(ROOT / "bench"):
        names = {name for name in imports(file) if name.startswith("faceshards.viewer")}
        assert not names or file.parent.name == "demo", file


@pytest.mark.parametrize("package", NO_TORCH)
def test_the_ground_floor_needs_no_torch(package):
    for file in files(HOUSE / package):
        assert not {name.split(".")[0] for name in imports(file)} & {"torch"}, file


def test_packing_loads_no_library_that_a_kind_alone_needs():
    """Each takes up to half a second, and the command's start counts in every run."""
    loaded = "import sys, faceshards.packing.pack; print(sorted({'scipy', 'h5py', 'pandas'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == "[]"


def test_shards_need_no_codec_library():
    for file in files(HOUSE / "shards"):
        assert not {name.split(".")[0] for name in imports(file)} & {"av", "cv2", "ray"}, file
