"""`faceshards view`: look at shards in a browser."""

from __future__ import annotations

import errno
import ipaddress
import json
import os
import secrets
import socket
import sys
import webbrowser
from typing import Annotated, Any

import typer

from faceshards.errors import UsageError
from faceshards.terminal import Screen, plain


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
    no_open: Annotated[bool, typer.Option("--no-open", help="Say where the page is, and open no browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say where the page is as one JSON object.")] = False,
) -> None:
    """Look at clips in a browser: played from inside their tars, with what was found in them drawn on.

    The page is this machine's alone, and its address holds a token. Ctrl-C ends it.

    Example: faceshards view train_set/VFHQ --where "face_share > 0.9"
    """
    here = _is_here(host)
    if not here and not expose:
        raise UsageError(f"--host {host}: other machines could open the page: say --expose as well")
    from faceshards.viewer.pages.collection import Collection
    from faceshards.viewer.server.app import page_server
    from faceshards.viewer.server.guard import LOOPBACK
    from faceshards.viewer.server.page_server import serve

    collection = Collection(paths, where)
    token = secrets.token_urlsafe(16)
    app = page_server(collection, token, {*LOOPBACK, _shown(host)} if here else (), read_only, by or "")
    with _listening(host, port) as ear:
        url = f"http://{_shown(host)}:{ear.getsockname()[1]}/{token}/"
        told = {"url": url, "clips": len(collection.rows), "shards": len(collection.places)}
        broken = [{"shard": str(place), "reason": reason} for place, reason in collection.broken.items()]
        if as_json:
            typer.echo(json.dumps(told | {"broken": broken}))
        else:
            _say(told, broken, here)
        if not (no_open or as_json) and not _opened(url):
            _print("There is no browser on this machine's screen: open the address in one.")
        serve(app, ear)


def _say(told: dict[str, Any], broken: list[dict[str, str]], here: bool) -> None:
    """What a person reads: what is looked at, where, how safe that is, how it ends."""
    clips, shards = (
        f"{told[what]:,} {what if told[what] != 1 else what.removesuffix('s')}" for what in ("clips", "shards")
    )
    _print(f"{clips} of {shards}")
    for one in broken:
        _print(f"left out, for it does not open: {one['shard']}: {one['reason']}", "red")
    _print(told["url"], "bold")
    if here:
        _print("Only this machine can open it. Ctrl-C ends it.")
    else:
        _print(
            "Whoever reaches this machine and knows the address sees the clips, and what is sent is not encrypted: an "
            "ssh tunnel (ssh -L) needs no --expose. Ctrl-C ends it."
        )


def _print(text: str, style: str = "") -> None:
    Screen(highlight=False).print(plain(text, style), soft_wrap=True)


def _is_here(host: str) -> bool:
    """Whether an address is this machine's alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    """The name by which a browser asks."""
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises UsageError where the address is taken or is none of this machine's."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"--port {port}: another program listens there: choose another, or none") from error
        raise UsageError(
            f"--host {host} --port {port}: {error.strerror or error}: name an address of this machine, and a port that "
            "you may use (above 1023)"
        ) from error


def _opened(url: str) -> bool:
    """Whether a browser with a window was asked to open the page; one in the terminal would take the terminal."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError):
        return False
