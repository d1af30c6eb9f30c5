"""What the page of the data set asks for: each part by itself, and made once; what takes long says how far it is."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from faceshards.errors import UsageError
from faceshards.viewer.pages.clip_rows import ClipRows
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.dataset.background import Background
from faceshards.viewer.pages.dataset.figures import figures
from faceshards.viewer.pages.dataset.making import making
from faceshards.viewer.pages.dataset.pair_list import pair_list
from faceshards.viewer.pages.dataset.person_map import laid_over, mapped_columns, person_map
from faceshards.viewer.pages.dataset.shard_rows import shard_health, shard_rows
from faceshards.viewer.server.query import number


def dataset_routes(collection: Collection) -> list[Route]:
    """The routes of a collection."""
    told = Background(lambda advance: figures(collection))
    made = Background(partial(making, collection))
    pairs = Background(lambda advance: pair_list(collection, ClipRows(collection)))
    maps = {name: Background(partial(_map, collection, name)) for name in mapped_columns(collection)}
    for name, one in maps.items():
        laid_over(collection, name, one.wait)

    def of_map(request: Request) -> Response:
        column = request.query_params.get("column", next(iter(maps), ""))
        if not maps:
            return JSONResponse({"columns": []})
        if column not in maps:
            raise UsageError(f"column {column[:40]!r}: a map is drawn of {', '.join(maps)}")
        found = maps[column].asked()
        record = maps[column].told() if found is None else found.record()
        crop = "face.jpg" in collection.stored.schema.names
        return JSONResponse({"columns": list(maps), "face": crop, **record})

    def shards(request: Request) -> Response:
        return JSONResponse(shard_rows(collection, number(request, "first", 0, len(collection.places))))

    def health(request: Request) -> Response:
        return JSONResponse(shard_health(collection, request.path_params["number"]))

    return [
        Route("/api/dataset/figures", _when_done(told)),
        Route("/api/dataset/making", _when_done(made)),
        Route("/api/dataset/pairs", _when_done(pairs)),
        Route("/api/dataset/map", of_map),
        Route("/api/dataset/shards", shards),
        Route("/api/dataset/health/{number:int}", health),
    ]


def _map(collection: Collection, column: str, advance: Any) -> Any:
    return person_map(collection, column, advance=advance)


def _when_done(work: Background[dict[str, Any]]) -> Any:
    """A page's answer: the result, or how far it is."""

    def answer(request: Request) -> Response:
        found = work.asked()
        return JSONResponse(work.told() if found is None else found)

    return answer
