"""One suite for every graph that can be asked: on disk, and behind a SPARQL endpoint."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    Store,
)

import kg
from kg.errors import Failure, UsageError
from kg.remote import RemoteStore
from kg.store import Answers, LocalStore, Term

XSD = "http://www.w3.org/2001/XMLSchema#"
EX = "http://example.org/"


class SparqlEndpoint:
    """A SPARQL endpoint on loopback over a store: its default graph is the union, its answers are SPARQL JSON.

    Attributes:
        url: Its address.
        asked: The form fields of every request so far.
    """

    def __init__(self, store: Store) -> None:
        self.asked: list[dict[str, list[str]]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                endpoint.asked.append(fields)
                status, kind, body = endpoint.answer(store, fields)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/sparql"

    @staticmethod
    def answer(store: Store, fields: dict[str, list[str]]) -> tuple[int, str, bytes]:
        if "query" not in fields:
            return 403, "text/plain", b"queries only"
        try:
            found = store.query(fields["query"][0], use_default_graph_as_union=True)
        except SyntaxError as error:
            return 400, "text/plain", str(error).encode()
        if not isinstance(found, QuerySolutions | QueryBoolean):
            return 406, "text/plain", b"rows only"
        body = found.serialize(format=QueryResultsFormat.JSON)
        assert body is not None
        return 200, "application/sparql-results+json", body

    @contextmanager
    def serving(self) -> Iterator[SparqlEndpoint]:
        """Answers until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


TERMS: dict[str, Term] = {
    "iri": NamedNode(f"{EX}thing"),
    "iri beyond ascii": NamedNode(f"{EX}équipe/%2F?q=1#part"),
    "text": Literal("trust"),
    "text that needs escaping": Literal('a "quote", a \\ and\n\ta new line – 🙂'),
    "empty text": Literal(""),
    "language": Literal("confiance", language="fr"),
    "language with region": Literal("trust", language="en-gb"),
    "integer": Literal("7", datatype=NamedNode(f"{XSD}integer")),
    "integer that is none": Literal("seven", datatype=NamedNode(f"{XSD}integer")),
    "decimal": Literal("0.4", datatype=NamedNode(f"{XSD}decimal")),
    "double": Literal("1.5", datatype=NamedNode(f"{XSD}double")),
    "boolean": Literal("true", datatype=NamedNode(f"{XSD}boolean")),
    "date": Literal("2020-02-29", datatype=NamedNode(f"{XSD}date")),
    "own datatype": Literal("x", datatype=NamedNode(f"{EX}datatype")),
}
ONE, OTHER = NamedNode(f"{EX}graph/one"), NamedNode(f"{EX}graph/other")
HAS = NamedNode(f"{EX}has")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store on disk: every kind of term in one graph, another triple in a second, none in the default graph."""
    path = tmp_path_factory.mktemp("store")
    store = Store(str(path))
    for name, term in TERMS.items():
        store.add(Quad(NamedNode(EX + name.replace(" ", "-")), HAS, term, ONE))
    store.add(Quad(NamedNode(f"{EX}nobody"), HAS, BlankNode("nobody"), ONE))
    store.add(Quad(NamedNode(f"{EX}other"), NamedNode(f"{EX}knows"), NamedNode(f"{EX}text"), OTHER))
    store.flush()
    return path


@pytest.fixture(scope="module")
def endpoint(folder: Path) -> Iterator[SparqlEndpoint]:
    """An endpoint that serves the store."""
    with SparqlEndpoint(Store.read_only(str(folder))).serving() as served:
        yield served


@pytest.fixture(params=["local", "remote"])
def answers(request: pytest.FixtureRequest, folder: Path, endpoint: SparqlEndpoint) -> Answers:
    """The graph, in each of the ways in which it can be asked."""
    return LocalStore(folder) if request.param == "local" else RemoteStore(endpoint.url, deadline=10)


@pytest.mark.parametrize("name", TERMS)
def test_every_kind_of_term_comes_as_it_is(answers: Answers, name: str) -> None:
    subject = EX + name.replace(" ", "-")
    columns, rows = answers.select(f"SELECT ?term WHERE {{ <{subject}> <{HAS.value}> ?term }}")
    assert (columns, rows) == (["term"], [{"term": TERMS[name]}])


def test_a_blank_node_comes_as_one(answers: Answers) -> None:
    _, rows = answers.select(f"SELECT ?term WHERE {{ <{EX}nobody> <{HAS.value}> ?term }}")
    assert [type(row["term"]) for row in rows] == [BlankNode]


def test_an_unbound_variable_is_none(answers: Answers) -> None:
    query = f"SELECT ?s ?knows WHERE {{ VALUES ?s {{ <{EX}other> <{EX}text> }} OPTIONAL {{ ?s <{EX}knows> ?knows }} }}"
    assert answers.select(f"{query} ORDER BY ?s") == (
        ["s", "knows"],
        [
            {"s": NamedNode(f"{EX}other"), "knows": NamedNode(f"{EX}text")},
            {"s": NamedNode(f"{EX}text"), "knows": None},
        ],
    )


@pytest.mark.parametrize(("pattern", "holds"), [("?s ?p ?o", True), (f"?s <{EX}nothing> ?o", False)])
def test_ask_is_one_row(answers: Answers, pattern: str, holds: bool) -> None:
    assert answers.select(f"ASK {{ {pattern} }}") == (["answer"], [{"answer": Literal(holds)}])


def test_columns_keep_the_order_in_which_they_are_asked_for(answers: Answers) -> None:
    columns, rows = answers.select("SELECT ?z ?a (?z + ?a AS ?m) WHERE { VALUES (?a ?z) { (1 2) } }")
    assert columns == ["z", "a", "m"]
    assert [list(row) for row in rows] == [["z", "a", "m"]]


def test_rows_keep_their_order_and_their_doubles(answers: Answers) -> None:
    _, rows = answers.select("SELECT ?n WHERE { VALUES ?n { 3 1 2 1 } } ORDER BY DESC(?n)")
    assert [row["n"] for row in rows] == [Literal(number) for number in (3, 2, 1, 1)]


def test_no_solution_is_no_row_and_still_has_columns(answers: Answers) -> None:
    assert answers.select(f"SELECT ?s ?o WHERE {{ ?s <{EX}nothing> ?o }}") == (["s", "o"], [])


def test_a_query_that_names_no_graph_sees_the_union_of_all(answers: Answers) -> None:
    query = f"SELECT ?term WHERE {{ <{EX}other> <{EX}knows> ?s . ?s <{HAS.value}> ?term }}"
    assert answers.select(query)[1] == [{"term": Literal("trust")}]
    assert answers.select("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")[1] == [{"n": Literal(len(TERMS) + 2)}]


def test_a_query_that_names_a_graph_sees_that_one(answers: Answers) -> None:
    _, rows = answers.select(f"SELECT ?s WHERE {{ GRAPH <{OTHER.value}> {{ ?s ?p ?o }} }}")
    assert rows == [{"s": NamedNode(f"{EX}other")}]
    _, rows = answers.select("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g")
    assert rows == [{"g": ONE}, {"g": OTHER}]


@pytest.mark.parametrize(
    "text",
    ["", "not a query", "SELECT ?s WHERE {", "SELECT ?s WHERE { ?s ?p }", "SELECT * WHERE { ?s nowhere:p ?o }"],
)
def test_what_is_no_query_is_a_usage_error(answers: Answers, text: str) -> None:
    with pytest.raises(UsageError):
        answers.select(text)


@pytest.mark.parametrize(
    "text",
    [
        "DELETE WHERE { ?s ?p ?o }",
        f"INSERT DATA {{ <{EX}s> <{EX}p> <{EX}o> }}",
        "DROP ALL",
        f"LOAD <{EX}document>",
        f"PREFIX ex: <{EX}>\n# a remark\nCLEAR DEFAULT",
    ],
)
def test_an_update_is_refused_before_it_reaches_anything(answers: Answers, endpoint: SparqlEndpoint, text: str) -> None:
    endpoint.asked.clear()
    with pytest.raises(UsageError):
        answers.select(text)
    assert [fields for fields in endpoint.asked if "update" in fields] == []


def test_construct_gives_triples_as_rows_where_the_store_is_local(folder: Path) -> None:
    query = f"CONSTRUCT {{ ?s <{EX}is> ?s }} WHERE {{ ?s <{EX}knows> ?o }}"
    other = NamedNode(f"{EX}other")
    assert LocalStore(folder).select(query) == (
        ["subject", "predicate", "object"],
        [{"subject": other, "predicate": NamedNode(f"{EX}is"), "object": other}],
    )


@pytest.mark.parametrize("form", ["CONSTRUCT { ?s ?p ?o }", f"DESCRIBE <{EX}other>"])
def test_a_remote_graph_gives_rows_only_and_says_so(endpoint: SparqlEndpoint, form: str) -> None:
    with pytest.raises((UsageError, Failure), match=endpoint.url):
        RemoteStore(endpoint.url, deadline=10).select(f"{form} WHERE {{ ?s ?p ?o }}")


def test_a_local_store_cannot_be_written_through_a_query(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    store = LocalStore(folder)
    with pytest.raises(UsageError):
        store.select(f"INSERT DATA {{ <{EX}s> <{EX}p> <{EX}o> }}")
    assert store.select(f"ASK {{ <{EX}s> <{EX}p> <{EX}o> }}")[1] == [{"answer": Literal(False)}]
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_folder_that_is_no_store_is_a_damaged_graph(tmp_path: Path) -> None:
    with pytest.raises(kg.DamagedRelease, match=f"the graph in {tmp_path} cannot be opened .*: run kg build"):
        LocalStore(tmp_path).select("ASK { ?s ?p ?o }")


@pytest.mark.parametrize("address", ["ftp://example.org/sparql", "example.org/sparql", "", "file:///etc/hosts"])
def test_what_is_no_web_address_is_no_endpoint(address: str) -> None:
    with pytest.raises(UsageError, match="begins with http:// or https://"):
        RemoteStore(address)
