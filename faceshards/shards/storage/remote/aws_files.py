"""What the files of ~/.aws say of a profile: its credentials, its region, the endpoint of its S3.

boto3 (the extra `s3`) reads them, in AWS's own order: a profile that is named by the caller is all that counts; else
the environment's keys come first, then AWS_PROFILE, then [default].
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from faceshards.errors import StorageError
from faceshards.extras import install

_FILES = {"AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials", "AWS_CONFIG_FILE": "~/.aws/config"}


def stamps() -> list[tuple[str, str]]:
    """The files that are there, each with the time of its last change in ns."""
    places = [Path(os.environ.get(name, file)).expanduser() for name, file in _FILES.items()]
    return [(str(place), str(place.stat().st_mtime_ns)) for place in places if place.is_file()]


def boto3_module() -> Any:
    """boto3. Raises StorageError where it is not installed."""
    try:
        import boto3
    except ImportError as error:
        raise StorageError(f"writing to S3 and profiles need boto3: {install('s3')}") from error
    return boto3


def session_of(profile: str | None, region: str | None = None) -> Any:
    """The boto3 session of a profile, or of the environment's; None where the files have no say: there are none, or
    nobody named a profile and boto3 is not there to read them. Raises StorageError for a profile that is not there.
    """
    named = profile or os.environ.get("AWS_PROFILE")
    if not named and not stamps():
        return None
    try:
        boto3 = boto3_module()
    except StorageError:
        if named:
            raise
        return None
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.Session(profile_name=profile, region_name=region)
    except BotoCoreError as error:
        raise _no_profile(named, error) from error


def credentials_of(session: Any, profile: str | None) -> Any:
    """obstore's provider of a session's credentials; None where it has none and nobody named a profile. Raises
    StorageError where one was named.
    """
    from botocore.exceptions import BotoCoreError
    from obstore.auth.boto3 import Boto3CredentialProvider

    named = profile or os.environ.get("AWS_PROFILE")
    try:
        return Boto3CredentialProvider(session)
    except (BotoCoreError, ValueError) as error:
        if named:
            raise _no_profile(named, error) from error
        return None


def endpoint_of(session: Any) -> str | None:
    """The endpoint that the profile's `endpoint_url`, or that of its `services`, names for S3."""
    from botocore.configprovider import ConfiguredEndpointProvider
    from botocore.session import Session

    files = Session(profile=session.profile_name if session.profile_name in session.available_profiles else None)
    found = ConfiguredEndpointProvider(files.full_config, files.get_scoped_config(), "s3").provide()
    return found if isinstance(found, str) else None


def _no_profile(profile: str | None, error: Exception) -> StorageError:
    return StorageError(f"profile {profile!r} of ~/.aws gives no credentials ({error}): name another")
