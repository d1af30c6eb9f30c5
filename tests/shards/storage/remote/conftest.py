"""A store process for each module, and the environment that leads to it."""

import pytest

from faceshards.bench.object_store import ObjectStore
from faceshards.shards.storage.remote import StoreOptions


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with ObjectStore(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(running, monkeypatch):
    """A running store, healthy, its log empty, found through the environment."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    running.heal()
    running.slow(0)
    running.log(clear=True)
    return running


@pytest.fixture
def options(store):
    """Options that lead to the store, and lose patience soon."""
    return StoreOptions(endpoint=store.endpoint, timeout=1.0)
