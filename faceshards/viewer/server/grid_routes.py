"""What the grid asks for: what is looked at, how many rows an order has, and a few of its clips."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from faceshards.shards.filters.recipes import recipes
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.grid_cards import grid_cards
from faceshards.viewer.pages.order import Orders
from faceshards.viewer.pages.scalar_list import scalar_list
from faceshards.viewer.server.query import number, order_of

#: Clips that are told of at once.
MOST_CARDS = 500


def grid_routes(collection: Collection) -> list[Route]:
    """The routes of a collection."""
    orders = Orders(collection)

    def dataset(request: Request) -> Response:
        return JSONResponse(
            {
                "rows": len(collection.rows),
                "removed": collection.removed,
                "where": collection.where or "",
                "shards": [place.name for place in collection.places],
                "scalars": scalar_list(collection),
                "recipes": [{"name": one.name, "where": one.where} for one in recipes()],
            }
        )

    def count(request: Request) -> Response:
        return JSONResponse({"count": len(orders.rows(order_of(request)))})

    def cards(request: Request) -> Response:
        asked = order_of(request)
        rows = orders.rows(asked)
        start, most = number(request, "start", 0, len(rows)), number(request, "count", 100, MOST_CARDS)
        return JSONResponse(grid_cards(collection, rows[start : start + most], [asked.sort] if asked.sort else []))

    return [Route("/api/dataset", dataset), Route("/api/count", count), Route("/api/cards", cards)]
