"""The Dockerfile, as far as it can be tried without a registry of images: its words, and the wheel of what it takes."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from faceshards.models.weights.registry import FOLDER_VARIABLE
from tests.docs.reader import look_at
from tests.examples.notebook import EXAMPLES, ROOT

FILE = EXAMPLES / "container" / "Dockerfile"
LINES = [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
STEPS = [line.split(maxsplit=1) for line in LINES]
#: Source -> target of what is copied from the checkout.
COPIED = [words.split() for step, words in STEPS if step == "COPY" and not words.startswith("--from")]


def said(step):
    return [words for name, words in STEPS if name == step]


def test_its_steps_are_dockers_and_its_stages_are_slim():
    assert {step for step, _ in STEPS} <= {
        *("FROM", "ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"),
    }
    assert said("FROM") == ["python:3.11-slim AS build", "python:3.11-slim"]
    (later,) = (words for words in said("COPY") if words.startswith("--from"))
    assert later == "--from=build /wheels /wheels"


def test_it_copies_the_checkouts_packages_and_no_more():
    links = {link.name: link.resolve().name for link in (ROOT / "faceshards").iterdir() if link.is_symlink()}
    folders = {source for *sources, _ in COPIED for source in sources if (ROOT / source).is_dir()}
    assert folders == {"faceshards", *links.values()}
    assert all((ROOT / source).exists() for *sources, _ in COPIED for source in sources)


def test_it_runs_the_command_as_somebody_who_is_not_root():
    assert said("USER") == ["faceshards"] and STEPS.index(["USER", "faceshards"]) < STEPS.index(["WORKDIR", "/data"])
    assert any("useradd --create-home --uid 1000 faceshards" in words for words in said("RUN"))
    assert f"{FOLDER_VARIABLE}=/weights" in " ".join(said("ENV")).split()
    (entry,), (default,) = said("ENTRYPOINT"), said("CMD")
    look_at(" ".join([*json.loads(entry), "pack", *json.loads(default)]))


def test_the_commands_that_it_shows_and_runs_are_there():
    shown = [
        f"faceshards {words}" for words in re.findall(r"^#   docker run .* faceshards (.+)$", FILE.read_text(), re.M)
    ]
    run = re.findall(r"faceshards weights [a-z]+ [a-z]+", " ".join(said("RUN")))
    assert len(shown) == 2 and len(run) == 1
    for line in [*shown, *run]:
        look_at(line)


def test_its_extras_are_the_packages(tmp_path):
    import tomllib

    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    asked = set(re.findall(r"EXTRAS=([a-z0-9,-]+)", FILE.read_text()))
    assert "all" in asked and {name for one in asked for name in one.split(",")} <= extras


@pytest.mark.slow
def test_the_wheel_of_what_it_copies_installs_by_its_line_and_is_whole(tmp_path):
    source, wheels, target = (tmp_path / name for name in ("src", "wheels", "target"))
    source.mkdir()
    for *sources, place in COPIED[:-1]:  # the last is constraints.txt, of the second stage
        for one in sources:
            if (ROOT / one).is_dir():
                shutil.copytree(ROOT / one, source / place, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / one, source / place)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(wheels)!r})"
    wheels.mkdir()
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}
    tracked = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tops = {link.name for link in (ROOT / "faceshards").iterdir() if link.is_symlink()}
    packages = {name for name in tracked.splitlines() if name.split("/")[0] in {*tops, "faceshards"}}
    assert {name if name.startswith("faceshards/") else f"faceshards/{name}" for name in packages} <= inside

    (line,) = (words for words in said("RUN") if words.startswith("pip install"))
    assert line.endswith('--constraint /wheels/constraints.txt "$(ls /wheels/*.whl)[$EXTRAS]"')
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*pip, f"{wheel}[all]"], check=True)
    environment = {**os.environ, "PYTHONPATH": str(target)}
    shown = subprocess.run(
        [sys.executable, target / "bin" / "faceshards", "recipes"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert shown.returncode == 0 and "talking-v1" in shown.stdout, shown.stderr
