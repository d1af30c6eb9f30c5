"""A site of videos as a process of its own: `python -m tests.packing.kinds.avspeech.web_site FOLDER` prints its port.

GET /ID.mp4 serves FOLDER/ID.mp4, by ranges. What else a file of FOLDER says of an id:

    ID.say      a status to answer with (404, 403, 451), `html`, `playlist`, `whole` (no ranges), `cut N` (the first
                range that goes beyond byte N breaks off there), `slow S` (seconds before each 64 KiB), `known NAME`
                (403 without a cookie of this name)

Every request is a line of FOLDER/requests: the path, the range, bytes to send.
"""

import re
import sys
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = Path()

    def log_message(self, *words):
        """Nothing."""

    def handle(self):
        with suppress(ConnectionError):
            super().handle()

    def do_HEAD(self):
        self.answer(head=True)

    def do_GET(self):
        self.answer()

    def answer(self, head=False):
        name = Path(self.path.partition("?")[0]).stem
        say = self.folder / f"{name}.say"
        words = (say.read_text() if say.exists() else "").split()
        file = self.folder / f"{name}.mp4"
        if (words and words[0].isdigit()) or not file.exists():
            self.page(int(words[0]) if words else 404, b"no", "text/plain")
        elif words[:1] == ["known"] and f"name={words[1]}" not in self.headers.get("Cookie", ""):
            self.page(403, b"who are you?", "text/plain")
        elif words == ["html"]:
            self.page(200, b"<html><title>Sign in</title><body>busy</body></html>", "text/html")
        elif words == ["playlist"]:
            self.page(200, playlist(self.headers["Host"]), "application/rss+xml")
        else:
            self.video(file.read_bytes(), words, head)

    def page(self, status, body, kind):
        self.note(len(body))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def video(self, body, words, head):
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start, stop = (int(asked[1]), int(asked[2] or len(body)) + 1) if asked else (0, len(body))
        whole = words == ["whole"] or not asked
        part = body if whole else body[start:stop]
        self.note(len(part))
        self.send_response(200 if whole else 206)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(len(part)))
        if not whole:
            self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(body)}")
            self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        if not head:
            self.send(part, start, words)

    def send(self, part, start, words):
        limit = int(words[1]) - start if words[:1] == ["cut"] and "Range" in self.headers else len(part)
        if 0 < limit < len(part):
            self.wfile.write(part[:limit])
            (self.folder / f"{Path(self.path).stem}.say").unlink()
            self.close_connection = True
            self.connection.shutdown(2)
            return
        for place in range(0, len(part), 1 << 16):
            time.sleep(float(words[1]) if words[:1] == ["slow"] else 0)
            self.wfile.write(part[place : place + (1 << 16)])

    def note(self, count):
        """Before the answer: who has it reads the notes."""
        with (self.folder / "requests").open("a") as out:
            out.write(f"{self.path} {self.headers.get('Range', '-')} {count}\n")


def playlist(host):
    items = "".join(f"<item><title>{i}</title><link>http://{host}/{i}.mp4</link></item>" for i in range(2))
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()


if __name__ == "__main__":
    Handler.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
