"""Train, validation and test, with nobody on two sides."""

__all__: list[str] = []
