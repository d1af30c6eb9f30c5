"""The store by its HTTP: requests as they stand on the wire, answers as the S3 API Reference has them."""

import hashlib
import http.client
import json
import threading
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from faceshards.bench.object_store.objects import Objects
from faceshards.bench.object_store.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(0, Objects(tmp_path_factory.mktemp("objects")))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ask(server):
    """ask(method, path, body, **headers) -> status, headers, body; on one connection, until the store ends it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)

    def request(method, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    server.faults.clear()
    yield request
    server.faults.clear()
    connection.close()


def texts(body: bytes, tag: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(body).iter() if one.tag == tag]


def control(ask, name, value=None):
    return json.loads(ask("POST", f"/-/{name}", json.dumps(value))[2])


BODY = bytes(range(256)) * 8


@pytest.mark.parametrize("key", ["b/plain.tar", "b/with%20space/%E6%97%A5%26%3Ctag%3E.tar"])
def test_an_object_comes_back_with_its_length_and_etag(ask, key):
    status, headers, _ = ask("PUT", f"/{key}", BODY)
    etag = f'"{hashlib.md5(BODY, usedforsecurity=False).hexdigest()}"'
    assert (status, headers["ETag"]) == (200, etag)
    status, headers, body = ask("GET", f"/{key}")
    assert (status, body, headers["ETag"], headers["Accept-Ranges"]) == (200, BODY, etag, "bytes")
    status, headers, body = ask("HEAD", f"/{key}")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(BODY)))
    assert ask("DELETE", f"/{key}")[0] == 204
    status, _, body = ask("GET", f"/{key}")
    assert status == 404 and texts(body, "Code") == ["NoSuchKey"]


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("0-0", 0, 1),
        ("10-19", 10, 20),
        ("2000-", 2000, 2048),
        ("-48", 2000, 2048),
        ("2040-9999", 2040, 2048),
        ("-9999", 0, 2048),
    ],
)
def test_a_range_is_its_bytes(ask, wanted, start, stop):
    ask("PUT", "/b/ranges", BODY)
    status, headers, body = ask("GET", "/b/ranges", Range=f"bytes={wanted}")
    assert (status, body) == (206, BODY[start:stop])
    assert headers["Content-Range"] == f"bytes {start}-{stop - 1}/2048"


@pytest.mark.parametrize("wanted", ["2048-", "5000-6000", "-0"])
def test_a_range_beyond_the_end_is_refused(ask, wanted):
    ask("PUT", "/b/ranges", BODY)
    status, _, body = ask("GET", "/b/ranges", Range=f"bytes={wanted}")
    assert status == 416 and texts(body, "Code") == ["InvalidRange"]


def test_conditions_are_heeded_by_reads_writes_and_deletions(ask):
    _, headers, _ = ask("PUT", "/b/if", b"1")
    etag = headers["ETag"]
    assert ask("GET", "/b/if", If_Match=etag)[0] == 200 and ask("GET", "/b/if", If_Match='"x"')[0] == 412
    assert ask("PUT", "/b/if", b"2", If_None_Match="*")[0] == 412
    assert ask("PUT", "/b/if", b"2", If_Match='"x"')[0] == 412 and ask("GET", "/b/if")[2] == b"1"
    assert ask("PUT", "/b/if", b"2", If_Match=etag)[0] == 200 and ask("GET", "/b/if")[2] == b"2"
    assert ask("DELETE", "/b/if", If_Match=etag)[0] == 412 and ask("GET", "/b/if")[0] == 200


def test_a_chunked_body_is_stored_without_its_frame(ask):
    chunks = b"5;chunk-signature=ab\r\nhello\r\n4;chunk-signature=cd\r\n you\r\n"
    framed = chunks + b"0;chunk-signature=ef\r\nx-trailer: 1\r\n\r\n"
    ask("PUT", "/b/chunked", framed, Content_Encoding="aws-chunked")
    assert ask("GET", "/b/chunked")[2] == b"hello you"


def listed(ask, **query):
    words = "&".join(f"{name.replace('_', '-')}={value}" for name, value in query.items())
    return ask("GET", f"/list/?list-type=2&{words}")[2]


def test_a_list_comes_in_pages_and_names_each_object_once(ask):
    names = sorted(["a/1.tar", "a/2.tar", "b.tar", "c & <d>.tar", "e.tar"])
    for name in names:
        ask("PUT", f"/list/{quote(name)}", b"x" * len(name))
    ask("PUT", "/listing/other", b"")
    body = listed(ask)
    assert texts(body, "Key") == names and texts(body, "Size") == [str(len(name)) for name in names]
    found, token = [], ""
    while True:
        body = listed(ask, max_keys=2, **({"continuation_token": token} if token else {}))
        found += texts(body, "Key")
        if texts(body, "IsTruncated") == ["false"]:
            break
        token = quote(texts(body, "NextContinuationToken")[0])
    assert found == names
    assert texts(listed(ask, prefix="a/"), "Key") == names[:2] and texts(listed(ask, prefix="z"), "Key") == []
    body = listed(ask, delimiter="/")
    assert texts(body, "Key") == names[2:]
    assert [one[0].text for one in ElementTree.fromstring(body).iter("CommonPrefixes")] == ["a/"]
    assert texts(listed(ask, start_after="b.tar"), "Key") == names[3:]


def begin(ask, key):
    return texts(ask("POST", f"/{key}?uploads", b"")[2], "UploadId")[0]


def complete(ask, key, upload, *numbers, **headers):
    parts = "".join(f"<Part><PartNumber>{one}</PartNumber><ETag>x</ETag></Part>" for one in numbers)
    body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
    return ask("POST", f"/{key}?uploadId={upload}", body, **headers)


def test_an_upload_in_parts_stands_when_it_is_completed(ask):
    ask("PUT", "/up/from", BODY)
    upload = begin(ask, "up/whole")
    assert ask("PUT", f"/up/whole?partNumber=2&uploadId={upload}", b"tail")[0] == 200
    copy = {"x_amz_copy_source": "/up/from", "x_amz_copy_source_range": "bytes=10-19"}
    assert texts(ask("PUT", f"/up/whole?partNumber=1&uploadId={upload}", b"", **copy)[2], "ETag")
    assert texts(ask("GET", "/up/?uploads")[2], "Key") == ["whole"]
    assert ask("GET", "/up/whole")[0] == 404
    status, _, body = complete(ask, "up/whole", upload, 1, 2)
    assert status == 200 and texts(body, "ETag")[0].endswith('-2"')
    assert ask("GET", "/up/whole")[2] == BODY[10:20] + b"tail"
    assert texts(ask("GET", "/up/?uploads")[2], "Key") == []
    upload = begin(ask, "up/whole")
    ask("PUT", f"/up/whole?partNumber=1&uploadId={upload}", b"new")
    assert complete(ask, "up/whole", upload, 1, If_None_Match="*")[0] == 412
    assert ask("DELETE", f"/up/whole?uploadId={upload}")[0] == 204
    assert complete(ask, "up/whole", upload, 1)[0] == 404


def test_several_are_deleted_by_one_request(ask):
    for name in ("1", "2", "3"):
        ask("PUT", f"/del/{name}", b"")
    keys = "".join(f"<Object><Key>{name}</Key></Object>" for name in ("1", "3", "none"))
    status, _, body = ask("POST", "/del?delete", f"<Delete>{keys}</Delete>")
    assert (status, texts(body, "Key")) == (200, ["1", "3", "none"])
    assert [ask("GET", f"/del/{name}")[0] for name in ("1", "2", "3")] == [404, 200, 404]


def test_the_log_has_a_line_for_each_request_with_its_bytes(ask):
    control(ask, "log", "clear")
    ask("PUT", "/log/a", BODY)
    ask("GET", "/log/a", Range="bytes=0-99")
    ask("HEAD", "/log/a")
    ask("GET", "/log/none")
    lines = control(ask, "log")
    assert [(one["operation"], one["key"], one["status"]) for one in lines] == [
        ("PutObject", "log/a", 200),
        ("GetObject", "log/a", 206),
        ("HeadObject", "log/a", 200),
        ("GetObject", "log/none", 404),
    ]
    assert [one["received"] for one in lines] == [len(BODY), 0, 0, 0]
    assert [one["sent"] for one in lines[:3]] == [0, 100, 0] and lines[1]["headers"]["range"] == "bytes=0-99"
    control(ask, "log", "clear")
    assert control(ask, "log") == []


def test_faults_befall_the_requests_that_they_name(ask):
    ask("PUT", "/bad/a", BODY)
    ask("PUT", "/bad/b", b"other")
    control(ask, "faults", {"does": "status", "operation": "GetObject", "key": "bad/a"})
    assert ask("GET", "/bad/b")[0] == 200
    status, _, body = ask("GET", "/bad/a")
    assert status == 503 and texts(body, "Code") == ["SlowDown"]
    control(ask, "faults", {"does": "truncate", "key": "bad/a"})
    with pytest.raises(http.client.IncompleteRead) as cut:
        ask("GET", "/bad/a")
    assert cut.value.partial == BODY[: len(BODY) // 2]


def test_a_connection_dies_and_an_object_is_replaced_on_demand(ask):
    ask("PUT", "/bad/a", BODY)
    ask("PUT", "/bad/b", b"other")
    control(ask, "faults", {"does": "swap", "key": "bad/a", "other": "bad/b"})
    assert ask("GET", "/bad/a")[2] == b"other"
    control(ask, "faults", {"does": "reset", "key": "bad/a"})
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        ask("GET", "/bad/a")


def test_a_refusal_ends_the_connection_and_says_so(ask):
    """What the client still sends of a refused body must not be taken for its next request."""
    _, headers, _ = ask("PUT", "/b/k", b"GET /b/k HTTP/1.1\r\n\r\n", If_Match='"x"')
    assert headers["Connection"] == "close" and ask("GET", "/b/k")[0] == 404


def test_an_unknown_control_page_is_not_there(ask):
    assert ask("POST", "/-/nothing", b"null")[0] == 404


def test_an_answer_is_lost_on_demand_and_what_was_asked_for_is_done(ask):
    control(ask, "log", "clear")
    for path, body in (("/lost/a", BODY), ("/lost/b?uploads", None)):
        control(ask, "faults", {"does": "lose", "key": "lost/"})
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            ask("POST" if body is None else "PUT", path, body)
    assert ask("GET", "/lost/a")[2] == BODY and texts(ask("GET", "/lost/?uploads")[2], "Key") == ["b"]
    control(ask, "faults", {"does": "lose", "key": "lost/", "operation": "GetObject"})
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        ask("GET", "/lost/a")
    assert [one["status"] for one in control(ask, "log") if one["operation"] != "-"] == [0, 0, 200, 200, 0]
