"""Files by which a project is known: they are read by others' programs, and speak of what is there."""

import re
from pathlib import Path

import pytest
import yaml

from faceshards import __version__

ROOT = Path(__file__).resolve().parents[2]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))


def read(path):
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


@pytest.mark.parametrize("form", [one for one in FORMS if one.name != "config.yml"], ids=lambda one: one.name)
def test_a_form_has_what_github_asks_of_one(form):
    told = read(form)
    assert told["name"] and told["description"] and told["labels"]
    ids = [part["id"] for part in told["body"]]
    assert len(set(ids)) == len(ids)
    for part in told["body"]:
        assert part["type"] in ("textarea", "input", "dropdown") and part["attributes"]["label"]
        assert part["type"] != "dropdown" or all(isinstance(one, str) for one in part["attributes"]["options"])


@pytest.mark.parametrize("name", ["ci", "release"])
def test_a_workflow_runs_what_is_there(name):
    steps = [step for job in read(f".github/workflows/{name}.yml")["jobs"].values() for step in job["steps"]]
    runs = [step["run"] for step in steps if "run" in step]
    assert runs
    for line in runs:
        words = line.split()
        assert words[0] != "make" or words[1] in TARGETS, line
        assert not words[0].startswith(".") or (ROOT / words[0]).is_file(), line


def test_only_the_job_that_publishes_may_say_who_it_is():
    jobs = read(".github/workflows/release.yml")["jobs"]
    assert {name for name, job in jobs.items() if "permissions" in job} == {"publish"}
    assert jobs["publish"]["environment"] == "pypi" and jobs["publish"]["permissions"] == {"id-token": "write"}


def test_hooks_run_programs_of_this_environment():
    (local,) = read(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    assert all(hook["language"] == "system" and hook["entry"].startswith(".venv/bin/") for hook in local["hooks"])


def test_the_version_to_come_heads_the_changes():
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert heads[0] == __version__.split(".dev")[0]


def test_how_to_cite_names_no_version_of_its_own():
    told = read("CITATION.cff")
    assert told["cff-version"] == "1.2.0" and told["title"] and told["authors"] and told["license"] == "MIT"
    assert "version" not in told, "the version stands in faceshards/__init__.py"
