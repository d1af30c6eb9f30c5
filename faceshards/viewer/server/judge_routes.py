"""What a judgement is sent to, and read from: JSON, of this page alone, and written down before it is answered."""

from __future__ import annotations

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from faceshards.dataset.judgements.saving import save_judgements
from faceshards.dataset.judgements.sheet import sheet_of
from faceshards.dataset.judgements.spoken import spoken
from faceshards.errors import UsageError
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.judged_rows import JudgedRows

#: Bytes of a body that is sent here.
MOST_BYTES = 64 << 10
#: Rows that are told of at once.
MOST_ROWS = 500


def judge_routes(collection: Collection, read_only: bool, by: str) -> list[Route]:
    """The routes of a collection."""
    judged = JudgedRows(collection, by, aside=read_only)

    async def judge(request: Request) -> Response:
        sent = await _sent(request)
        row = sent.get("row")
        if not isinstance(row, int) or isinstance(row, bool):
            raise UsageError(f"row {str(row)[:40]!r}: it is a whole number")
        return JSONResponse(await run_in_threadpool(judged.judge, row, sent.get("verdict"), sent.get("note")))

    def judgements(request: Request) -> Response:
        judged.refresh()
        rows = _rows(request.query_params.get("rows", ""))
        return JSONResponse({**judged.counts(), "read_only": read_only, "judgements": [judged.of(row) for row in rows]})

    async def save(request: Request) -> Response:
        await _sent(request)
        if read_only:
            raise UsageError("the viewer was begun with --read-only: save with faceshards judgements save")
        return JSONResponse(await run_in_threadpool(_save))

    def _save() -> dict[str, Any]:
        done = save_judgements(collection.places)  # those that open
        judged.reload(done.written)
        return {"written": len(done.written), "clips": done.clips, "refused": done.refused, **judged.counts()}

    def export(request: Request) -> Response:
        headers = {"content-disposition": 'attachment; filename="judgements.csv"'}
        table = sheet_of(spoken(collection.places, roots=collection.paths))
        return Response(table, media_type="text/csv; charset=utf-8", headers=headers)

    return [
        Route("/api/judge", judge, methods=["POST"]),
        Route("/api/judgements", judgements),
        Route("/api/judgements/save", save, methods=["POST"]),
        Route("/judgements.csv", export),
    ]


async def _sent(request: Request) -> dict[str, Any]:
    """The JSON object of a body. Raises UsageError for one that is too long, for anything else, and for one that comes
    from no page of ours: a form of another page can send no JSON, and `Guard` refuses another's script.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise UsageError("send JSON, as application/json")
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise UsageError("another page asks")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise UsageError(f"a body of more than {MOST_BYTES} bytes: a judgement is shorter")
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise UsageError("the body is no JSON") from None
    if not isinstance(sent, dict):
        raise UsageError("the body is no JSON object")
    return sent


def _rows(text: str) -> list[int]:
    """Row numbers with commas between them. Raises UsageError."""
    parts = text.split(",") if text else []
    if len(parts) > MOST_ROWS or not all(one.isascii() and one.isdecimal() and len(one) < 16 for one in parts):
        raise UsageError(f"rows={text[:40]!r}: give at most {MOST_ROWS} row numbers, with commas")
    return [int(one) for one in parts]
