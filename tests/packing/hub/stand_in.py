"""A stand-in of the Hugging Face Hub's HTTP API, as far as huggingface_hub asks for it here: data sets, without xet.

It is no Hub: it keeps files in memory, knows one branch, and believes one token. `python stand_in.py` prints its
address and serves until its standard input ends.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_stand_in_secret"
#: Suffixes that the Hub keeps as large files (its own .gitattributes has more).
LARGE = (".tar", ".parquet", ".mp4", ".wav")


class Repo:
    def __init__(self, private: bool) -> None:
        self.private = private
        self.commits: dict[str, dict[str, tuple[bytes, bool]]] = {}  # sha -> path -> (bytes, is large)
        self.head = ""
        self.commit({})

    def commit(self, files: dict[str, tuple[bytes, bool]]) -> str:
        self.head = hashlib.sha1(f"{self.head}{len(self.commits)}".encode()).hexdigest()
        self.commits[self.head] = files
        return self.head

    def at(self, revision: str) -> tuple[str, dict[str, tuple[bytes, bool]]] | None:
        sha = self.head if revision == "main" else revision
        return (sha, self.commits[sha]) if sha in self.commits else None


def git_id(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    repos: ClassVar[dict[str, Repo]] = {}
    blobs: ClassVar[dict[str, bytes]] = {}
    log: ClassVar[list[str]] = []
    refused_after: ClassVar[list[int]] = []  # large files that are still taken, where a test says so
    lock = threading.Lock()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, value: object = None, headers: dict[str, str] | None = None) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status: int, code: str) -> None:
        self.answer(status, {"error": code}, {"X-Error-Code": code, "X-Error-Message": code})

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        with self.lock:
            self.log.append(f"{self.command} {path}")
            if path == "/log":
                return self.answer(200, self.log)
            if path == "/refuse":
                self.blobs.clear()
                self.refused_after[:] = [int(parse_qs(urlsplit(self.path).query)["after"][0])]
                return self.answer(200, {})
            writes = self.command in ("POST", "PUT") and not path.startswith("/large/")  # those are signed URLs
            if writes and self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.refuse(401, "Unauthorized")
            for pattern, method in ROUTES:
                if match := re.fullmatch(pattern, path):
                    return method(self, body, **match.groupdict())
            return self.refuse(404, "EntryNotFound")

    do_GET = do_HEAD = do_POST = do_PUT = serve

    def base(self) -> str:
        return f"http://{self.headers['Host']}"

    def repo(self, id: str) -> Repo | None:
        repo = self.repos.get(id)
        if repo is None or (repo.private and self.headers.get("Authorization") != f"Bearer {TOKEN}"):
            self.refuse(404 if "Authorization" in self.headers else 401, "RepoNotFound")
            return None
        return repo

    def create(self, body: bytes) -> None:
        asked = json.loads(body)
        id = f"{asked['organization']}/{asked['name']}"
        if id in self.repos:
            return self.answer(409, {"error": "You already created this dataset repo", "url": f"{self.base()}/{id}"})
        private = bool(asked.get("private")) or asked.get("visibility") == "private"
        self.repos[id] = Repo(private)
        self.answer(200, {"url": f"{self.base()}/datasets/{id}", "name": id})

    def yaml(self, body: bytes) -> None:
        """The Hub holds a card's head against its rules; this one only reads it."""
        import yaml

        head = yaml.safe_load(re.match(r"---\n(.*?)\n---", json.loads(body)["content"], re.S)[1])
        wrong = [] if isinstance(head.get("license"), (str, list)) else [{"message": "no license"}]
        self.answer(400 if wrong else 200, {"errors": wrong, "warnings": []})

    def info(self, body: bytes, id: str, revision: str = "main") -> None:
        if repo := self.repo(id):
            if not (found := repo.at(revision)):
                return self.refuse(404, "RevisionNotFound")
            card = found[1].get("README.md", (b"", False))[0].decode()
            licence = re.search(r"^license: (.*)$", card, re.M)
            data = {"license": licence[1]} if licence else {}
            names = [{"rfilename": name} for name in found[1]]
            self.answer(200, {"id": id, "sha": found[0], "private": repo.private, "siblings": names, "cardData": data})

    def tree(self, body: bytes, id: str, revision: str, path: str | None = None) -> None:
        if repo := self.repo(id):
            if not (found := repo.at(revision)):
                return self.refuse(404, "RevisionNotFound")
            rows = []
            for name, (content, large) in sorted(found[1].items()):
                if path and not name.startswith(f"{path}/"):
                    continue
                row = {"type": "file", "path": name, "size": len(content), "oid": git_id(content)}
                if large:
                    row["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
                rows.append(row)
            self.answer(200, rows)

    def modes(self, body: bytes, id: str, revision: str) -> None:
        if repo := self.repo(id):
            files = []
            for one in json.loads(body)["files"]:
                old = repo.at(revision)[1].get(one["path"])
                mode = "lfs" if one["path"].endswith(LARGE) else "regular"
                row = {"path": one["path"], "uploadMode": mode, "shouldIgnore": False}
                files.append(row | {"oid": git_id(old[0]) if old else None})
            self.answer(200, {"files": files})

    def batch(self, body: bytes, id: str) -> None:
        objects = []
        for one in json.loads(body)["objects"]:
            actions = {"actions": {"upload": {"href": f"{self.base()}/large/{one['oid']}"}}}
            objects.append({**one, **({} if one["oid"] in self.blobs else actions)})
        self.answer(200, {"transfer": "basic", "objects": objects})

    def large(self, body: bytes, oid: str) -> None:
        if self.refused_after:
            self.refused_after[0] -= 1
            if self.refused_after[0] < 0:
                return self.refuse(403, "the stand-in was told to refuse")
        if hashlib.sha256(body).hexdigest() != oid:
            return self.refuse(400, "these bytes have another sha256")
        self.blobs[oid] = body
        self.answer(200, {})

    def commit(self, body: bytes, id: str, revision: str) -> None:
        if repo := self.repo(id):
            files = dict(repo.at(revision)[1])
            for line in body.splitlines():
                one = json.loads(line)
                value = one["value"]
                if one["key"] == "lfsFile":
                    files[value["path"]] = (self.blobs[value["oid"]], True)
                elif one["key"] == "file":
                    files[value["path"]] = (base64.b64decode(value["content"]), False)
            sha = repo.commit(files)
            self.answer(
                200, {"success": True, "commitOid": sha, "commitUrl": f"{self.base()}/datasets/{id}/commit/{sha}"}
            )

    def file(self, body: bytes, id: str, revision: str, path: str) -> None:
        if repo := self.repo(id):
            found = repo.at(revision)
            if not found or path not in found[1]:
                return self.refuse(404, "EntryNotFound" if found else "RevisionNotFound")
            content, large = found[1][path]
            tag = hashlib.sha256(content).hexdigest() if large else git_id(content)
            self.answer(200, content, {"X-Repo-Commit": found[0], "ETag": f'"{tag}"', "Accept-Ranges": "bytes"})


_ID, _REV = r"(?P<id>[^/]+/[^/]+)", r"(?P<revision>[^/]+)"
ROUTES = [
    (r"/api/repos/create", Hub.create),
    (r"/api/validate-yaml", Hub.yaml),
    (rf"/api/datasets/{_ID}", Hub.info),
    (rf"/api/datasets/{_ID}/revision/{_REV}", Hub.info),
    (rf"/api/datasets/{_ID}/tree/{_REV}(/(?P<path>.*))?", Hub.tree),
    (rf"/api/datasets/{_ID}/preupload/{_REV}", Hub.modes),
    (rf"/api/datasets/{_ID}/commit/{_REV}", Hub.commit),
    (rf"/datasets/{_ID}\.git/info/lfs/objects/batch", Hub.batch),
    (r"/large/(?P<oid>[0-9a-f]{64})", Hub.large),
    (rf"/datasets/{_ID}/resolve/{_REV}/(?P<path>.*)", Hub.file),
]

if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
