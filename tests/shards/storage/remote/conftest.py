"""A store process for each module, and the environment that leads to it."""

import os

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.shards.storage.remote import StoreOptions


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(running):
    """A running store, healthy, its log empty, found through the environment."""
    before = dict(os.environ)
    os.environ.update(running.environment)
    running.heal()
    running.slow(0)
    running.log(clear=True)
    yield running
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def options(store):
    """Options that lead to the store, and lose patience soon."""
    return StoreOptions(endpoint=store.endpoint, timeout=1.0)
