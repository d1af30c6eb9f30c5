"""Who may ask, and what a page may do: the token, the host that was asked for, a strict content policy; and that what
goes wrong here is told to the terminal, not to the page.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from traceback import format_exception

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from faceshards.secrets import masked
from faceshards.terminal import Screen, cleaned

#: A page loads what this server gives, and nothing else; pictures that a script made are blobs.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
#: Names of this machine that no stranger's name server can lead elsewhere.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
#: What a page is told of an error that is none of its shards' or its own.
OURS = "an error of ours: the terminal in which faceshards view runs shows it: please report it"
#: Characters of an address without what is asked behind its question mark: longer than any column's.
_MOST_PATH = 2000
_READS, _WRITES = ("GET", "HEAD"), "POST"
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:@/]+)(:\d{1,5})?", re.IGNORECASE)


class Guard:
    """Lets a request through whose path begins with the token and that names one of `hosts` (any, where there is none)
    at whatever port: another page in the same browser, or a name that a stranger points at this machine, gets nothing.
    What writes (POST) must come from a page of this very origin.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: Collection[str] = LOOPBACK) -> None:
        self._app, self._token, self._hosts = app, token, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close"})
            else:
                await self._app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        if refusal:
            await _refused(refusal, Headers(scope=scope))(scope, receive, guarded)
            return
        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - a page is told one line, the terminal all of it
            _report(error)
            if not begun:
                await _told(OURS, 500)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        first = scope["path"].removeprefix("/").partition("/")[0]
        if not secrets.compare_digest(first.encode(), self._token.encode()):
            return "the address lacks its token: open the one that `faceshards view` printed"
        host, origin = headers.get("host", ""), headers.get("origin")
        named = _HOST.fullmatch(host)
        if named is None or (self._hosts and named[1].lower() not in self._hosts):
            return "this name is not the server's: open the address that `faceshards view` printed"
        if origin is not None and origin != f"{scope['scheme']}://{host}":
            return "another page asks"
        if len(scope["path"]) > _MOST_PATH:
            return f"the address has more than {_MOST_PATH} characters"
        if scope["method"] == _WRITES and origin is None:
            return "only the page itself may write"
        if scope["method"] not in (*_READS, _WRITES):
            return "the page only reads, and sends judgements"
        return ""


def _refused(line: str, headers: Headers) -> Response:
    """For a person who opens an address a line, for a script JSON."""
    if "text/html" in headers.get("accept", ""):
        return PlainTextResponse(f"faceshards: {line}\n", 403)
    return _told(line, 403)


def _told(line: str, status: int) -> JSONResponse:
    return JSONResponse({"error": line}, status)


def _report(error: Exception) -> None:
    """The traceback, on stderr: no control character of a name reaches the terminal, no secret of a URL is shown."""
    text = cleaned(masked("".join(format_exception(error))))
    Screen(stderr=True, highlight=False).print(text, markup=False, soft_wrap=True)
