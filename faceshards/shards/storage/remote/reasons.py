"""Why a store did not do what was asked: its answer and what to do about it, in one line without a secret."""

from __future__ import annotations

import re
from http.client import responses

REFUSED = "check the credentials and the bucket's policy"
_REMEDIES = {
    401: REFUSED,
    403: REFUSED,
    404: "check the bucket's name and endpoint=/AWS_ENDPOINT_URL",
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


def answered(status: int, code: str = "") -> str:
    """What an HTTP status means (`code`: the store's own word for it), and the remedy."""
    otherwise = "try again later" if status >= 500 else "check the credentials, region= and endpoint=/AWS_ENDPOINT_URL"
    named = f"{status} {responses.get(status, '')}".strip() + (f" ({code})" if code else "")
    return f"the store answers {named}: {_REMEDIES.get(status, otherwise)}"


def reason(error: Exception) -> str:
    """What went wrong and the remedy, out of what obstore or boto3 raised."""
    said, _, dump = str(error).partition(_DUMP)
    if any(word in said for word in _METADATA):
        return "no credentials could be had: give some (AWS_ACCESS_KEY_ID, profile=), or say anonymous=True"
    if status := _STATUS.search(said):
        code = _CODE.search(said)
        return answered(int(status[1]), code[1] if code else "")
    if "redirect" in said:
        return "the store sends us elsewhere: check region=/AWS_REGION and endpoint=/AWS_ENDPOINT_URL"
    kind, address = _KIND.search(dump), _ADDRESS.search(said)
    if kind:
        return _broken(kind[1], address[1] if address else "the store")
    return f"{without_secrets(said)[:300]}: check the name, and the store's options and environment variables"


def unanswered(error: Exception) -> bool:
    """Whether what obstore raised leaves open what became of the request: the connection broke, or the store failed."""
    said, _, dump = str(error).partition(_DUMP)
    status = _STATUS.search(said)
    return int(status[1]) >= 500 if status else _KIND.search(dump) is not None


def _broken(kind: str, address: str) -> str:
    if kind == "Connect":
        where = without_secrets(address)
        return f"no connection to {where}: check endpoint=/AWS_ENDPOINT_URL and the network, or try again later"
    if kind == "Timeout":
        return "the store was silent or too slow: try again later, or give it a longer timeout="
    return "the connection broke before all bytes came, time and again: try again later"


def without_secrets(text: str) -> str:
    """One line, without the queries (signatures) and the users (passwords) of URLs."""
    return " ".join(re.sub(r"//[^/\s@]*@", "//", re.sub(r"\?[^\s\"']*", "", text)).split())
