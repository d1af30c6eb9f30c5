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
    asked = _Grid(collection)
    return [
        Route("/api/dataset", asked.dataset),
        Route("/api/count", asked.count),
        Route("/api/spread", asked.spread),
        Route("/api/values", asked.values),
        Route("/api/cards", asked.cards),
        Route("/thumbnail/{row:int}", asked.thumbnail),
        Route("/poster/{row:int}", asked.poster),
    ]


class _Grid:
    """What answers them, with what it remembers from one to the next."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._orders = Orders(collection)
        self._facets = Facets(self._orders.chosen)
        self._posters = Posters(collection)

    def dataset(self, request: Request) -> Response:
        """What is looked at, and by what it can be filtered."""
        shown = self._collection
        return JSONResponse(
            {
                "rows": len(shown.rows),
                "removed": shown.removed,
                "where": shown.where or "",
                "broken": [{"shard": str(one), "reason": why} for one, why in shown.broken.items()],
                "shards": [place.name for place in shown.places],
                "scalars": scalar_list(shown),
                "recipes": [{"name": one.name, "where": one.where} for one in recipes()],
                "aspect": usual_aspect(shown),
            }
        )

    def count(self, request: Request) -> Response:
        """How many clips an order has."""
        self._renew()
        return JSONResponse({"count": len(self._orders.rows(order_of(request)))})

    def spread(self, request: Request) -> Response:
        """How scalars spread over the clips that a filter chooses, and what the filter is made of."""
        self._renew()
        where = request.query_params.get("where", "")
        names = dict.fromkeys(request.query_params.getlist("name")[:MOST_FACETS])
        chosen = self._part(request)
        return JSONResponse(
            {
                "count": int(np.count_nonzero(chosen.mask)),
                "of": len(self._collection.rows),
                "clauses": [_told(one) for one in clauses(expression_of(where))] if where.strip() else [],
                "facets": [self._facets.of(name, chosen) for name in names],
            }
        )

    def values(self, request: Request) -> Response:
        """The values of a text, and how many clips have each."""
        asked = request.query_params
        name, search = asked.get("name", ""), asked.get("search", "")
        return JSONResponse(self._facets.values(name, self._part(request), search, MOST_VALUES))

    def cards(self, request: Request) -> Response:
        """A few clips of an order."""
        asked = order_of(request)
        rows = self._orders.rows(asked)
        start, most = number(request, "start", 0, 2**53), number(request, "count", 100, MOST_CARDS)
        scalars = [asked.sort] if asked.sort else []
        return JSONResponse(grid_cards(self._collection, rows[start : start + most], scalars))

    def thumbnail(self, request: Request) -> Response:
        """The packets of a clip's first pictures."""
        shown = ShownSample.of(*self._collection.locate(request.path_params["row"]))
        body = packet_group(shown.shard, shown.row, shown.facts, shown.clip, most=MOST_MOVING)
        return Response(body, media_type="application/octet-stream")

    def poster(self, request: Request) -> Response:
        """A clip's first picture."""
        return Response(self._posters.of(request.path_params["row"]), media_type="image/jpeg")

    def _part(self, request: Request) -> FilteredRows:
        chosen = self._orders.chosen
        return FilteredRows(chosen.mask(request.query_params.get("where", "")), chosen.shown)

    def _renew(self) -> None:
        if self._orders.renew():
            self._facets.renew()


def _told(clause: str) -> dict[str, object]:
    """A clause: its `text`, and what it says where a page can draw that."""
    plain = plain_clause(clause)
    return {"text": clause, **({} if plain is None else asdict(plain))}
