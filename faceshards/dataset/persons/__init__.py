"""Whose clips they are: persons found by face and voice."""

__all__: list[str] = []
