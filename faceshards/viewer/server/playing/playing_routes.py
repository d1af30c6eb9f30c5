"""What a player asks for: how a clip plays, and the clip in a form that does."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.server.playing.member_response import member_response
from faceshards.viewer.server.playing.playable_cache import PlayableCache
from faceshards.viewer.server.playing.playable_response import LONG, Wanted, playable_response
from faceshards.viewer.server.playing.way import AS_IT_IS, way_of


def playing_routes(collection: Collection) -> list[Route]:
    """`api/playable/ROW/COLUMN`: how it plays, as JSON; `playable/ROW/COLUMN`: the bytes."""
    cache = PlayableCache()

    def told(request: Request) -> Response:
        row, column = request.path_params["row"], request.path_params["column"]
        way = way_of(*collection.locate(row), column)
        where = "media" if way.kind == AS_IT_IS else "playable"
        return JSONResponse(
            {
                "way": way.kind,
                "said": way.said,
                "voice": way.voice,
                "seconds": way.seconds,
                "seeks": way.kind == AS_IT_IS or way.seconds <= LONG,
                "address": f"{where}/{row}/{column}",
            }
        )

    async def playable(request: Request) -> Response:
        row, column = request.path_params["row"], request.path_params["column"]

        def begun() -> Response:
            shard, place = collection.locate(row)
            way = way_of(shard, place, column)
            if way.kind == AS_IT_IS:
                return member_response(request, shard, place, column)
            return playable_response(request, shard, place, column, way, cache, wanted)

        async with Wanted.by(request) as wanted:
            return await run_in_threadpool(begun)

    return [
        Route("/api/playable/{row:int}/{column}", told),
        Route("/playable/{row:int}/{column}", playable),
    ]
