"""What obstore and boto3 say becomes what happened and a remedy; the wordings here are quoted from them."""

import pytest

from faceshards.shards.storage.remote.reasons import answered, reason, without_secrets

RETRIED = "in 2.1s, after 6 retries, max_retries: 6, retry_timeout: 60s  - "
METADATA = "Error performing PUT http://169.254.169.254/latest/api/token in 2ms - HTTP error: error sending request"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"Generic S3 error: {METADATA}\n\nDebug source:\nkind: Connect,", "no credentials could be had: give some"),
        ("Generic GCS error: Error performing token request: x", "no credentials could be had: give some"),
        (
            f"Generic S3 error: Error performing list request: Error performing GET http://h/b?list-type=2 {RETRIED}"
            "Server returned non-2xx status code: 500 Internal Server Error: ",
            "the store answers 500 Internal Server Error: try again later",
        ),
        ("Client error with status 403 Forbidden", "the store answers 403 Forbidden: check the credentials"),
        ("Account must be\n specified", "Account must be specified: check the name, and the store's options"),
        ("GET https://me:pw@h/b?sig=x went wrong", "GET https://***@h/b went wrong: check the name"),
    ],
)
def test_what_obstore_says(text, said):
    assert reason(Exception(text)).startswith(said)


def test_what_boto3_says():
    theirs = pytest.importorskip("botocore.exceptions", reason="writing to S3 needs the extra s3")
    lost = theirs.EndpointConnectionError(endpoint_url="http://h/b/x?uploadId=secret")
    assert "secret" not in reason(lost) and reason(lost).endswith("environment variables")
    assert reason(theirs.NoCredentialsError()).startswith("no credentials could be had: give some (AWS_ACCESS")


def test_statuses_without_a_name():
    assert answered(599, "Odd") == "the store answers 599 (Odd): try again later"


def test_secrets_of_several_urls_on_several_lines():
    text = 'a http://u:p@h/x?sig=1 b\n "https://h2/y?q=2" c'
    assert without_secrets(text) == 'a http://***@h/x b "https://h2/y" c'


@pytest.mark.parametrize(
    ("scheme", "named"),
    [("s3", "AWS_ACCESS_KEY_ID"), ("gs", "GOOGLE_APPLICATION_CREDENTIALS"), ("az", "AZURE_STORAGE_ACCOUNT_KEY")],
)
def test_each_store_s_own_variables_are_named(scheme, named):
    lost = Exception("Generic error: Error performing token request: x")
    others = {"AWS_", "GOOGLE_", "AZURE_"} - {f"{named.partition('_')[0]}_"}
    for said in (reason(lost, scheme), answered(404, scheme=scheme), answered(400, scheme=scheme)):
        assert not any(word in said for word in others), said
    assert named in reason(lost, scheme)
