"""How a store is reached, where the environment does not say it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from faceshards.errors import UsageError
from faceshards.shards.storage.remote.aws_files import boto3_module, credentials_of, endpoint_of, session_of
from faceshards.shards.storage.remote.reasons import without_secrets
from faceshards.shards.storage.url import Url

# A store that fails is asked again so often, after waits that double, with a random part (obstore's own).
_RETRIES = 6
_RETRY_SECONDS = 60
_FIRST_WAIT, _LONGEST_WAIT = timedelta(milliseconds=100), timedelta(seconds=5)
# Seconds that one request may take, its body included.
_LONGEST_REQUEST = 3600

_ENDPOINT = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d+)?(/[A-Za-z0-9._~%/-]*)?")


@dataclass(frozen=True)
class StoreOptions:
    """Options of a store. What is None is as the environment says: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE, AWS_SKIP_SIGNATURE, AWS_REQUEST_PAYER;
    GOOGLE_APPLICATION_CREDENTIALS; AZURE_STORAGE_ACCOUNT_NAME and the other usual ones; then as ~/.aws says (needs the
    extra `s3`): the credentials, region and endpoint_url of AWS_PROFILE or of [default].

    `endpoint`: the URL of a store that speaks S3. `profile`: of ~/.aws. `anonymous`: unsigned
    requests, for public buckets. `requester_pays`: the reader of the bucket pays. `timeout`: seconds without a byte
    after which a request is made again. A body that trickles is not silent: the client knows no least rate, so that
    only the end of the hour that a request may take in all ends it, with a StorageError.

    Raises UsageError for an endpoint that is no http(s)://HOST[:PORT], a timeout that is not above 0 and at most 3600
    seconds, and a value of the wrong kind.
    """

    endpoint: str | None = None
    profile: str | None = None
    region: str | None = None
    anonymous: bool | None = None
    requester_pays: bool | None = None
    timeout: float = 30.0

    def __post_init__(self) -> None:
        if self.endpoint is not None:
            _check_endpoint("endpoint", self.endpoint)
        for name in ("profile", "region"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and value and value.isprintable()):
                raise UsageError(f"{name} must be a name, got {value!r}: leave it out for the environment's")
        for name in ("anonymous", "requester_pays"):
            if getattr(self, name) not in (None, True, False):
                raise UsageError(
                    f"{name} must be True, False or None (as the environment says), got {getattr(self, name)!r}"
                )
        if not (isinstance(self.timeout, (int, float)) and 0 < self.timeout <= _LONGEST_REQUEST):
            raise UsageError(f"timeout must be seconds above 0, at most {_LONGEST_REQUEST}, got {self.timeout!r}")

    def arguments(self, url: Url) -> dict[str, Any]:
        """What obstore's `from_url` takes for a store. Raises UsageError for options that the scheme does not have, and
        for an endpoint of the environment that is none.
        """
        found: dict[str, Any] = {"client_options": self._client(url), "retry_config": _retry()}
        if url.scheme == "s3":
            return found | self._s3()
        given = [
            name for name in ("endpoint", "profile", "region", "requester_pays") if getattr(self, name) is not None
        ]
        if given:
            raise UsageError(f"{url}: {', '.join(given)} is an option of s3:// only: leave it out")
        if self.anonymous and url.scheme in ("gs", "az"):
            found["config"] = {"skip_signature": True}
        return found

    def _client(self, url: Url) -> dict[str, Any]:
        plain = url.scheme == "http" or (url.scheme == "s3" and (self._endpoint() or "").startswith("http://"))
        wait = timedelta(seconds=self.timeout)
        # `timeout` would bound the whole body, however large and slow; a stall is seen by the silence.
        return {
            "read_timeout": wait,
            "connect_timeout": wait,
            "timeout": timedelta(seconds=_LONGEST_REQUEST),
            "allow_http": plain,
        }

    def _endpoint(self) -> str | None:
        if self.endpoint is not None:
            return self.endpoint
        for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
            if value := os.environ.get(name):
                _check_endpoint(name, value)
                return value
        session = session_of(self.profile)
        value = endpoint_of(session) if session else None
        if value is not None:
            _check_endpoint("endpoint_url of ~/.aws", value)
        return value

    def _s3(self) -> dict[str, Any]:
        config: dict[str, Any] = {}
        if (endpoint := self._endpoint()) is not None:
            config["endpoint"] = endpoint
        if self.region is not None:
            config["region"] = self.region
        if self.anonymous is not None:
            config["skip_signature"] = self.anonymous
        if self.requester_pays is not None:
            config["request_payer"] = self.requester_pays
        found: dict[str, Any] = {"config": config}
        if self._asks_files() and (session := session_of(self.profile)):
            found["credential_provider"] = credentials_of(session, self.profile)
        return {name: value for name, value in found.items() if value is not None}

    def _asks_files(self) -> bool:
        """Whether credentials may come from ~/.aws: where requests are signed, and the environment has no keys."""
        unsigned = self.anonymous or os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in ("true", "1")
        return not unsigned and (self.profile is not None or "AWS_ACCESS_KEY_ID" not in os.environ)

    def boto3_client(self) -> Any:
        """A boto3 client of S3 with these options. Raises StorageError where boto3 is not installed, UsageError for an
        endpoint of the environment that is none.
        """
        boto3 = boto3_module()
        from botocore import UNSIGNED
        from botocore.config import Config

        session = boto3.Session(profile_name=self.profile, region_name=self.region)
        config = Config(
            retries={"max_attempts": _RETRIES, "mode": "standard"},
            connect_timeout=self.timeout,
            read_timeout=self.timeout,
            s3={"addressing_style": "path"} if self._endpoint() else {},
            signature_version=UNSIGNED if self.anonymous else None,
        )
        return session.client("s3", endpoint_url=self.endpoint, config=config)


def _check_endpoint(name: str, value: Any) -> None:
    """Raises UsageError for anything but an endpoint: obstore would panic over it."""
    if not _is_endpoint(value):
        shown = without_secrets(value) if isinstance(value, str) else value
        raise UsageError(f"{name} {shown!r}: say http://HOST:PORT or https://HOST, without a user or a query")


def _is_endpoint(value: Any) -> bool:
    if not (isinstance(value, str) and _ENDPOINT.fullmatch(value)):
        return False
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port  # which must be below 65536
        if ":" in host or host.rpartition(".")[2].isdigit():
            ip_address(host)
    except ValueError:
        return False
    return True


def _retry() -> dict[str, Any]:
    backoff = {"init_backoff": _FIRST_WAIT, "max_backoff": _LONGEST_WAIT, "base": 2}
    return {"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS), "backoff": backoff}
