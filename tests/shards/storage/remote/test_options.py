import pytest

from faceshards.errors import StorageError, UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.storage.remote import Store, StoreOptions
from faceshards.shards.storage.url import Url
from tests.shards.storage.remote.test_objects import make, upload


def asked(store) -> dict:
    """The headers of the last object that was asked for."""
    return next(line["headers"] for line in reversed(store.log()) if line["operation"] == "GetObject")


def test_requests_are_signed_unless_anonymous(store, tmp_path):
    url = upload(store, make(tmp_path / "a.tar", samples=2))
    with Shard(url):
        assert "Credential=somebody/" in asked(store)["authorization"]
    with Shard(url, StoreOptions(anonymous=True)):
        assert "authorization" not in asked(store)


def test_the_requester_pays(store, tmp_path):
    url = upload(store, make(tmp_path / "a.tar", samples=2))
    with Shard(url):
        assert "x-amz-request-payer" not in asked(store)
    with Shard(url, StoreOptions(requester_pays=True)):
        assert asked(store)["x-amz-request-payer"] == "requester"


def test_the_region_is_signed(store, tmp_path):
    url = upload(store, make(tmp_path / "a.tar", samples=2))
    with Shard(url, StoreOptions(region="eu-north-1")):
        assert "/eu-north-1/s3/" in asked(store)["authorization"]


def test_a_profile_of_the_aws_files(store, tmp_path, monkeypatch):
    pytest.importorskip("boto3", reason="profiles need the extra s3")
    url = upload(store, make(tmp_path / "a.tar", samples=2))
    (tmp_path / "credentials").write_text("[lab]\naws_access_key_id = labkey\naws_secret_access_key = labsecret\n")
    (tmp_path / "config").write_text("[profile lab]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    with Shard(url, StoreOptions(profile="lab")):
        assert "Credential=labkey/" in asked(store)["authorization"] and "/eu-west-3/" in asked(store)["authorization"]
    monkeypatch.setenv("AWS_PROFILE", "lab")
    with Shard(url):
        assert "Credential=labkey/" in asked(store)["authorization"]
    with pytest.raises(StorageError, match="profile 'nobody'"):
        Shard(url, StoreOptions(profile="nobody"))


WRONG = [
    *[{"endpoint": text} for text in ("nonsense", "", "http://", "ftp://host", "http://h:port", "http://h:99999")],
    *[
        {"endpoint": text}
        for text in ("http://h/x y", "http://h?x=1", "http://u:p@h", "http://999.1.1.1", "http://[::z]")
    ],
    *[{"timeout": value} for value in (-1, 0, float("nan"), float("inf"), 3601, "5", None)],
    *[
        {"region": ""},
        {"region": "a\nb"},
        {"profile": ""},
        {"anonymous": "no"},
        {"requester_pays": "yes"},
        {"endpoint": 1},
    ],
]


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_values_are_refused_at_once(wrong):
    with pytest.raises(UsageError, match=rf"^{next(iter(wrong))} .*\S$") as caught:
        StoreOptions(**wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9000", "https://s3.lab", "http://[::1]:9/", "https://h/minio"])
def test_endpoints_that_are_some(endpoint):
    assert StoreOptions(endpoint=endpoint, timeout=0.5).endpoint == endpoint


def test_an_endpoints_secrets_are_not_shown():
    with pytest.raises(UsageError) as caught:
        StoreOptions(endpoint="https://me:secret@host/?signature=secret")
    assert "secret" not in str(caught.value) and "https://***@host/" in str(caught.value)


def test_an_endpoint_of_the_environment_that_is_none(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(UsageError, match=r"^AWS_ENDPOINT_URL 'nonsense': say http://HOST:PORT"):
        Store(Url.parse("s3://b"), StoreOptions())
    assert Store(Url.parse("http://127.0.0.1:9"), StoreOptions()), "it is S3's alone"


def test_google_and_azure_are_known(monkeypatch):
    """Neither is at hand here: what is seen is that the store is made, and that S3's options are refused."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    for root in ("gs://bucket", "az://container"):
        assert Store(Url.parse(root), StoreOptions(anonymous=True)).root.root == root
        with pytest.raises(UsageError, match="region is an option of s3"):
            Store(Url.parse(root), StoreOptions(region="x"))
