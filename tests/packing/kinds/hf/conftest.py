"""The stand-in of the Hub, as `tests/packing/hub` has it."""

from tests.packing.hub.conftest import hub, server

__all__ = ["hub", "server"]
