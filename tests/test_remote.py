"""Endpoints that misbehave: whatever comes back, or does not, is one plain error in bounded time."""

from __future__ import annotations

import gc
import io
import json
import re
import socketserver
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

import kg
from kg import ask as asking
from kg import cli
from kg.errors import Failure, KgError, UsageError
from kg.pipeline import Built
from kg.push import push
from kg.remote import RemoteStore, exchange
from kg.remote import address as addresses
from kg.remote import store as store_module
from kg.remote.writing import GraphStore
from kg.store import Row
from tests import oxigraph
from tests.between import Asked, Between, between, says
from tests.test_store import SparqlEndpoint

QUERY = "SELECT ?x WHERE { ?x ?p ?o }"
DEADLINE = 0.5
BOUND = DEADLINE + 1.5
"""Seconds within which any error must come."""
LASTS = 4.0
"""Seconds for which a slow or endless answer goes on: longer than the bound, so that nobody waits for its end."""


@dataclass(frozen=True)
class Fault:
    """What a server sends, whatever it is asked.

    Attributes:
        sends: The bytes, at once unless `pause` says otherwise.
        pause: Seconds between one byte and the next.
        then: What it sends over and over after that.
        silent: Whether it then keeps the connection open and says nothing.
    """

    sends: bytes
    pause: float = 0
    then: bytes = b""
    silent: bool = False


class FaultServer:
    """A server on loopback with one fault.

    Attributes:
        url: Its address.
        requests: How many requests came.
    """

    def __init__(self, fault: Fault) -> None:
        self.requests = 0
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server.requests += 1
                try:
                    self.read_request()
                    self.send()
                except OSError:
                    pass  # the client has heard enough

            def read_request(self) -> None:
                length = 0
                while (line := self.rfile.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                self.rfile.read(length)

            def send(self) -> None:
                end = time.monotonic() + LASTS
                if not fault.pause:
                    self.wfile.write(fault.sends)
                for byte in fault.sends if fault.pause else b"":
                    if time.monotonic() > end or server.closed.wait(fault.pause):
                        return
                    self.wfile.write(bytes([byte]))
                while fault.then and time.monotonic() < end and not server.closed.wait(0.001):
                    self.wfile.write(fault.then)
                if fault.silent:
                    server.closed.wait(LASTS)

        self.closed = threading.Event()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/sparql"

    @contextmanager
    def serving(self) -> Iterator[FaultServer]:
        """Answers until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.closed.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def response(body: str | bytes, status: str = "200 OK", headers: str = "", kind: str = "") -> bytes:
    data = body.encode() if isinstance(body, str) else body
    kind = kind or "application/sparql-results+json"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
    return head.encode() + data


def rows(*values: Any) -> str:
    """SPARQL JSON with one variable `x`."""
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{"x": value} for value in values]}})


def chunked(*chunks: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


EMPTY = rows()
HTML = "<!DOCTYPE html><html><body>Welcome</body></html>"
NOT_JSON = "answered something that is not a SPARQL result in JSON"
PAGE = "answered an HTML page: is this the address of a page for people, and not of the endpoint behind it"
NO_ANSWER = "did not answer"
BROKEN_OFF = "broke off its answer"

FAULTS: dict[str, tuple[Fault, type[KgError], str]] = {
    "HTML with 200": (Fault(response(HTML, kind="text/html")), Failure, PAGE),
    "HTML that calls itself JSON": (Fault(response("\n " + HTML)), Failure, PAGE),
    "HTML with 400": (
        Fault(response(HTML, "400 Bad Request", kind="text/html")),
        UsageError,
        "refuses the query: an HTML page",
    ),
    "nothing with 200": (Fault(response("")), Failure, NOT_JSON),
    "no content": (Fault(b"HTTP/1.1 204 No Content\r\n\r\n"), Failure, NOT_JSON),
    "JSON cut short": (Fault(response(EMPTY[:-5])), Failure, f"{NOT_JSON}: it breaks off"),
    "JSON shorter than its length": (
        Fault(response(EMPTY)[:-5]),
        Failure,
        f"{BROKEN_OFF} after {len(EMPTY) - 5} of {len(EMPTY)} bytes",
    ),
    "JSON cut within a chunk": (Fault(chunked(b"30\r\n", EMPTY[:10].encode())), Failure, BROKEN_OFF),
    "chunks without an end": (Fault(chunked(f"{len(EMPTY):x}\r\n{EMPTY}\r\n".encode())), Failure, BROKEN_OFF),
    "chunk of no size": (Fault(chunked(b"size\r\n", EMPTY.encode())), Failure, ""),
    "JSON of another kind": (Fault(response("[1, 2]")), Failure, NOT_JSON),
    "JSON without bindings": (Fault(response('{"head": {"vars": ["x"]}}')), Failure, NOT_JSON),
    "a number for bindings": (Fault(response('{"head": {"vars": ["x"]}, "results": 3}')), Failure, NOT_JSON),
    "a number for a variable": (
        Fault(response('{"head": {"vars": [1]}, "results": {"bindings": []}}')),
        Failure,
        NOT_JSON,
    ),
    "text for a truth value": (Fault(response('{"head": {}, "boolean": "false"}')), Failure, NOT_JSON),
    "JSON nested too deep": (Fault(response("[" * 200_000)), Failure, NOT_JSON),
    "JSON in bytes of no encoding": (Fault(response(b'{"head": "\xe9"}')), Failure, NOT_JSON),
    "no HTTP": (Fault(b"220 mail.example.org ESMTP\r\n"), Failure, NO_ANSWER),
    "no answer": (Fault(b""), Failure, NO_ANSWER),
    "a header without an end": (Fault(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000), Failure, NO_ANSWER),
    "too many headers": (Fault(b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 500 + b"\r\n"), Failure, NO_ANSWER),
    "400": (Fault(response("parse error at line 1", "400 Bad Request")), UsageError, "refuses the query"),
    "401": (
        Fault(response("who?", "401 Unauthorized")),
        Failure,
        f"{NO_ANSWER}: 401 Unauthorized: it wants a name and password: set KG_ENDPOINT_USER and KG_ENDPOINT_PASSWORD",
    ),
    "403": (Fault(response("no", "403 Forbidden")), Failure, f"{NO_ANSWER}: 403 Forbidden: it does not let anybody"),
    "404": (Fault(response("where?", "404 Not Found")), Failure, NO_ANSWER),
    "429": (
        Fault(response("later", "429 Too Many Requests", "Retry-After: 60\r\n")),
        Failure,
        f"{NO_ANSWER}: 429 Too Many Requests: it asks to wait 60 s: ask again after that",
    ),
    "429 without a time": (
        Fault(response("later", "429 Too Many Requests")),
        Failure,
        f"{NO_ANSWER}: 429 Too Many Requests: ask again later",
    ),
    "502": (Fault(response(HTML, "502 Bad Gateway", kind="text/html")), Failure, f"{NO_ANSWER}: 502 Bad Gateway"),
    "504": (Fault(response("", "504 Gateway Timeout")), Failure, f"{NO_ANSWER}: 504 Gateway Timeout"),
    "500": (Fault(response("boom\nat line 7", "500 Internal Server Error")), Failure, NO_ANSWER),
    "a row too long to sort, with a limit too": (
        Fault(response("Virtuoso 22026 Error SR319: Max row length is exceeded", "500 SPARQL Request Failed")),
        Failure,
        NO_ANSWER,
    ),
    "a text too long to sort, with a limit too": (
        Fault(response("Virtuoso 22026 Error SR478: Value of ANY type column too long", "500 SPARQL Request Failed")),
        Failure,
        NO_ANSWER,
    ),
    "206": (Fault(response(EMPTY, "206 Partial Content")), Failure, "answers only in part"),
    "as many rows as it gives at most": (
        Fault(response(rows({"type": "literal", "value": "x"}), headers="X-SPARQL-MaxRows: 1\r\n")),
        Failure,
        "no more than 1 rows",
    ),
    "503": (Fault(response(HTML, "503 Service Unavailable", kind="text/html")), Failure, NO_ANSWER),
    "IRI with a space": (Fault(response(rows({"type": "uri", "value": "http://x/ > y"}))), Failure, NOT_JSON),
    "IRI that closes itself": (Fault(response(rows({"type": "uri", "value": "http://x/> . <y"}))), Failure, NOT_JSON),
    "IRI without a scheme": (Fault(response(rows({"type": "uri", "value": "x"}))), Failure, NOT_JSON),
    "IRI that is a number": (Fault(response(rows({"type": "uri", "value": 7}))), Failure, NOT_JSON),
    "language that is none": (
        Fault(response(rows({"type": "literal", "value": "x", "xml:lang": "en> ."}))),
        Failure,
        NOT_JSON,
    ),
    "datatype that is no IRI": (
        Fault(response(rows({"type": "literal", "value": "x", "datatype": "a b"}))),
        Failure,
        NOT_JSON,
    ),
    "text that is none": (Fault(response(rows({"type": "literal", "value": None}))), Failure, NOT_JSON),
    "half a character": (Fault(response(rows({"type": "literal", "value": "\ud800"}))), Failure, NOT_JSON),
    "blank node with a name that is none": (
        Fault(response(rows({"type": "bnode", "value": "a b"}))),
        Failure,
        NOT_JSON,
    ),
    "term of no kind": (Fault(response(rows({"type": "cell", "value": "x"}))), Failure, NOT_JSON),
    "row that is none": (Fault(response('{"head": {"vars": ["x"]}, "results": {"bindings": [7]}}')), Failure, NOT_JSON),
}
SLOW: dict[str, tuple[Fault, str]] = {
    "a body byte by byte": (Fault(response(EMPTY + " " * 1000), pause=0.02), "still answering after 0.5 s"),
    "a body that stops": (Fault(response(EMPTY)[:-5], silent=True), ""),
    "a head byte by byte": (Fault(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000, pause=0.02), ""),
    "silence": (Fault(b"", silent=True), ""),
    "an error byte by byte": (Fault(response("x" * 1000, "500 Internal Server Error"), pause=0.02), ""),
}


def ask(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str, str]:
    """The exit code, output and errors of `kg query`."""
    monkeypatch.setattr(sys, "argv", ["kg", "query", "-", "--endpoint", url])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(QUERY.encode()), "utf-8"))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code, *capsys.readouterr()


@pytest.mark.parametrize(("fault", "error", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_answer_is_an_error_that_names_the_endpoint(fault: Fault, error: type[KgError], words: str) -> None:
    with FaultServer(fault).serving() as server:
        started = time.monotonic()
        with pytest.raises(error, match=rf"^{re.escape(server.url)} .*{words}") as caught:
            RemoteStore(server.url, DEADLINE).select(QUERY)
        assert time.monotonic() - started < BOUND
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    del caught
    gc.collect()  # a connection that was left open is a warning here, and not in some later test


@pytest.mark.parametrize(("fault", "error", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_on_the_command_line_a_faulty_answer_is_one_line(
    fault: Fault,
    error: type[KgError],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FaultServer(fault).serving() as server:
        code, out, err = ask(server.url, capsys, monkeypatch)
    assert (code, out) == (error.exit_code, "")
    assert re.fullmatch(rf"kg: {re.escape(server.url)} .*{words}.*\n", err)


@pytest.mark.parametrize(("fault", "words"), SLOW.values(), ids=SLOW.keys())
def test_a_slow_answer_is_given_up_at_the_deadline(fault: Fault, words: str) -> None:
    with FaultServer(fault).serving() as server:
        started = time.monotonic()
        with pytest.raises(Failure, match=rf"^{re.escape(server.url)} .*{words}"):
            RemoteStore(server.url, DEADLINE).select(QUERY)
        assert time.monotonic() - started < BOUND


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "500 Internal Server Error"])
def test_an_endless_answer_is_given_up_at_the_size_that_is_allowed(
    status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LARGEST_ANSWER", 1_000_000)
    endless = Fault(f"HTTP/1.1 {status}\r\n\r\n".encode(), then=b"x" * 10_000)
    with FaultServer(endless).serving() as server:
        started = time.monotonic()
        with pytest.raises(KgError, match=rf"^{re.escape(server.url)} "):
            RemoteStore(server.url, deadline=60).select(QUERY)
        assert time.monotonic() - started < BOUND


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_query_is_not_sent_on_to_an_address_that_nobody_named(status: str) -> None:
    with FaultServer(Fault(response(EMPTY))).serving() as other:
        sent_on = Fault(response("", status, f"Location: {other.url}\r\n"))
        with FaultServer(sent_on).serving() as server:
            with pytest.raises(Failure, match=rf"^{re.escape(server.url)} "):
                RemoteStore(server.url, DEADLINE).select(QUERY)
            assert server.requests == 1
        assert other.requests == 0


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://169.254.169.254/latest", "http://169.254.169.254/latest (within a private network): name"),
        ("http://localhost/x", "http://localhost/x (within a private network): name"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x (within a private network): name"),
        ("https://ada:secret@example.org/x", "https://example.org/x: name"),
        ("//example.org/x", "http://example.org/x: name"),
        ("", "another address: name"),
    ],
)
def test_where_a_query_was_to_be_sent_on_is_told(location: str, told: str) -> None:
    sent_on = Fault(response("", "302 Found", f"Location: {location}\r\n"))
    with FaultServer(sent_on).serving() as server, pytest.raises(Failure) as caught:
        RemoteStore(server.url, DEADLINE).select(QUERY)
    assert str(caught.value) == f"{server.url} sends the request on to {told} that address if you trust it"


def test_a_refused_connection_is_a_failure(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(Fault(b"")).serving() as server:
        url = server.url
    code, out, err = ask(url, capsys, monkeypatch)
    assert (code, out) == (3, "")
    assert re.fullmatch(rf"kg: {re.escape(url)} did not answer: .*refused.*\n", err)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:port/sparql", "http://[::1/sparql", "http://a b/sparql", "http://", "http:///sparql"]
)
def test_an_address_that_is_none_is_a_plain_error(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = ask(url, capsys, monkeypatch)
    assert (code in (2, 3), out) == (True, "")
    assert re.fullmatch(rf"kg: {re.escape(url)} .*\n", err)


def dated(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "502 Bad Gateway", "503 Unavailable", "504 Timeout"])
@pytest.mark.parametrize("wait", ["Retry-After: 0\r\n", f"Retry-After: {dated(-5)}\r\n", ""], ids=["0", "date", "none"])
def test_an_endpoint_that_is_busy_is_asked_again(
    endpoint: SparqlEndpoint, status: str, wait: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "FIRST_PAUSE", 0.05)
    with between(base(endpoint), lambda one: says(status, wait) if one.number < 3 else None) as busy:
        store = RemoteStore(f"{busy.url}/sparql", deadline=10)
        assert store.select("ASK { ?s ?p ?o }")[1] == [{"answer": Literal(True)}]
        assert len(busy.asked) == 3


@pytest.mark.parametrize(("code", "asked"), [("SR319", 2), ("SR478", 2), ("SR171", 1)])
def test_what_virtuoso_can_sort_only_in_memory_is_asked_for_anew(code: str, asked: int) -> None:
    with FaultServer(Fault(response(f"Virtuoso 22026 Error {code}: no", "500 Failed"))).serving() as server:
        with pytest.raises(Failure):
            RemoteStore(server.url, DEADLINE).select(QUERY)
        assert server.requests == asked


def test_an_endpoint_that_stays_busy_is_asked_three_times_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "FIRST_PAUSE", 0.05)
    busy = Fault(response("later", "429 Too Many Requests", "Retry-After: 0\r\n"))
    with FaultServer(busy).serving() as server:
        with pytest.raises(Failure, match="429 Too Many Requests: it asks to wait 0 s"):
            RemoteStore(server.url, deadline=10).select(QUERY)
        assert server.requests == 3


def test_the_time_that_an_endpoint_names_is_waited() -> None:
    times: list[float] = []

    def busy(one: Asked) -> bytes | None:
        times.append(time.monotonic())
        return says("503 Unavailable", "Retry-After: 1\r\n") if one.number == 1 else response(EMPTY)

    with between("", busy) as server:
        assert RemoteStore(f"{server.url}/sparql", deadline=10).select(QUERY) == (["x"], [])
    assert 1.0 <= times[1] - times[0] < 2.5


def test_nobody_waits_beyond_the_deadline() -> None:
    with FaultServer(Fault(response("", "503 Unavailable", "Retry-After: 5\r\n"))).serving() as server:
        started = time.monotonic()
        with pytest.raises(Failure, match="503 Service Unavailable: it asks to wait 5 s"):
            RemoteStore(server.url, deadline=1).select(QUERY)
        assert (server.requests, time.monotonic() - started < 1) == (1, True)


def test_other_errors_are_not_asked_again() -> None:
    with FaultServer(Fault(response("", "500 Internal Server Error"))).serving() as server:
        with pytest.raises(Failure):
            RemoteStore(server.url, deadline=10).select(QUERY)
        assert server.requests == 1


# Paging


NUMBERS = "SELECT ?n WHERE { ?s <http://e/n> ?n }"


@pytest.fixture(scope="module")
def numbers() -> Iterator[SparqlEndpoint]:
    """An endpoint with the numbers from 1 to 25, seven of them twice."""
    store = Store()
    for number in range(1, 26):
        for subject in ("a", "b") if number <= 7 else ("a",):
            node = NamedNode(f"http://e/{subject}{number}")
            store.add(Quad(node, NamedNode("http://e/n"), Literal(number), NamedNode("http://e/g")))
    store.add(Quad(BlankNode("x"), NamedNode("http://e/blank"), BlankNode("y"), NamedNode("http://e/g")))
    with SparqlEndpoint(store).serving() as served:
        yield served


def base(endpoint: SparqlEndpoint) -> str:
    return endpoint.url.removesuffix("/sparql")


class Cutting:
    """An endpoint between that gives at most so many rows at a time.

    Attributes:
        asked: The queries that came.
    """

    def __init__(self, endpoint: SparqlEndpoint, most: int, says_so: bool = True, **faults: Any) -> None:
        self.endpoint, self.most, self.says_so, self.faults = endpoint, most, says_so, faults
        self.asked: list[str] = []

    def __call__(self, one: Asked) -> bytes:
        self.asked.append(one.text)
        text = one.text
        if self.faults.get("no_offset"):
            text = re.sub(r"OFFSET \d+", "", text)
        if self.faults.get("refuses") and re.search(self.faults["refuses"], text):
            return response("SR353: Sorted TOP clause", "500 SPARQL Request Failed")
        with urlopen(Request(self.endpoint.url, urlencode({"query": text}).encode()), timeout=10) as reply:
            told = json.loads(reply.read())
        found = told.get("results", {}).get("bindings", [])
        cut = len(found) >= self.most
        del found[self.most :]
        if self.faults.get("loses") and "OFFSET" in text and "OFFSET 0" not in text:
            del found[1:2]
        header = f"X-SPARQL-MaxRows: {self.most}\r\n" if cut and self.says_so else ""
        return response(json.dumps(told), headers=header)


def values(server: Between, query: str = NUMBERS, deadline: float = 10) -> list[str]:
    _, found = RemoteStore(f"{server.url}/sparql", deadline).select(query)
    return [term.value for row in found for term in row.values() if term is not None]


ALL = [*map(str, sorted([*range(1, 26), *range(1, 8)]))]


@pytest.mark.parametrize("most", [2, 3, 10, 31, 32, 33])
@pytest.mark.parametrize("order", ["", " ORDER BY ?n", " ORDER BY ?n # by number", " ORDER BY (?n + 0)"])
def test_an_answer_that_is_cut_is_completed_page_by_page(numbers: SparqlEndpoint, most: int, order: str) -> None:
    with between("", Cutting(numbers, most)) as server:
        assert sorted(values(server, NUMBERS + order), key=int) == ALL
        if order:
            assert values(server, NUMBERS + order) == ALL


def test_an_order_downwards_stays_one_across_pages(numbers: SparqlEndpoint) -> None:
    with between("", Cutting(numbers, 4)) as server:
        assert values(server, f"{NUMBERS} ORDER BY DESC(?n)") == ALL[::-1]


def test_groups_are_counted_across_pages(numbers: SparqlEndpoint) -> None:
    query = "PREFIX e: <http://e/>\nSELECT ?n (COUNT(DISTINCT ?s) AS ?of) WHERE { ?s e:n ?n } GROUP BY ?n ORDER BY ?n"
    with between("", Cutting(numbers, 4)) as server:
        found = RemoteStore(f"{server.url}/sparql").select(query)[1]
    assert [(int(str(row["n"].value)), row["of"].value) for row in found if row["n"] and row["of"]] == [
        (number, "2" if number <= 7 else "1") for number in range(1, 26)
    ]


def test_pages_are_sorted_within_where_an_engine_sorts_for_none_so_far(numbers: SparqlEndpoint) -> None:
    """As Virtuoso does, with the words that it says."""
    far = r"^(?!.*SELECT \*)(?s:.*)OFFSET [1-9]"
    with between("", cutting := Cutting(numbers, 10, refuses=far)) as server:
        assert values(server, f"{NUMBERS} ORDER BY ?n") == ALL
    assert any("SELECT *" in text for text in cutting.asked)


@pytest.mark.parametrize(
    ("query", "faults", "told"),
    [
        (f"{NUMBERS} LIMIT 30", {}, "and there may be more"),
        (f"{NUMBERS} OFFSET 1", {}, "and there may be more"),
        ("SELECT ?n FROM <http://e/g> WHERE { ?s <http://e/n> ?n }", {}, "and there may be more"),
        (f"{NUMBERS} ORDER BY ?n", {"no_offset": True}, "and its pages do not fit"),
        (f"{NUMBERS} ORDER BY ?n", {"loses": True}, "and its pages "),
        (f"{NUMBERS} ORDER BY ?n", {"refuses": "OFFSET"}, "and there may be more"),
        (f"{NUMBERS} ORDER BY ?n", {"refuses": "COUNT"}, "and there may be more"),
    ],
)
def test_what_cannot_be_completed_is_no_answer(
    numbers: SparqlEndpoint, query: str, faults: dict[str, Any], told: str
) -> None:
    with (
        between("", Cutting(numbers, 10, **faults)) as server,
        pytest.raises(Failure, match=rf"^{server.url}/sparql gives no more than 10 rows, {told}") as caught,
    ):
        values(server, query)
    assert type(caught.value) is Failure


def test_rows_with_blank_nodes_are_not_put_together(numbers: SparqlEndpoint) -> None:
    with between("", Cutting(numbers, 10)) as server, pytest.raises(Failure, match="there may be more"):
        values(server, "SELECT ?s ?o WHERE { ?s ?p ?o } ORDER BY ?s ?o")


def test_pages_have_one_deadline_together(numbers: SparqlEndpoint) -> None:
    def slow(one: Asked) -> bytes:
        time.sleep(0.2)
        return cutting(one)

    cutting = Cutting(numbers, 2)
    with between("", slow) as server:
        started = time.monotonic()
        with pytest.raises(Failure, match="was still answering after 1 s"):
            values(server, f"{NUMBERS} ORDER BY ?n", deadline=1)
        assert time.monotonic() - started < 2


def test_pages_have_one_largest_size_together(numbers: SparqlEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LARGEST_ANSWER", 3_000)
    with between("", Cutting(numbers, 3)) as server, pytest.raises(Failure, match="sends more than 0 MB"):
        values(server, f"{NUMBERS} ORDER BY ?n")


def test_an_answer_that_is_cut_without_a_word_is_completed_too(
    numbers: SparqlEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "SUSPICIOUS", 10)
    with between("", Cutting(numbers, 10, says_so=False)) as server:
        assert values(server, f"{NUMBERS} ORDER BY ?n") == ALL
    with between("", quiet := Cutting(numbers, 100, says_so=False)) as server:
        ten = "SELECT ?n WHERE { ?s <http://e/n> ?n FILTER(?n > 15) } ORDER BY ?n"
        assert values(server, ten) == ALL[-10:]
    assert len(quiet.asked) == 2
    assert quiet.asked[1].endswith("LIMIT 1 OFFSET 10")


# A default graph that is not the union


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT ?claim WHERE { ?claim a pm:Claim }", []),
        ("SELECT (COUNT(?claim) AS ?n) WHERE { ?claim a pm:Claim }", [{"n": 0}]),
        ("ASK { ?claim a pm:Claim }", [{"answer": False}]),
    ],
)
def test_claims_that_an_endpoint_hides_are_no_empty_answer(tiny_build: Built, query: str, answer: Any) -> None:
    with oxigraph.serving(union=False) as server:
        assert list(kg.open(server.query).sparql(query)) == answer  # it has none as yet
        writer = GraphStore(addresses.read(f"{server.base}/store"))
        push(tiny_build.release.store, RemoteStore(server.query), writer)
        with pytest.raises(Failure, match=rf"^{server.query} holds claims in named graphs.*--union-default-graph"):
            kg.open(server.query).sparql(query)
        with pytest.raises(Failure, match="--union-default-graph"):
            kg.open(server.query).trace()
        named = kg.open(server.query).sparql("SELECT ?claim WHERE { GRAPH ?g { ?claim a pm:Claim } }")
        assert len(named) > 0


def test_it_is_looked_for_once_and_only_where_nothing_came(endpoint: SparqlEndpoint) -> None:
    with between(base(endpoint)) as watched:
        graph = kg.open(f"{watched.url}/sparql")
        for _ in range(3):
            assert len(graph.sparql("SELECT ?x WHERE { ?x a pm:Nothing }")) == 0
        assert len(watched.asked) == 4
        watched.asked.clear()
        graph = kg.open(f"{watched.url}/sparql")
        assert len(graph.sparql("SELECT ?x WHERE { ?x a pm:Claim }")) > 0
        assert len(graph.sparql("SELECT ?x WHERE { ?x a pm:Nothing }")) == 0
        assert len(watched.asked) == 2


# Who asks


def signed(one: Asked) -> bytes | None:
    """Lets in ada only."""
    wanted = "Basic " + b64encode(b"ada:s3:cret").decode()
    return None if one.headers.get("authorization") == wanted else says("401 Unauthorized")


@pytest.mark.parametrize("way", ["in the address", "in the environment"])
def test_an_endpoint_is_told_who_asks(endpoint: SparqlEndpoint, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with between(base(endpoint), signed) as server:
        url = f"{server.url}/sparql"
        if way == "in the environment":
            monkeypatch.setenv("KG_ENDPOINT_USER", "ada")
            monkeypatch.setenv("KG_ENDPOINT_PASSWORD", "s3:cret")
        else:
            url = url.replace("http://", "http://ada:s3%3Acret@")
        graph = kg.open(url)
        assert len(graph.sparql("SELECT ?x WHERE { ?x a pm:Claim }")) > 0
        assert graph.name == f"{server.url}/sparql"


@pytest.mark.parametrize(
    "answer",
    [
        says("401 Unauthorized"),
        says("302 Found", "Location: http://ada:s3cret@example.org/\r\n"),
        response("{"),
        response("", "400 Bad Request"),
        b"",
    ],
)
def test_a_password_is_in_no_error(
    answer: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer(Fault(answer)).serving() as server:
        code, out, err = ask(server.url.replace("http://", "http://ada:s3cret@"), capsys, monkeypatch)
    assert (code in (2, 3), out) == (True, "")
    assert re.fullmatch(rf"kg: {re.escape(server.url)} .*\n", err)
    assert "s3cret" not in err


@pytest.mark.parametrize("url", ["http://ada:s3cret@host:port/x", "http://ada:s3cret@/x", "ftp://ada:s3cret@h/x"])
def test_a_password_is_in_no_error_about_its_address(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if url.startswith("http"):
        code, _, err = ask(url, capsys, monkeypatch)
        assert code == 2
    else:
        with pytest.raises(UsageError) as caught:
            RemoteStore(url)
        err = str(caught.value)
    assert "s3cret" not in err


def test_literals_are_read_as_older_engines_write_them() -> None:
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    answer = response(
        rows(
            {"type": "typed-literal", "value": "7", "datatype": integer},
            {"type": "literal", "value": "7", "datatype": integer},
            {"type": "literal", "value": "7"},
            {"type": "literal", "value": "sept", "xml:lang": "fr"},
        )
    )
    with FaultServer(Fault(answer)).serving() as server:
        _, found = RemoteStore(server.url, DEADLINE).select(QUERY)
        seven = Literal("7", datatype=NamedNode(integer))
        assert [row["x"] for row in found] == [seven, seven, Literal("7"), Literal("sept", language="fr")]
        assert [row["x"] for row in kg.open(server.url).sparql(QUERY)] == [7, 7, "7", "sept"]


def test_blank_nodes_are_read_as_virtuoso_names_them() -> None:
    with FaultServer(Fault(response(rows({"type": "bnode", "value": "nodeID://b10005"})))).serving() as server:
        assert RemoteStore(server.url, DEADLINE).select(QUERY)[1] == [{"x": BlankNode("b10005")}]


@pytest.mark.parametrize(
    ("cells", "told"), [([{"__ASK_RETVAL": {"type": "typed-literal", "value": "1"}}], True), ([], False)]
)
def test_yes_or_no_is_read_as_virtuoso_writes_it(cells: list[Any], told: bool) -> None:
    answer = json.dumps({"head": {"vars": ["__ASK_RETVAL"]}, "results": {"bindings": cells}})
    with FaultServer(Fault(response(answer))).serving() as server:
        assert [row["answer"] for row in kg.open(server.url).sparql("ASK { ?x ?p ?o }")] == [told]


def test_fewer_rows_than_an_endpoint_gives_at_most_are_an_answer() -> None:
    answer = response(rows({"type": "literal", "value": "x"}), headers="X-SPARQL-MaxRows: 2\r\n")
    with FaultServer(Fault(answer)).serving() as server:
        assert len(kg.open(server.url).sparql(QUERY)) == 1


@pytest.mark.parametrize("value", ["seven", "", "1" * 5000, "7.0"])
def test_a_number_that_is_none_is_shown_as_it_is_written(
    value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    literal = {"type": "literal", "value": value, "datatype": "http://www.w3.org/2001/XMLSchema#integer"}
    with FaultServer(Fault(response(rows(literal)))).serving() as server:
        code, out, err = ask(server.url, capsys, monkeypatch)
    assert (code, err) == (0, "")
    assert value in out.replace("\n", "").replace(" ", "")


BESIDE_THE_QUESTION: dict[str, str] = {
    "a truth value": json.dumps({"head": {}, "boolean": True}),
    "other columns": rows({"type": "literal", "value": "x"}),
    "columns without values": json.dumps(
        {"head": {"vars": ["factor", "outcome", "term", "label", "method"]}, "results": {"bindings": [{}]}}
    ),
    "text for IRIs and numbers": json.dumps(
        {
            "head": {
                "vars": (names := ["factor", "outcome", "supports", "term", "label", "kind", "codings", "method"])
            },
            "results": {"bindings": [{name: {"type": "literal", "value": "x"} for name in names}]},
        }
    ),
}


@pytest.mark.parametrize(
    "selection", [[], ["--factor", "trust"], ["--country", "KEN"]], ids=["all", "factor", "country"]
)
@pytest.mark.parametrize("answer", BESIDE_THE_QUESTION.values(), ids=BESIDE_THE_QUESTION.keys())
def test_tracing_an_endpoint_that_answers_beside_the_question_is_a_failure(
    answer: str, selection: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultServer(Fault(response(answer))).serving() as server:
        monkeypatch.setattr(sys, "argv", ["kg", "trace", "--graph", server.url, *selection])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code in (2, 3), out) == (True, "")
    assert re.fullmatch(r"kg: .*\n", err)


def counted(value: str, datatype: str, outcome: str = "https://w3id.org/partnership-mechanisms/concept/equity") -> str:
    """An answer to cq04 with one row, whose counts are of a datatype."""
    number = {"type": "literal", "value": value, "datatype": f"http://www.w3.org/2001/XMLSchema#{datatype}"}
    cells = {
        column.name: {"type": "uri", "value": outcome} if column.kind == "concept" else number
        for column in asking.read_question("cq04").columns
        if column.kind in ("concept", "number")
    }
    names = [column.name for column in asking.read_question("cq04").columns]
    return json.dumps({"head": {"vars": names}, "results": {"bindings": [cells]}})


@pytest.mark.parametrize(
    "answer",
    [
        *BESIDE_THE_QUESTION.values(),
        json.dumps({"head": {"vars": []}, "results": {"bindings": []}}),
        counted("3.5", "decimal"),
        counted("many", "string"),
        counted("3", "integer", outcome="http://elsewhere.example/equity"),
    ],
    ids=[*BESIDE_THE_QUESTION, "no variables", "half a study", "no number", "an id of somebody else"],
)
def test_an_answer_beside_a_question_is_a_failure(answer: str) -> None:
    with FaultServer(Fault(response(answer))).serving() as server, pytest.raises(KgError):
        kg.open(server.url).ask("cq04")


def test_whole_numbers_are_read_as_other_engines_write_them() -> None:
    (row,) = asking.ask(Fixed(counted("3.0", "decimal")), "cq04", {}).rows
    assert (row["studies"], row["factor"]) == (3, "equity")


class Fixed:
    """Answers every query alike, but for those that the notice asks."""

    def __init__(self, answer: str) -> None:
        found = json.loads(answer)
        self.names = list(found["head"]["vars"])
        self.cells = found["results"]["bindings"]

    def select(self, query: str) -> tuple[list[str], list[Row]]:
        if "?codings" in query:
            return ["method", "codings", "unchecked"], [
                {"method": None, "codings": Literal(1), "unchecked": Literal(0)}
            ]
        if "?studies)" in query and "pm:pmcid" in query:
            return ["studies"], []
        made: list[Row] = [
            {
                name: None
                if (cell := row.get(name)) is None
                else NamedNode(cell["value"])
                if cell["type"] == "uri"
                else Literal(cell["value"], datatype=NamedNode(cell["datatype"]))
                for name in self.names
            }
            for row in self.cells
        ]
        return self.names, made


@pytest.fixture(scope="module")
def endpoint(tiny_build: Built) -> Iterator[SparqlEndpoint]:
    """An endpoint that serves the graph of the small corpus."""
    with SparqlEndpoint(Store.read_only(str(tiny_build.release.store))).serving() as served:
        yield served


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"factor": "trust"},
        {"factor": "trust", "outcome": "service-delivery"},
        {"kind": "any", "status": "all", "roll_up": True},
        {"country": "Kenya", "actor": "frontline-staff", "claims": True},
    ],
    ids=str,
)
def test_a_trace_of_an_endpoint_equals_that_of_the_same_graph_on_disk(
    endpoint: SparqlEndpoint, tiny_graph: kg.KnowledgeGraph, selection: dict[str, Any]
) -> None:
    there, here = kg.open(endpoint.url).trace(**selection), tiny_graph.trace(**selection)
    assert there.to_json() == here.to_json()
    assert there.cells == here.cells
    assert len(there.cells) > 0


def test_the_command_line_traces_an_endpoint(
    endpoint: SparqlEndpoint, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["kg", "trace", "--endpoint", endpoint.url, "--factor", "trust", "--format", "csv"]
    )
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, err.startswith("kg: 2 of 7 codings are machine-assisted")) == (0, True)
    assert out.splitlines() == [
        "factor,outcome,supports,hinders,mixed,no_effect,studies",
        "trust,equity,0,0,0,1,1",
        "trust,service-delivery,3,1,1,0,4",
    ]


@pytest.fixture(scope="module")
def questioned(small_build: Built) -> Iterator[SparqlEndpoint]:
    """An endpoint that serves the graph that the questions' answers were worked out on."""
    with SparqlEndpoint(Store.read_only(str(small_build.release.store))).serving() as served:
        yield served


@pytest.mark.parametrize("question", [question.id for question in kg.questions()])
def test_a_question_has_one_answer_on_disk_and_at_an_endpoint(
    questioned: SparqlEndpoint, small_graph: kg.KnowledgeGraph, question: str
) -> None:
    freed = {one.name: "any" for one in asking.read_question(question).parameters if one.may_be_any}
    there = kg.open(questioned.url).ask(question, **freed)
    assert there.to_json() == small_graph.ask(question, **freed).to_json()
    assert len(there) > 0


@pytest.mark.parametrize(
    ("fault", "error", "told"),
    [
        (Fault(response("no", "500 \x1b[2JGone")), Failure, "did not answer: 500 Internal Server Error"),
        (Fault(response("no", "599 \x1b[2JGone")), Failure, "did not answer: 599 [2JGone"),
        (Fault(response("\x1b]0;x\x07" + "no " * 200, "400 No")), UsageError, "refuses the query: ]0;x" + "no " * 66),
        (
            Fault(response("", "302 Found", "Location: http://127.0.0.1:1/\x1b[2Jx\r\n")),
            Failure,
            "sends the request on to http://127.0.0.1:1/[2Jx",
        ),
    ],
    ids=["known status", "unknown status", "body", "redirect"],
)
def test_nothing_that_a_terminal_obeys_is_told(fault: Fault, error: type[KgError], told: str) -> None:
    with FaultServer(fault).serving() as server, pytest.raises(error) as caught:
        RemoteStore(server.url).select("ASK {}")
    assert str(caught.value).startswith(f"{server.url} {told.strip()}"[:200])
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 320


def test_an_answer_of_too_many_empty_cells_is_given_up() -> None:
    answer = json.dumps({"head": {"vars": [f"v{at}" for at in range(1001)]}, "results": {"bindings": [{}] * 5000}})
    told = r"answers with more than 5,000,000 cells: ask for less$"
    with FaultServer(Fault(response(answer))).serving() as server, pytest.raises(Failure, match=told):
        RemoteStore(server.url).select("SELECT * {}")


@pytest.mark.parametrize("binding", ["x", ["x"], 1, None])
def test_a_binding_that_is_no_object_is_no_result(binding: Any) -> None:
    answer = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [binding]}})
    with FaultServer(Fault(response(answer))).serving() as server, pytest.raises(Failure, match=NOT_JSON):
        RemoteStore(server.url).select("SELECT * {}")
