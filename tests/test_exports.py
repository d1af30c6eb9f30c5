"""A package's names come from their modules when they are asked for; others are no attributes of it."""

import pytest

from faceshards.errors import UsageError
from faceshards.exports import lazy


def test_a_name_comes_from_its_home():
    fetch = lazy("faceshards", {"errors": "ShardError UsageError", "jobs.job": "Job"})
    assert fetch("UsageError") is UsageError and fetch("Job").__module__ == "faceshards.jobs.job"


def test_a_name_without_a_home_is_no_attribute():
    with pytest.raises(AttributeError, match="module 'faceshards' has no attribute 'Job'"):
        lazy("faceshards", {"errors": "UsageError"})("Job")
