"""The page server: every address begins with a token, and leads to a page, a fact or a member of the shards that are
looked at, and to nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from faceshards.dataset.judgements.judgement import judge_name
from faceshards.errors import FaceshardsError
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.server.clip_routes import clip_routes
from faceshards.viewer.server.dataset_routes import dataset_routes
from faceshards.viewer.server.grid_routes import grid_routes
from faceshards.viewer.server.guard import Guard
from faceshards.viewer.server.judge_routes import judge_routes
from faceshards.viewer.server.playing.playing_routes import playing_routes

STATIC = files("faceshards.viewer") / "static"


def page_server(
    collection: Collection, token: str, hosts: Sequence[str], read_only: bool = False, by: str = ""
) -> Guard:
    """The application: an ASGI callable. `hosts`: the names, with ports, by which a browser may ask for it, any where
    there is none. `read_only`: judgements stay out of the shards. `by`: who judges, by default the login name.
    """
    static = StaticFiles(directory=str(STATIC))
    app = Starlette(
        routes=[
            Mount(
                f"/{token}",
                routes=[
                    Route("/", _index),
                    Mount("/static", static),
                    *grid_routes(collection),
                    *clip_routes(collection),
                    *playing_routes(collection),
                    *dataset_routes(collection),
                    *judge_routes(collection, read_only, judge_name(by or None)),
                ],
            )
        ],
        exception_handlers={FaceshardsError: _refused, HTTPException: _not_there},
    )
    return Guard(app, token, hosts)


def _index(request: Request) -> Response:
    return Response((STATIC / "index.html").read_bytes(), media_type="text/html")


def _refused(request: Request, error: Exception) -> Response:
    """What our own errors say, as one line."""
    return JSONResponse({"error": str(error)}, 400)


def _not_there(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": str(error.detail)}, error.status_code)
