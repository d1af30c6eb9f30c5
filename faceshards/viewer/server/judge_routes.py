"""What a judgement is sent to, and read from."""

from __future__ import annotations

from starlette.routing import Route

from faceshards.viewer.pages.collection import Collection


def judge_routes(collection: Collection, read_only: bool) -> list[Route]:
    """The routes of a collection."""
    return []
