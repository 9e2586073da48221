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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Store

import kg
from kg import ask as asking
from kg import cli
from kg.errors import Failure, KgError, UsageError
from kg.pipeline import Built
from kg.remote import RemoteStore, exchange
from kg.store import Row
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
NO_ANSWER = "did not answer"

FAULTS: dict[str, tuple[Fault, type[KgError], str]] = {
    "HTML with 200": (Fault(response(HTML, kind="text/html")), Failure, NOT_JSON),
    "nothing with 200": (Fault(response("")), Failure, NOT_JSON),
    "no content": (Fault(b"HTTP/1.1 204 No Content\r\n\r\n"), Failure, NOT_JSON),
    "JSON cut short": (Fault(response(EMPTY[:-5])), Failure, NOT_JSON),
    "JSON shorter than its length": (Fault(response(EMPTY)[:-5]), Failure, ""),
    "JSON cut within a chunk": (Fault(chunked(b"30\r\n", EMPTY[:10].encode())), Failure, ""),
    "chunks without an end": (Fault(chunked(f"{len(EMPTY):x}\r\n{EMPTY}\r\n".encode())), Failure, ""),
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
    "401": (Fault(response("who?", "401 Unauthorized")), Failure, NO_ANSWER),
    "404": (Fault(response("where?", "404 Not Found")), Failure, NO_ANSWER),
    "429": (Fault(response("later", "429 Too Many Requests", "Retry-After: 60\r\n")), Failure, NO_ANSWER),
    "500": (Fault(response("boom\nat line 7", "500 Internal Server Error")), Failure, NO_ANSWER),
    "a row too long to sort, with a limit too": (
        Fault(response("Virtuoso 22026 Error SR319: Max row length is exceeded", "500 SPARQL Request Failed")),
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
            return ["method", "codings", "unchecked"], []
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
