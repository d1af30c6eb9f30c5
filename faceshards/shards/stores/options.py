"""How a store is reached, where the environment does not say it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from faceshards.errors import StorageError, UsageError
from faceshards.shards.stores.url import Url

# A store that fails is asked again so often, after waits that double, with a random part (obstore's own).
_RETRIES = 6
_RETRY_SECONDS = 60
_FIRST_WAIT, _LONGEST_WAIT = timedelta(milliseconds=100), timedelta(seconds=5)


@dataclass(frozen=True)
class StoreOptions:
    """Options of a store. What is None is as the environment says: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE, AWS_SKIP_SIGNATURE, AWS_REQUEST_PAYER;
    GOOGLE_APPLICATION_CREDENTIALS; AZURE_STORAGE_ACCOUNT_NAME and the other usual ones.

    `endpoint`: the URL of a store that speaks S3. `profile`: of ~/.aws (needs the extra `s3`). `anonymous`: unsigned
    requests, for public buckets. `requester_pays`: the reader of the bucket pays. `timeout`: seconds without a byte
    after which a request is made again.
    """

    endpoint: str | None = None
    profile: str | None = None
    region: str | None = None
    anonymous: bool | None = None
    requester_pays: bool | None = None
    timeout: float = 30.0

    def arguments(self, url: Url) -> dict[str, Any]:
        """What obstore's `from_url` takes for a store. Raises UsageError for options that the scheme does not have."""
        found: dict[str, Any] = {"client_options": self._client(url), "retry_config": _retry()}
        if url.scheme == "s3":
            return found | self._s3()
        given = [
            name for name in ("endpoint", "profile", "region", "requester_pays") if getattr(self, name) is not None
        ]
        if given:
            raise UsageError(f"{url}: {', '.join(given)} is an option of s3:// only")
        if self.anonymous and url.scheme in ("gs", "az"):
            found["config"] = {"skip_signature": True}
        return found

    def _client(self, url: Url) -> dict[str, Any]:
        plain = url.scheme == "http" or (self._endpoint() or "").startswith("http://")
        wait = timedelta(seconds=self.timeout)
        # `timeout` would bound the whole body, however large and slow; a stall is seen by the silence.
        return {"read_timeout": wait, "connect_timeout": wait, "timeout": timedelta(hours=1), "allow_http": plain}

    def _endpoint(self) -> str | None:
        return self.endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")

    def _s3(self) -> dict[str, Any]:
        config: dict[str, Any] = {}
        if self.endpoint is not None:
            config["endpoint"] = self.endpoint
        if self.region is not None:
            config["region"] = self.region
        if self.anonymous is not None:
            config["skip_signature"] = self.anonymous
        if self.requester_pays is not None:
            config["request_payer"] = self.requester_pays
        found: dict[str, Any] = {"config": config}
        profile = self.profile or os.environ.get("AWS_PROFILE")
        if profile and not self.anonymous:
            found["credential_provider"] = _of_profile(profile)
        return found

    def boto3_client(self) -> Any:
        """A boto3 client of S3 with these options. Raises StorageError where boto3 is not installed."""
        boto3 = _boto3()
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


def _retry() -> dict[str, Any]:
    backoff = {"init_backoff": _FIRST_WAIT, "max_backoff": _LONGEST_WAIT, "base": 2}
    return {"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS), "backoff": backoff}


def _of_profile(profile: str) -> Any:
    boto3 = _boto3()
    from botocore.exceptions import ProfileNotFound
    from obstore.auth.boto3 import Boto3CredentialProvider

    try:
        return Boto3CredentialProvider(boto3.Session(profile_name=profile))
    except (ProfileNotFound, ValueError) as error:
        raise StorageError(f"profile {profile!r} of ~/.aws gives no credentials ({error}): name another") from error


def _boto3() -> Any:
    try:
        import boto3
    except ImportError as error:
        raise StorageError("writing to S3 and profiles need boto3: pip install 'faceshards[s3]'") from error
    return boto3
