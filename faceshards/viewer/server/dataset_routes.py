"""What the page of the data set asks for."""

from __future__ import annotations

from starlette.routing import Route

from faceshards.viewer.pages.collection import Collection


def dataset_routes(collection: Collection) -> list[Route]:
    """The routes of a collection."""
    return []
