"""What the grid asks for: what is looked at, how a filter spreads, a few clips of an order, their moving pictures."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from faceshards.shards.filters.recipes import expression_of, recipes
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.filter.clauses import clauses, plain_clause
from faceshards.viewer.pages.filter.facets import MOST_VALUES, Facets, FilteredRows
from faceshards.viewer.pages.grid_cards import grid_cards, usual_aspect
from faceshards.viewer.pages.order import Orders
from faceshards.viewer.pages.packet_group import packet_group
from faceshards.viewer.pages.poster import Posters
from faceshards.viewer.pages.scalar_list import scalar_list
from faceshards.viewer.server.query import number, order_of

#: Clips that are told of at once.
MOST_CARDS = 500
#: Pictures of a thumbnail: some seconds.
MOST_MOVING = 72
#: Scalars whose spread is told at once.
MOST_FACETS = 200


def grid_routes(collection: Collection) -> list[Route]:
    """The routes of a collection."""
    orders = Orders(collection)
    facets = Facets(orders.chosen)
    posters = Posters(collection)

    def part(request: Request) -> FilteredRows:
        return FilteredRows(orders.chosen.mask(request.query_params.get("where", "")), orders.chosen.shown)

    def dataset(request: Request) -> Response:
        return JSONResponse(
            {
                "rows": len(collection.rows),
                "removed": collection.removed,
                "where": collection.where or "",
                "broken": [{"shard": str(one), "reason": why} for one, why in collection.broken.items()],
                "shards": [place.name for place in collection.places],
                "scalars": scalar_list(collection),
                "recipes": [{"name": one.name, "where": one.where} for one in recipes()],
                "aspect": usual_aspect(collection),
            }
        )

    def renew() -> None:
        if orders.renew():
            facets.renew()

    def count(request: Request) -> Response:
        renew()
        return JSONResponse({"count": len(orders.rows(order_of(request)))})

    def spread(request: Request) -> Response:
        renew()
        where = request.query_params.get("where", "")
        names = dict.fromkeys(request.query_params.getlist("name")[:MOST_FACETS])
        chosen = part(request)
        return JSONResponse(
            {
                "count": int(np.count_nonzero(chosen.mask)),
                "of": len(collection.rows),
                "clauses": [_told(one) for one in clauses(expression_of(where))] if where.strip() else [],
                "facets": [facets.of(name, chosen) for name in names],
            }
        )

    def values(request: Request) -> Response:
        asked = request.query_params
        found = facets.values(asked.get("name", ""), part(request), asked.get("search", ""), MOST_VALUES)
        return JSONResponse(found)

    def cards(request: Request) -> Response:
        asked = order_of(request)
        rows = orders.rows(asked)
        start, most = number(request, "start", 0, 2**53), number(request, "count", 100, MOST_CARDS)
        return JSONResponse(grid_cards(collection, rows[start : start + most], [asked.sort] if asked.sort else []))

    def thumbnail(request: Request) -> Response:
        shown = ShownSample.of(*collection.locate(request.path_params["row"]))
        body = packet_group(shown.shard, shown.row, shown.facts, shown.clip, most=MOST_MOVING)
        return Response(body, media_type="application/octet-stream")

    def poster(request: Request) -> Response:
        return Response(posters.of(request.path_params["row"]), media_type="image/jpeg")

    return [
        Route("/api/dataset", dataset),
        Route("/api/count", count),
        Route("/api/spread", spread),
        Route("/api/values", values),
        Route("/api/cards", cards),
        Route("/thumbnail/{row:int}", thumbnail),
        Route("/poster/{row:int}", poster),
    ]


def _told(clause: str) -> dict[str, object]:
    """A clause: its `text`, and what it says where a page can draw that."""
    plain = plain_clause(clause)
    return {"text": clause, **({} if plain is None else asdict(plain))}
