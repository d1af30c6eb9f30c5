"""What is published: a source archive of all that is tracked, and a wheel of it that holds every module, and what a
type checker and a reader of the package need.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from faceshards import __version__

ROOT = Path(__file__).resolve().parent.parent
TOP = ("packing", "curation", "loaders", "models", "train", "infer", "bench", "recipes")


#: What work leaves in a checkout, as .gitignore has it.
LEFT = (".git", ".venv*", ".peers", ".oracles", ".pythons", ".wheels", ".*_cache", ".hypothesis", "__pycache__")
MADE = {"demo", "build", "dist", "site", "faceshards.egg-info"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The source archive of this checkout."""
    folder = tmp_path_factory.mktemp("archive")
    shutil.copytree(ROOT, folder / "checkout", symlinks=True, ignore=_left)
    return folder / built("sdist", folder / "checkout", folder)


@pytest.fixture(scope="module")
def wheel(archive, tmp_path_factory):
    """The wheel that is made of the archive."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / built("wheel", folder / archive.name.removesuffix(".tar.gz"), folder)


def _left(folder, names):
    made = MADE if Path(folder) == ROOT else {"findings"}
    return shutil.ignore_patterns(*LEFT)(folder, names) | (made & set(names))


def built(kind, source, folder):
    code = f"from setuptools import build_meta; print(build_meta.build_{kind}({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def inside(wheel):
    """The names of the wheel's files."""
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_archive_holds_all_that_is_tracked_and_its_links_are_links(archive):
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout: what is tracked is not known")
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    tracked = set(subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines())
    with tarfile.open(archive) as packed:
        members = {name.partition("/")[2]: one for name, one in ((one.name, one) for one in packed) if not one.isdir()}
    own = {"PKG-INFO", "setup.cfg"} | {name for name in members if name.startswith("faceshards.egg-info/")}
    assert set(members) - own == tracked
    links = {name: one.linkname for name, one in members.items() if one.issym()}
    assert links == {f"faceshards/{top}": f"../{top}" for top in TOP}


def test_the_version_stands_in_one_place(archive):
    assert archive.name == f"faceshards-{__version__}.tar.gz"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" in project["dynamic"] and "version" not in project


def test_every_module_is_in_it_under_the_one_import_name(inside):
    modules = {f"faceshards/{file.relative_to(ROOT / 'faceshards')}" for file in (ROOT / "faceshards").rglob("*.py")}
    modules |= {f"faceshards/{file.relative_to(ROOT)}" for top in TOP for file in (ROOT / top).rglob("*.py")}
    assert {name for name in inside if name.endswith(".py")} == modules


def test_types_recipes_and_the_page_are_in_it(inside):
    assert "faceshards/recipes/talking.toml" in inside
    page = {f"faceshards/viewer/report/{name}" for name in ("report.html.j2", "report.css")}
    assert {"faceshards/py.typed", "faceshards/completion/words.json", *page} <= inside
    static = ROOT / "faceshards" / "viewer" / "static"
    served = {f"faceshards/viewer/static/{file.relative_to(static)}" for file in static.rglob("*") if file.is_file()}
    assert len(served) > 15 and served <= inside


SCRIPT = """
from faceshards.curation import Stage
from faceshards.loaders import Loader, ShardDataset, Window

dataset = ShardDataset("train_set", ["mp4"], window=Window(16), seed=1)
reveal_type(dataset)
reveal_type(dataset.loader(8, 2))
reveal_type(Stage().marks)
ShardDataset("train_set", window="sixteen frames")
"""


def test_a_type_checker_sees_the_types_of_an_installed_wheel(wheel, tmp_path):
    """A script of a user's, outside the checkout, in an environment that holds nothing but the wheel."""
    pytest.importorskip("mypy")
    environment, script = tmp_path / "environment", tmp_path / "script.py"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python3*/site-packages")
    install = ["--quiet", "--no-deps", "--no-index", "--target", packages, wheel]
    subprocess.run([sys.executable, "-m", "pip", "install", *install], check=True)
    script.write_text(SCRIPT)
    python = ["--python-executable", environment / "bin" / "python", "--cache-dir", tmp_path / "cache"]
    words = [sys.executable, "-m", "mypy", *python, "--ignore-missing-imports", script]
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")}
    said = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True).stdout.splitlines()
    told = [line.split(": ", 1)[1].replace("builtins.", "") for line in said if not line.startswith("Found")]
    assert told == [
        'note: Revealed type is "faceshards.loaders.dataset.ShardDataset"',
        'note: Revealed type is "faceshards.loaders.serve.loader.Loader"',
        'note: Revealed type is "tuple[str, ...]"',
        'error: Argument "window" to "ShardDataset" has incompatible type "str"; expected "Window | None"  [arg-type]',
    ]


@pytest.mark.slow
def test_its_first_steps_from_an_empty_folder(wheel, tmp_path):
    """As `make wheels` takes them in bare environments; here beside the packages of this one, the wheel before them."""
    environment, empty = tmp_path / "environment", tmp_path / "empty"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python3*/site-packages")
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True, env=env)
    (packages / "beside.pth").write_text(sysconfig.get_path("purelib"))
    empty.mkdir()
    words = [environment / "bin" / "python", ROOT / ".ci" / "first_steps.py"]
    done = subprocess.run(words, cwd=empty, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "packed, curated, inspected" in done.stdout, done.stderr
