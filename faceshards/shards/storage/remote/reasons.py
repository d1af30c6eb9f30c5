"""Why a store did not do what was asked: its answer and what to do about it, in one line without a secret."""

from __future__ import annotations

import re
from http.client import responses

from faceshards.extras import install
from faceshards.secrets import masked

_ENDPOINT = "endpoint=/AWS_ENDPOINT_URL"
# scheme -> what its credentials are, where they are looked for; and what says that none are needed.
_CREDENTIALS = {
    "s3": (
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, profile=/AWS_PROFILE, or ~/.aws/credentials "
        f"(which {install('s3')} reads)",
        "AWS_SKIP_SIGNATURE=true",
    ),
    "gs": ("GOOGLE_APPLICATION_CREDENTIALS, the file of an account", "GOOGLE_SKIP_SIGNATURE=true"),
    "az": (
        "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
        "AZURE_SKIP_SIGNATURE=true",
    ),
}
REFUSED = "check the credentials and the bucket's policy"
_REMEDIES = {
    401: REFUSED,
    403: REFUSED,
    404: "check the bucket's name and {address}",
    416: "the object is shorter than it was: open it again, or restore it",
    429: "try again later, or with fewer workers",
    503: "try again later, or with fewer workers",
}
# obstore says this in its message and, for `_KIND`, in the dump behind it.
_STATUS = re.compile(r"status (?:code: )?(\d{3})")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_ADDRESS = re.compile(r"Error performing [A-Z]+ (https?://[^/\s?]+)")
_KIND = re.compile(r"kind: (Connect|Timeout|Interrupted)")
_DUMP = "Debug source"
# Where a machine in a cloud gets credentials: it is asked where none are given.
_METADATA = ("//169.254.169.254", "//169.254.170.", "//metadata.google.internal", "token request")


def answered(status: int, code: str = "", scheme: str = "s3") -> str:
    """What an HTTP status means (`code`: the store's own word for it), and the remedy, for a store of this scheme."""
    region = "check the credentials, region= and {address}" if scheme == "s3" else "check the credentials and {address}"
    otherwise = "try again later" if status >= 500 else region
    named = f"{status} {responses.get(status, '')}".strip() + (f" ({code})" if code else "")
    remedy = _REMEDIES.get(status, otherwise).format(address=_address(scheme))
    return f"the store answers {named}: {remedy}"


def _address(scheme: str) -> str:
    return _ENDPOINT if scheme == "s3" else "the address"


def reason(error: Exception, scheme: str = "s3") -> str:
    """What went wrong and the remedy, out of what obstore or boto3 raised about a store of this scheme."""
    said, _, dump = str(error).partition(_DUMP)
    if any(word in said for word in _METADATA) or type(error).__name__ == "NoCredentialsError":
        given, unsigned = _CREDENTIALS.get(scheme, ("a user in the URL", "nothing"))
        return f"no credentials could be had: give some ({given}), or say {unsigned} where the bucket is public"
    if status := _STATUS.search(said):
        code = _CODE.search(said)
        return answered(int(status[1]), code[1] if code else "", scheme)
    if "redirect" in said:
        region = "region=/AWS_REGION and " if scheme == "s3" else ""
        return f"the store sends us elsewhere: check {region}{_address(scheme)}"
    kind, address = _KIND.search(dump), _ADDRESS.search(said)
    if kind:
        return _broken(kind[1], address[1] if address else "the store", scheme)
    return f"{without_secrets(said)[:300]}: check the name, and the store's options and environment variables"


def unanswered(error: Exception) -> bool:
    """Whether what obstore raised leaves open what became of the request: the connection broke, or the store failed."""
    said, _, dump = str(error).partition(_DUMP)
    status = _STATUS.search(said)
    return int(status[1]) >= 500 if status else _KIND.search(dump) is not None


def _broken(kind: str, address: str, scheme: str) -> str:
    if kind == "Connect":
        where = without_secrets(address)
        return f"no connection to {where}: check {_address(scheme)} and the network, or try again later"
    if kind == "Timeout":
        return "the store was silent or too slow: try again later, or give it a longer timeout="
    return "the connection broke before all bytes came, time and again: try again later"


def without_secrets(text: str) -> str:
    """One line, without the queries (signatures) of URLs, their users (passwords) masked."""
    return masked(" ".join(re.sub(r"\?[^\s\"']*", "", text).split()))
