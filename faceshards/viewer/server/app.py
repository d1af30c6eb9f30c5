"""The page's application: every address begins with a token, and leads to a page, a fact or a member of the shards that
are looked at, and to nothing else.
"""

from __future__ import annotations

from collections.abc import Collection as Names
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles

from faceshards.dataset.judgements.judgement import judge_name
from faceshards.errors import FaceshardsError
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.server.guard import LOOPBACK, OURS, Guard
from faceshards.viewer.server.renewed import Renewed

STATIC = files("faceshards.viewer") / "static"


def page_server(
    collection: Collection, token: str, hosts: Names[str] = LOOPBACK, read_only: bool = False, by: str = ""
) -> Guard:
    """The application: an ASGI callable. `hosts`: the names by which a browser may ask for it, any where there is none.
    `read_only`: judgements stay out of the shards. `by`: who judges, by default the login name.

    Raises UsageError for a name that is none.
    """
    by = judge_name(by or None)
    pages = Renewed(collection, lambda one: _pages(one, read_only, by))

    def index(request: Request) -> Response:
        pages.look()
        return Response((STATIC / "index.html").read_bytes(), media_type="text/html")

    static = StaticFiles(directory=str(STATIC))
    inside = [Route("/", index), Mount("/static", static), Mount("/", pages)]
    handlers = {FaceshardsError: _refused, HTTPException: _not_there, Exception: _unexpected}
    return Guard(Starlette(routes=[Mount(f"/{token}", routes=inside)], exception_handlers=handlers), token, hosts)


def _pages(collection: Collection, read_only: bool, by: str) -> Router:
    """What the page asks for. What decodes, draws and filters takes long to import: it is while the page loads."""
    from faceshards.viewer.server.clip.clip_routes import clip_routes
    from faceshards.viewer.server.dataset_routes import dataset_routes
    from faceshards.viewer.server.grid_routes import grid_routes
    from faceshards.viewer.server.judge_routes import judge_routes
    from faceshards.viewer.server.playing.playing_routes import playing_routes

    return Router(
        [
            *grid_routes(collection),
            *clip_routes(collection),
            *playing_routes(collection),
            *dataset_routes(collection),
            *judge_routes(collection, read_only, by),
        ]
    )


def _refused(request: Request, error: Exception) -> Response:
    """What our own errors say, as one line."""
    return JSONResponse({"error": " ".join(str(error).split())}, 400)


def _not_there(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": str(error.detail)}, error.status_code, error.headers)


def _unexpected(request: Request, error: Exception) -> Response:
    """The error goes on to `Guard`, which tells the terminal."""
    return JSONResponse({"error": OURS}, 500)
