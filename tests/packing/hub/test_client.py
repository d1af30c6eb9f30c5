"""What the Hub's stand-in, or nobody, answers: one line with a remedy, and no secret in it."""

import pytest

from faceshards.errors import SourceError, StorageError, UsageError
from faceshards.packing.hub.address import HubAddress
from faceshards.packing.hub.client import Hub, git_blob, hub_errors


def test_a_missing_right_a_missing_set_and_no_server_are_one_line(hub, monkeypatch):
    address = HubAddress.parse("hf://datasets/us/new")
    with pytest.raises(UsageError, match="no such data set, or a private one"):
        Hub(address).pinned()
    assert not Hub(address).exists()
    monkeypatch.setenv("HF_TOKEN", "hf_wrong_one")
    with pytest.raises(StorageError, match=r"the Hub answered 401: .*HF_TOKEN") as told:
        Hub(address).create(private=True)
    assert "hf_wrong_one" not in str(told.value)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(SourceError, match="HF_ENDPOINT") as told:
        Hub(address).pinned()
    assert len(str(told.value).splitlines()) == 1


def test_what_is_forbidden_by_the_environment_is_said(hub, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(SourceError, match=r"us/new: HF_HUB_OFFLINE forbids it to be asked: unset that$"):
        Hub(HubAddress.parse("hf://datasets/us/new")).pinned()


def test_no_signed_address_is_shown():
    address = HubAddress.parse("hf://datasets/us/new")
    with pytest.raises(StorageError) as told, hub_errors(address, StorageError):
        raise RuntimeError("PUT https://store/x?Signature=abc failed\nmore")
    assert "Signature" not in str(told.value) and "PUT an address failed" in str(told.value)


def test_git_s_name_of_a_file():
    assert git_blob(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"  # git hash-object
