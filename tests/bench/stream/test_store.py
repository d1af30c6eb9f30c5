"""A slow store: found through the environment, filled, and read by plans that do what their names say."""

import os
from dataclasses import replace

import pytest

from faceshards.bench.stream.scale import QUICK
from faceshards.bench.stream.store import _epoch, _planner, _Streaming, running, upload
from faceshards.loaders.fetch.spans import Link


def test_the_environment_leads_to_the_store_and_is_as_it_was_afterwards(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_REGION", "mine")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    before = dict(os.environ)
    with pytest.raises(KeyError, match="within"), running(tmp_path / "store") as store:
        assert os.environ["AWS_ENDPOINT_URL"] == store.endpoint and os.environ["AWS_REGION"] != "mine"
        raise KeyError("within")
    assert dict(os.environ) == before


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with running(tmp_path_factory.mktemp("store") / "store") as store:
        yield store


def test_files_go_up_under_their_paths_and_hidden_ones_stay(store, tmp_path):
    for name in ("b.tar", "deep/a.bin", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert upload(store, tmp_path, "pre") == ["bucket/pre/b.tar", "bucket/pre/deep/a.bin"]
    assert store.get("bucket/pre/deep/a.bin") == b"deep/a.bin"


def test_the_two_pure_plans_read_what_they_say_and_the_chosen_one_is_held_against_them(store, tmp_path):
    scale = replace(QUICK, latencies=(0.0,), shares=(0.02,))
    (figure,) = _planner(scale, tmp_path, store)
    assert figure.peers == {"0 ms, 2%": round(figure.value, 2)}
    sent = {}
    for name, link in (("ranges", Link(0.0)), ("stream", _Streaming(0.0))):
        run = _epoch(0.02, link)
        store.log(clear=True)
        run()
        bodies = [one for one in store.log() if one["operation"] == "GetObject" and one["key"].endswith(".tar")]
        sent[name] = sum(one["sent"] for one in bodies)
    assert 40 * 3_800 <= sent["ranges"] < 40 * 20_000  # 2 % of 2,000 members of 4,000 bytes, and small gaps
    assert sent["stream"] > 5_000_000  # nearly all that lies between the first and the last of them
