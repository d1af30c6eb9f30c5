"""What the page of a clip asks for: facts, members by HTTP Range, packets, what is drawn on it and of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faceshards.errors import UsageError
from faceshards.shards.schema.codecs import encode
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.lineage.lineage import TracedSample
from faceshards.viewer.pages.clip.curves import curve_array
from faceshards.viewer.pages.clip.drawn_window import DrawnWindow
from faceshards.viewer.pages.clip.overlay_array import overlay_array
from faceshards.viewer.pages.clip.snippet import snippet
from faceshards.viewer.pages.clip.sound_pictures import heard, spectrum, waveform
from faceshards.viewer.pages.clip_page import clip_page
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.packet_group import packet_group
from faceshards.viewer.pages.poster import still
from faceshards.viewer.server.clip.window_query import draw_of, window_of
from faceshards.viewer.server.playing.member_response import member_response
from faceshards.viewer.server.query import number

_MOST = 2**31
#: Longer side of a picture that is shown in a player's place, in pixels.
_STILL = 1280


def clip_routes(collection: Collection) -> list[Route]:
    """The routes of a collection."""

    def sample(request: Request) -> ShownSample:
        return ShownSample.of(*collection.locate(request.path_params["row"]))

    def member(request: Request) -> Response:
        shard, row = collection.locate(request.path_params["row"])
        return member_response(request, shard, row, request.path_params["column"])

    def packets(request: Request) -> Response:
        shown, first, count = sample(request), number(request, "first", 0, _MOST), number(request, "count", 1, _MOST)
        return _bytes(packet_group(shown.shard, shown.row, shown.facts, request.path_params["column"], first, count))

    def picture(request: Request) -> Response:
        frame = number(request, "frame", 0, _MOST)
        return Response(still(sample(request), request.path_params["column"], frame, _STILL), media_type="image/jpeg")

    def overlay(request: Request) -> Response:
        first, count = number(request, "first", 0, _MOST), number(request, "count", 1, _MOST)
        part = request.query_params.get("part", "")
        return _array(overlay_array(sample(request), request.path_params["column"], part, first, count))

    def provenance(request: Request) -> Response:
        traced = TracedSample.of(*collection.locate(request.path_params["row"]))
        return _json(traced.lineage(request.path_params["column"]).record())

    def window(request: Request) -> DrawnWindow:
        return DrawnWindow.of(sample(request), window_of(request), *draw_of(request))

    def program(request: Request) -> Response:
        wanted = window_of(request) if "frames" in request.query_params else None
        return _json({"python": snippet(sample(request), wanted, *draw_of(request))})

    def of_sample(told: Callable[[ShownSample], Response]) -> Callable[[Request], Response]:
        return lambda request: told(sample(request))

    return [
        Route("/api/clip/{row:int}", of_sample(lambda shown: _json(clip_page(shown)))),
        Route("/api/provenance/{row:int}/{column}", provenance),
        Route("/api/window/{row:int}", lambda request: _json(window(request).record())),
        Route("/api/snippet/{row:int}", program),
        Route("/media/{row:int}/{column}", member),
        Route("/packets/{row:int}/{column}", packets),
        Route("/still/{row:int}/{column}", picture),
        Route("/times/{row:int}", of_sample(lambda shown: _array(shown.opened(shown.clip).times))),
        Route("/overlay/{row:int}/{column}", overlay),
        Route(
            "/curve/{row:int}/{column}",
            lambda request: _array(curve_array(sample(request), request.path_params["column"])),
        ),
        Route("/waveform/{row:int}", of_sample(lambda shown: _array(waveform(heard(shown))))),
        Route("/spectrum/{row:int}", of_sample(lambda shown: _array(spectrum(heard(shown))))),
        Route("/stills/{row:int}", lambda request: Response(window(request).sheet(), media_type="image/jpeg")),
    ]


def _json(value: Any) -> Response:
    """As JSON in ASCII: a name may hold what is no UTF-8. Raises UsageError for a number that JSON does not know."""
    try:
        return Response(json.dumps(value, allow_nan=False), media_type="application/json")
    except ValueError as error:
        raise UsageError(f"the sample's json is none: {error}") from error


def _array(values: np.ndarray) -> Response:
    return _bytes(encode("array.npy", values))


def _bytes(body: bytes) -> Response:
    return Response(body, media_type="application/octet-stream")
