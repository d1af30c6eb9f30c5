"""Recipes that come with the package: files of named filters, no code. `faceshards recipes` lists them."""

__all__: list[str] = []
