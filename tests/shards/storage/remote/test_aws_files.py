"""The files of ~/.aws, read as AWS's own tools read them: [default], a profile, its endpoint; the environment first."""

import sys

import pytest

from faceshards.errors import StorageError
from faceshards.shards.reader import Shard
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.remote.aws_files import endpoint_of, session_of
from tests.shards.storage.remote.test_objects import make, upload
from tests.shards.storage.remote.test_options import asked

pytest.importorskip("boto3", reason="profiles need the extra s3")

CREDENTIALS = """
[default]
aws_access_key_id = defaultkey
aws_secret_access_key = s
[lab]
aws_access_key_id = labkey
aws_secret_access_key = s
"""


@pytest.fixture
def files(store, monkeypatch, tmp_path):
    """Files that name the store as the endpoint of [default] and, by a service, of lab; nothing in the environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(CREDENTIALS)
    (tmp_path / ".aws" / "config").write_text(
        f"[default]\nregion = eu-west-3\nendpoint_url = {store.endpoint}\n"
        f"[profile lab]\nregion = eu-west-1\nservices = here\n"
        f"[services here]\ns3 =\n  endpoint_url = {store.endpoint}\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".aws"


@pytest.fixture
def url(store, tmp_path):
    return upload(store, make(tmp_path / "a.tar", samples=2))


def test_default_and_its_endpoint_are_taken_where_nothing_is_said(store, files, url):
    with Shard(url):
        assert "Credential=defaultkey/" in asked(store)["authorization"]
        assert "/eu-west-3/" in asked(store)["authorization"]
    assert StoreOptions().boto3_client().meta.endpoint_url == store.endpoint, "what writes goes there, too"


def test_a_profile_s_endpoint_may_be_that_of_its_services(store, files, url, monkeypatch):
    with Shard(url, StoreOptions(profile="lab")):
        assert "Credential=labkey/" in asked(store)["authorization"]
    monkeypatch.setenv("AWS_PROFILE", "lab")
    with Shard(url):
        assert "Credential=labkey/" in asked(store)["authorization"]
    assert endpoint_of(session_of(None)) == store.endpoint


def test_the_environment_comes_first_as_it_does_for_aws_itself(store, files, url, monkeypatch):
    (files / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:9\n")
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_PROFILE", "lab")
    (files / "config").write_text("[default]\n[profile lab]\nendpoint_url = http://127.0.0.1:9\n")
    with Shard(url):
        assert "Credential=somebody/" in asked(store)["authorization"]


def test_an_endpoint_that_is_none_is_named(files):
    (files / "config").write_text("[default]\nendpoint_url = http://u:secret@h\n")
    with pytest.raises(Exception, match=r"endpoint_url of ~/\.aws 'http://\*\*\*@h': say http://HOST:PORT"):
        Shard("s3://bucket/a.tar")


def test_without_boto3_only_who_named_a_profile_is_told(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert session_of(None) is None
    with pytest.raises(StorageError, match=r"pip install 'faceshards\[s3\]'"):
        session_of("lab")


def test_files_that_are_not_there_have_no_say(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert session_of(None) is None
