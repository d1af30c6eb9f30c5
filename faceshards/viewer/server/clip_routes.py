"""What the page of a clip asks for: its facts, its members by HTTP Range, its packets."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from faceshards.errors import UsageError
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.clip_page import clip_page
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.packet_group import packet_group
from faceshards.viewer.server.member_response import member_response


def clip_routes(collection: Collection) -> list[Route]:
    """The routes of a collection."""

    def sample(request: Request) -> ShownSample:
        return ShownSample.of(*collection.locate(request.path_params["row"]))

    def clip(request: Request) -> Response:
        return JSONResponse(clip_page(sample(request)))

    def media(request: Request) -> Response:
        shard, row = collection.locate(request.path_params["row"])
        return member_response(request, shard, row, request.path_params["column"])

    def packets(request: Request) -> Response:
        shown, asked = sample(request), request.query_params
        try:
            first, count = int(asked.get("first", "0")), int(asked.get("count", "1"))
        except ValueError:
            raise UsageError("first and count are whole numbers") from None
        body = packet_group(shown.shard, shown.row, shown.facts, request.path_params["column"], first, count)
        return Response(body, media_type="application/octet-stream")

    return [
        Route("/api/clip/{row:int}", clip),
        Route("/media/{row:int}/{column}", media),
        Route("/packets/{row:int}/{column}", packets),
    ]
