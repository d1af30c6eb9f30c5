"""A site of videos, by yt-dlp: which files it has of a video, and their bytes, slowly where that is wanted."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from faceshards.errors import ClipError, UsageError
from faceshards.extras import missing
from faceshards.packing.kinds.avspeech.partial_file import BLOCK, Answer
from faceshards.packing.kinds.avspeech.refusals import Refusal, kind_of, reason_of

#: YouTube's page of a video.
YOUTUBE = "https://www.youtube.com/watch?v={id}"
#: mp4 of at most 720 lines, with its sound or beside it, as plain files; else what there is.
FORMAT = (
    "bv*[ext=mp4][height<=720][protocol~='^https?$']+ba[ext=m4a][protocol~='^https?$']"
    "/b[ext=mp4][height<=720][protocol~='^https?$']/b[protocol~='^https?$']"
    "/bv*[protocol~='^https?$']+ba[protocol~='^https?$']/b"
)
# Seconds without a byte, after which a site counts as silent.
_SILENCE = 20


@dataclass(frozen=True)
class WebFile:
    """A file that a site has of a video: `part` is what is in it, `video`, `sound`, or both: an empty text."""

    part: str
    suffix: str
    format: str
    url: str
    headers: dict[str, str]


class Site:
    """Videos at addresses `template`, with the id for `{id}`; yt-dlp's `format` says which files of each.

    One request at a time, at most `rate` bytes a second (None: as fast as it goes), `pause` seconds between videos.
    `cookies`: a file of a browser's cookies, in Netscape's form, by which the site knows a user.
    Raises UsageError for an address that is none and a file that is not there, MissingExtra without yt-dlp.
    """

    def __init__(
        self,
        template: str = YOUTUBE,
        format: str = FORMAT,
        *,
        rate: int | None = None,
        pause: float = 0,
        cookies: Path | None = None,
    ) -> None:
        if not re.match(r"https?://", template) or "{id}" not in template:
            raise UsageError(f"--site must be an http(s) address with {{id}} for the video's id, got {template!r}")
        if rate is not None and rate < 1:
            raise UsageError(f"--rate-limit must be at least a byte a second, got {rate}")
        if cookies is not None and not cookies.is_file():
            raise UsageError(f"--cookies {cookies}: no such file")
        self.template, self.format, self._cookies = template, format, cookies
        self._rate, self._pause = rate, pause
        self._turn, self._asked, self._pages = threading.Lock(), 0.0, ExitStack()
        _ = self._library

    def files(self, link: str) -> list[WebFile]:
        """The file of a video, or those of its pictures and its sound. Raises ClipError `gone`, `unreachable`."""
        with self._turn, ExitStack() as self._pages:
            time.sleep(max(0.0, self._asked + self._pause - time.monotonic()))
            try:
                info = self._library.extract_info(self.template.replace("{id}", link), download=False)
            except Exception as error:
                raise self._told(error) from error
            finally:
                self._asked = time.monotonic()
        if info is None or info.get("_type", "video") != "video":
            raise Refusal("playlist", f"the page of {link} names several videos, or none")
        return _files(info)

    @contextmanager
    def get(self, file: WebFile, start: int, stop: int) -> Iterator[Answer]:
        """As `partial_file.Get`. Raises ClipError `unreachable`, also while the bytes come."""
        from yt_dlp.networking import Request

        headers = {**file.headers, "Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        with self._turn:
            try:
                response = self._library.urlopen(Request(file.url, headers=headers))
            except Exception as error:
                raise ClipError("unreachable", reason_of(error)) from error
            try:
                yield self._answer(response, start)
            finally:
                response.close()

    def _answer(self, response: Any, start: int) -> Answer:
        kind = response.headers.get("Content-Type", "")
        if kind.startswith("text/html"):
            raise ClipError("unreachable", "the site answers with a web page in place of the video")
        length = response.headers.get("Content-Length", "")
        if response.status != 206:
            return Answer(0, int(length) if length.isdigit() else None, self._pieces(response, length))
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
        if told is None or int(told[1]) > start:
            raise ClipError("unreachable", "the site answers with another part of the video than was asked for")
        return Answer(int(told[1]), int(told[2]), self._pieces(response, length))

    def _pieces(self, response: Any, length: str) -> Iterator[bytes]:
        """The bytes as they come, no faster than is wanted."""
        begin, done = time.monotonic(), 0
        while True:
            try:
                piece = response.read(BLOCK)
            except Exception as error:
                raise ClipError("unreachable", f"the site broke off: {reason_of(error)}") from error
            if not piece:
                break
            done += len(piece)
            yield piece
            if self._rate:
                time.sleep(max(0.0, begin + done / self._rate - time.monotonic()))
        if length.isdigit() and done < int(length):
            raise ClipError("unreachable", f"the site broke off behind {done} of {length} bytes")

    def _told(self, error: Exception) -> ClipError:
        kind = kind_of(error)
        return Refusal(kind, reason_of(error)) if kind else ClipError("unreachable", reason_of(error))

    @cached_property
    def _library(self) -> Any:
        try:
            import yt_dlp
        except ImportError as error:
            raise missing(error, "pack avspeech, which fetches videos,") or error from error
        library = yt_dlp.YoutubeDL(
            {
                "format": self.format,
                "cookiefile": self._cookies and io.StringIO(self._cookies.read_text("utf-8")),  # never written back
                "quiet": True,
                "no_warnings": True,
                "logger": _Silent(),
                "noplaylist": True,
                "extract_flat": "in_playlist",
                "playlist_items": "1",
                "socket_timeout": _SILENCE,
                "retries": 0,
                "extractor_retries": 1,
            }
        )
        library.urlopen = partial(self._opened, library.urlopen)
        return library

    def _opened(self, urlopen: Callable[[Any], Any], request: Any) -> Any:
        """What an address answers, closed behind the request: yt-dlp leaves pages open that it does not read."""
        try:
            response = urlopen(request)
        except Exception as error:
            if hasattr(error, "close"):
                self._pages.callback(error.close)
            raise
        self._pages.callback(response.close)
        return response


class _Silent:
    """yt-dlp's words come with its errors; nothing else of them is for the screen."""

    def debug(self, text: str) -> None:
        """Nothing."""

    info = warning = error = debug


def _files(info: dict[str, Any]) -> list[WebFile]:
    parts = info.get("requested_formats") or [info]
    for one in parts:
        if one.get("protocol") not in ("http", "https"):
            raise ClipError(
                "unreachable", f"it comes in pieces, by {one.get('protocol')}: name other files by --format"
            )
    names = [""] if len(parts) == 1 else ["video" if _has_video(one) else "sound" for one in parts]
    if len(parts) > 1 and sorted(names) != ["sound", "video"]:
        raise ClipError("unreachable", f"{len(parts)} files, where --format must name one, or pictures and sound")
    found = [
        WebFile(name, _suffix(one), str(one.get("format_id", "")), one["url"], dict(one.get("http_headers") or {}))
        for name, one in zip(names, parts, strict=True)
    ]
    return sorted(found, key=lambda file: file.part != "video")


def _has_video(info: dict[str, Any]) -> bool:
    return info.get("vcodec") not in (None, "none")


def _suffix(info: dict[str, Any]) -> str:
    """What is behind the dot of the file's name: a site may say anything there."""
    suffix = str(info.get("ext", "")).lower()
    return suffix if re.fullmatch(r"[a-z0-9]{1,5}", suffix) else "mp4"
