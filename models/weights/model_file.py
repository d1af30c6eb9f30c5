"""What is known of a model file: its size, its hash, its licence, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wheel:
    """A wheel on the user's package index, fetched as a file: it is never installed, and nothing of it is run.

    `requirement` names the version as pip does; `sha256` and `size` are those of the file `name`. All wheels of a
    version hold the same models, so the one for CPython 3.11 on Linux serves every machine.
    """

    requirement: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Weights:
    """One model file.

    `files`: names under which it circulates, the first is ours. `size` in bytes and `sha256` in hex are None where
    no publisher states them: then the user's own file is pinned by its hash when it is added. `commercial`: whether
    the licence allows commercial use; where none is stated, it does not. `url`: where `pull` gets it. `wheel`: the
    wheel that carries it, and its path inside. `package`: (import name, path inside it) of an installed package that
    carries the file.
    """

    name: str
    files: tuple[str, ...]
    size: int | None
    sha256: str | None
    licence: str
    source: str
    needed_by: str
    commercial: bool = False
    url: str | None = None
    wheel: tuple[Wheel, str] | None = None
    package: tuple[str, str] | None = None
