"""`faceshards view`: look at shards in a browser."""

from __future__ import annotations

import json
import secrets
import socket
import webbrowser
from typing import Annotated

import typer

from faceshards.errors import UsageError
from faceshards.terminal import Screen, plain

_HERE = ("127.0.0.1", "localhost", "::1")


def view(
    paths: Annotated[list[str], typer.Argument(help="Shards (.tar), or folders that hold some; paths or URLs.")],
    port: Annotated[int, typer.Option(help="The port; by default a free one.", min=0, max=65535)] = 0,
    where: Annotated[str | None, typer.Option(help="Only samples for which this holds, or a recipe's name.")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Judgements are not written into the shards.")] = False,
    by: Annotated[str | None, typer.Option(help="Who judges; by default your login name.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen at; others than this machine need --expose.")] = (
        "127.0.0.1"
    ),
    expose: Annotated[bool, typer.Option("--expose", help="Let other machines open the page.")] = False,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Say where the page is as one JSON object.")] = False,
) -> None:
    """Look at clips in a browser: played from inside their tars, with what was found in them drawn on.

    The page is this machine's alone, and its address holds a token. Ctrl-C ends it.

    Examples:

      faceshards view train_set/VFHQ

      faceshards view s3://bucket/train_set --where "face_share > 0.9" --read-only
    """
    if host not in _HERE and not expose:
        raise UsageError(f"--host {host}: other machines could open the page: say --expose as well")
    import uvicorn

    from faceshards.viewer.pages.collection import Collection
    from faceshards.viewer.server.app import page_server

    collection = Collection(paths, where)
    token = secrets.token_urlsafe(16)
    with _listening(host, port) as ear:
        port = ear.getsockname()[1]
        shown = "127.0.0.1" if host in ("127.0.0.1", "0.0.0.0") else host
        url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/{token}/"
        told = {"url": url, "clips": len(collection.rows), "shards": len(collection.places)}
        if as_json:
            typer.echo(json.dumps(told))
        else:
            Screen().print(plain(f"{told['clips']} clips of {told['shards']} shards"), plain(url), sep="\n")
        if open_browser:
            webbrowser.open(url)
        hosts = [] if expose else [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
        config = uvicorn.Config(
            page_server(collection, token, hosts, read_only, by or ""), log_level="warning", access_log=False
        )
        uvicorn.Server(config).run(sockets=[ear])


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises UsageError where the address is taken or is none of this machine's."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(f"--host {host} --port {port}: {error.strerror or error}: choose another port") from error
