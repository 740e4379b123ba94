"""What comes over a socket and is no request, or one that nobody would send."""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import RefusalOf, Server

pytestmark = pytest.mark.usefixtures("unharmed")

KNOWN = b"host: localhost\r\nauthorization: Bearer somebody\r\n"
TYPED = KNOWN + b"content-type: application/json\r\n"
CHAT = {"model": "sonar", "messages": [{"role": "user", "content": "How do bees find their way home?"}]}


def read(said: bytes) -> httpx.Response:
    """Make bytes an answer."""
    head, _, content = said.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = [tuple(line.split(b": ", 1)) for line in lines]
    answer = httpx.Response(int(status.split()[1]), headers=headers, content=content)
    assert answer.headers["content-length"] == str(len(content))
    return answer


def get(path: bytes, method: bytes = b"GET", more: bytes = b"") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\n" + KNOWN + more + b"connection: close\r\n\r\n"


NO_HTTP = {
    "a greeting": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9": b"GET /models HTTP/9.9\r\n\r\n",
    "bytes": bytes(range(128, 256)) * 10,
    "NULs": bytes(1000),
    "a method that nobody knows": get(b"/search", b"BREW"),
    "a method in small letters": get(b"/search", b"get"),
    "a space in the path": get(b"/a b"),
    "a byte in the path": get(b"/models/\xc3\xa9"),
    "no path": get(b""),
    "a query for a path": get(b"?"),
    "a path of 64 KiB": get(b"/" + b"a" * 65_536),
    "a NUL in a header's name": get(b"/models", more=b"mo\x00od: good\r\n"),
    "a NUL in a header's value": get(b"/models", more=b"mood: go\x00od\r\n"),
    "a space in a header's name": get(b"/models", more=b"mo od: good\r\n"),
    "a header without a colon": get(b"/models", more=b"mood\r\n"),
    "a header without a name": get(b"/models", more=b": good\r\n"),
    "two lengths": b"POST /search HTTP/1.1\r\n" + TYPED + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "a length below zero": b"POST /search HTTP/1.1\r\n" + TYPED + b"content-length: -1\r\n\r\n",
    "a length that is none": b"POST /search HTTP/1.1\r\n" + TYPED + b"content-length: two\r\n\r\n",
    "a length beyond all lengths": b"POST /search HTTP/1.1\r\n" + TYPED + b"content-length: " + b"9" * 40 + b"\r\n\r\n",
    "a length and chunks": b"POST /search HTTP/1.1\r\n"
    + TYPED
    + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("request_", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_refused_in_the_envelope_too(server: Server, refusal_of: RefusalOf, request_: bytes) -> None:
    answer = read(server.send(request_))

    refused = refusal_of(answer)
    assert (refused.status, refused.type) == (400, "invalid_request")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("ending", [b"zz\r\n", b"-1\r\n", b"3\r\n{}}}\r\n", b"f" * 20 + b"\r\n"])
def test_chunks_that_are_none_are_refused(server: Server, ending: bytes) -> None:
    said = server.send(b"POST /search HTTP/1.1\r\n" + TYPED + b"transfer-encoding: chunked\r\n\r\n" + ending, end=True)

    assert said == b"" or read(said).status_code == 400


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND", "GET"])
@pytest.mark.parametrize("path", ["/search", "/chat/completions/stream", "/collections"])
def test_a_method_that_a_path_does_not_take_is_refused_with_those_it_takes(
    client: httpx.Client, refusal_of: RefusalOf, method: str, path: str
) -> None:
    answer = client.request(method, path)

    refused = refusal_of(answer)
    assert (refused.status, refused.type) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(("path", "allowed"), [("/models", "GET"), ("/cache/cache_1", "DELETE"), ("/usage", "GET")])
def test_a_post_where_there_is_nothing_to_post_is_refused(
    client: httpx.Client, refusal_of: RefusalOf, path: str, allowed: str
) -> None:
    answer = client.post(path, json={})

    assert refusal_of(answer).status == 405
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/__admin/health", "/openapi.json"])
def test_the_control_paths_refuse_other_methods_too(client: httpx.Client, refusal_of: RefusalOf, path: str) -> None:
    answer = client.delete(path)

    assert refusal_of(answer).status == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/search", 405), ("/models", 405), ("/nowhere", 404), ("/__admin/health", 200), ("/openapi.json", 200)],
)
def test_a_head_has_no_body(server: Server, path: str, status: int) -> None:
    said = server.send(get(path.encode(), b"HEAD"))

    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert said.endswith(b"\r\n\r\n")
    assert said.count(b"\r\n\r\n") == 1


UNKNOWN = [
    b"/",
    b"//",
    b"///models",
    b"//search",
    b"/%00",
    b"/%2e%2e/%2e%2e/etc/passwd",
    b"/../../etc/passwd",
    b"/search/",
    b"/models/",
    b"/chat/completions/",
    b"/Search",
    b"/search%20",
    b"/search%00",
    b"/search;x=1",
    b"/v1/chat/completions",
    b"/v1",
    b"/docs",
    b"/redoc",
    b"/__admin",
    b"/__admin/",
    b"/cache/",
    b"/collections//history",
    b"/collections/x/history/",
    b"/%ff%fe%fd",
    b"/%zz",
    b"/%",
    b"/" + b"a" * 60_000,
    b"/" + b"a/" * 30_000,
    b"*",
]


@pytest.mark.parametrize("method", [b"GET", b"POST"])
@pytest.mark.parametrize("path", UNKNOWN, ids=[path[:30].decode() + " " * (len(path) > 30) for path in UNKNOWN])
def test_an_unknown_path_is_not_found_and_has_no_body(server: Server, path: bytes, method: bytes) -> None:
    answer = read(server.send(get(path, method if path != b"*" else b"OPTIONS")))

    assert (answer.status_code, answer.content) == (404, b"")
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/models/%00",
        "/models/%ff%fe",
        "/models/%ED%A0%80",
        "/models/sonar/",
        "/models/../usage",
        "/models/" + "a" * 60_000,
    ],
    ids=lambda path: path[:20],
)
def test_an_absurd_name_is_not_found(server: Server, refusal_of: RefusalOf, path: str) -> None:
    refused = refusal_of(read(server.send(get(path.encode()))))

    assert (refused.status, refused.type) == (404, "not_found")


@pytest.mark.parametrize(
    "name", ["%00", "%0d%0ax-injected:%20yes", "%ff", "a/b", "a" * 10_000], ids=lambda name: name[:20]
)
def test_an_absurd_name_cannot_be_deleted(client: httpx.Client, refusal_of: RefusalOf, name: str) -> None:
    assert refusal_of(client.delete(f"/cache/{name}")).status == 404


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"authorization:\r\n",
        b"authorization: Bearer\r\n",
        b"authorization: Bearer \r\n",
        b"authorization: Basic c29tZWJvZHk6\r\n",
        b"authorization: somebody\r\n",
        b"authorization: \xff\xfe\r\n",
        b"x-api-key: somebody\r\n",
    ],
)
def test_who_shows_no_key_is_refused(server: Server, refusal_of: RefusalOf, header: bytes) -> None:
    refused = refusal_of(
        read(server.send(b"GET /models HTTP/1.1\r\nhost: fake\r\n" + header + b"connection: close\r\n\r\n"))
    )

    assert (refused.status, refused.type) == (401, "invalid_api_key")


@pytest.mark.parametrize(
    "token",
    [b"\xff\xfe\xe9", b"a" * 100_000, b"two words", b"<token>", b"pplx-mock-invalid-not"],
    ids=lambda token: token[:10],
)
def test_any_other_key_is_a_key(server: Server, token: bytes) -> None:
    said = server.send(
        b"GET /models HTTP/1.1\r\nhost: fake\r\nauthorization: Bearer " + token + b"\r\nconnection: close\r\n\r\n"
    )

    assert read(said).status_code == 200


@pytest.mark.parametrize("edition", [b"\xff", b"", b"2026-07 ", b"complete, 2026-07", b"../complete"])
def test_an_edition_that_is_none_is_refused_or_read_without_its_spaces(
    server: Server, refusal_of: RefusalOf, edition: bytes
) -> None:
    answer = read(server.send(get(b"/v1/models", more=b"x-mock-edition: " + edition + b"\r\n")))

    assert answer.status_code == 200 if edition == b"2026-07 " else refusal_of(answer).status == 400


def test_a_header_of_a_megabyte_is_borne(server: Server) -> None:
    assert read(server.send(get(b"/models", more=b"mood: " + b"o" * 2**20 + b"\r\n"))).status_code == 200


def test_ten_thousand_headers_are_borne(server: Server) -> None:
    more = b"".join(b"mood-%d: good\r\n" % number for number in range(10_000))

    assert read(server.send(get(b"/models", more=more))).status_code == 200


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_a_wish_for_another_protocol_is_passed_over(server: Server, protocol: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(
            b"GET /models HTTP/1.1\r\n" + KNOWN + b"connection: upgrade\r\nupgrade: " + protocol + b"\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_a_proxys_request_is_answered(server: Server) -> None:
    assert read(server.send(get(b"http://api.perplexity.ai/models"))).status_code == 200


def test_old_http_is_answered(server: Server) -> None:
    said = server.send(b"GET /models HTTP/1.0\r\nauthorization: Bearer somebody\r\n\r\n")

    assert read(said).status_code == 200


def test_requests_sent_ahead_are_answered_in_order(server: Server) -> None:
    said = server.send(get(b"/models/sonar").replace(b"connection: close\r\n", b"") * 5 + get(b"/nowhere"))

    assert re.findall(rb"HTTP/1\.1 (\d+)", said) == [b"200"] * 5 + [b"404"]


CUT_SHORT = {
    "in the method": b"GE",
    "in the path": b"GET /mod",
    "in the version": b"GET /models HTTP/1",
    "in the headers": b"GET /models HTTP/1.1\r\nhost: fa",
    "before the body": b"POST /search HTTP/1.1\r\n" + TYPED + b"content-length: 100\r\n\r\n",
    "in the body": b"POST /search HTTP/1.1\r\n" + TYPED + b'content-length: 100\r\n\r\n{"query":',
    "in a chunk": b"POST /search HTTP/1.1\r\n" + TYPED + b'transfer-encoding: chunked\r\n\r\n20\r\n{"query":',
    "before it is allowed to go on": b"POST /search HTTP/1.1\r\n"
    + TYPED
    + b"content-length: 9\r\nexpect: 100-continue\r\n\r\n",
}


@pytest.mark.parametrize("beginning", CUT_SHORT.values(), ids=CUT_SHORT)
def test_who_leaves_in_the_middle_of_a_request_leaves_nothing_behind(server: Server, beginning: bytes) -> None:
    said = server.send(beginning, end=True)

    assert said in {b"", b"HTTP/1.1 100 Continue\r\n\r\n"}


@pytest.mark.parametrize("beginning", CUT_SHORT.values(), ids=CUT_SHORT)
def test_who_breaks_off_in_the_middle_of_a_request_leaves_nothing_behind(server: Server, beginning: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(beginning)
        reset(connection)


def test_who_leaves_in_the_middle_of_a_stream_leaves_nothing_behind(server: Server) -> None:
    content = json.dumps({**CHAT, "model": "sonar-deep-research", "stream": True}).encode()
    for _ in range(3):
        with server.connect() as connection:
            connection.sendall(
                b"POST /chat/completions HTTP/1.1\r\n" + TYPED + b"content-length: %d\r\n\r\n" % len(content) + content
            )
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            reset(connection)


def test_200_connections_that_are_dropped_harm_nobody(server: Server) -> None:
    start = time.perf_counter()
    connections = [server.connect() for _ in range(200)]
    with server.client() as client:
        assert client.get("/__admin/health").is_success
    for number, connection in enumerate(connections):
        if number % 2:
            connection.sendall(b"POST /search HTTP/1.1\r\n" + TYPED)
        if number % 3:
            reset(connection)
        connection.close()

    assert time.perf_counter() - start < 5


def reset(connection: socket.socket) -> None:
    """Let a connection end without a good-bye when it is closed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
