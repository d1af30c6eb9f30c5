"""The portraits of `tests/loaders/units/portrait`."""

from tests.loaders.units.portrait.conftest import footage, write

__all__ = ["footage", "write"]
