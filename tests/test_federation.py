"""SERVICE: between the embedded store and a server, between two servers, and never where nobody allowed it."""

from __future__ import annotations

import io
import json
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import QuerySolutions, Store

import kg
from kg import cli, gate, query_words
from kg.errors import Failure, UsageError
from kg.pipeline import Built
from kg.push import push
from kg.remote import RemoteStore, exchange, services
from tests import oxigraph
from tests.between import Asked, between, says
from tests.conftest import ROOT
from tests.oxigraph import Oxigraph
from tests.test_remote import EMPTY, Fault, FaultServer, response

WIKIDATA = "https://query.wikidata.org/sparql"
EXAMPLES = sorted((ROOT / "queries" / "federated").glob("*.rq"))
ITEMS = """
@prefix wdt: <http://www.wikidata.org/prop/direct/> .
@prefix wd: <http://www.wikidata.org/entity/> .
wd:Q114 wdt:P298 "KEN" ; wdt:P1082 48468138 .
wd:Q145 wdt:P298 "GBR" .
wd:Q1030 wdt:P298 "NAM" .
"""
"""What the other endpoint says of some countries."""


@pytest.fixture(scope="module")
def other() -> Iterator[Oxigraph]:
    """A server with some items of countries."""
    with oxigraph.serving() as server:
        server.load(ITEMS, "http://example.org/items")
        yield server


@pytest.fixture(scope="module")
def pushed(tiny_build: Built) -> Iterator[Oxigraph]:
    """A server with the graph of the small corpus."""
    with oxigraph.serving() as server:
        store = RemoteStore(server.query)
        push(tiny_build.release.store, store, services.writer(store.address))
        yield server


@pytest.fixture(params=["embedded", "server"])
def graph(request: pytest.FixtureRequest, tiny_graph: kg.KnowledgeGraph, pushed: Oxigraph) -> kg.KnowledgeGraph:
    """The graph of the small corpus, in each of the ways in which it can be asked."""
    return tiny_graph if request.param == "embedded" else kg.open(pushed.query)


def codes(url: str, silent: str = "") -> str:
    """A query that joins the countries of cases with what an endpoint says of them."""
    return f"""
        SELECT DISTINCT ?iso3 ?item WHERE {{
          ?case a pm:Case ; pm:country/pm:iso3 ?iso3 .
          SERVICE {silent} <{url}> {{ ?item <http://www.wikidata.org/prop/direct/P298> ?iso3 }}
        }} ORDER BY ?iso3"""


JOINED = [
    {"iso3": "GBR", "item": "http://www.wikidata.org/entity/Q145"},
    {"iso3": "KEN", "item": "http://www.wikidata.org/entity/Q114"},
]


def example(name: str, address: str, url: str) -> str:
    """An example, with another address in the place of its own."""
    text = (ROOT / "queries" / "federated" / f"{name}.rq").read_text(encoding="utf-8")
    assert f"SERVICE <{address}>" in text
    return text.replace(address, url)


def test_countries_are_joined_with_another_endpoint(graph: kg.KnowledgeGraph, other: Oxigraph) -> None:
    found = graph.sparql(codes(other.query), services=[other.query])
    assert (list(found.rows), found.notice) == (JOINED, "")


def test_the_example_with_wikidata_joins_population(graph: kg.KnowledgeGraph, other: Oxigraph) -> None:
    text = example("population-of-countries", WIKIDATA, other.query)
    rows = {row["iso3"]: row for row in graph.sparql(text, services=[other.query])}
    assert rows["KEN"] == {
        "iso3": "KEN",
        "label": "Kenya",
        "studies": 2,
        "item": "http://www.wikidata.org/entity/Q114",
        "population": 48468138,
    }
    assert (rows["GBR"]["item"], rows["GBR"]["population"]) == ("http://www.wikidata.org/entity/Q145", None)


def test_the_example_with_another_graph_joins_its_matrix(small_graph: kg.KnowledgeGraph, pushed: Oxigraph) -> None:
    """Checked against the two matrices, each asked by itself."""
    text = example("reported-in-another-graph", "http://localhost:7878/query", pushed.query)
    found = small_graph.sparql(text, services=[pushed.query])
    links = """SELECT ?f ?o ?s ?h WHERE { ?l pm:linkFactor ?f ; pm:linkOutcome ?o ; pm:supportingStudies ?s ;
               pm:hinderingStudies ?h }"""
    here, there = (
        {(row["f"], row["o"]): (row["s"], row["h"]) for row in one.sparql(links)}
        for one in (small_graph, kg.open(pushed.query))
    )
    shared = sorted(cell for cell in here if cell in there)
    assert [tuple(row.values()) for row in found.rows] == [(*cell, *here[cell], *there[cell]) for cell in shared]
    assert len(shared) > 0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_what_it_is_and_what_the_other_endpoint_must_hold(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = dict(re.findall(r"^#\+ ([a-z ]+): (\S.*)$", text, re.MULTILINE))
    assert list(header)[:4] == ["title", "why", "columns", "elsewhere"]
    assert len(query_words.places("SERVICE", text)) == 1
    alone = re.sub(r"SERVICE <[^>]+>", "", text)  # runs nowhere but here
    found = Store().query(alone)
    assert isinstance(found, QuerySolutions)
    assert header["columns"] == ", ".join(variable.value for variable in found.variables)


@contextmanager
def listening() -> Iterator[tuple[str, socket.socket]]:
    """An address of this machine where nobody is expected."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sparql", listener


HIDDEN_SERVICES = {
    "as it is": "SERVICE <{}> {{ ?s ?p ?o }}",
    "silent": "SERVICE SILENT <{}> {{ ?s ?p ?o }}",
    "in small letters": "service silent<{}>{{ ?s ?p ?o }}",
    "after a remark": "SERVICE # <http://x/>\n SILENT # a\n <{}> {{ ?s ?p ?o }}",
    "within an option": "OPTIONAL {{ SERVICE <{}> {{ ?s ?p ?o }} }}",
    "after a name with a quote": "OPTIONAL {{ ?s pm:a\\'b ?o }} SERVICE <{}> {{ ?s ?p ?o }} FILTER(?o = 'x')",
    "after a name with a sharp": "OPTIONAL {{ ?s pm:a\\#b ?o }} SERVICE <{}> {{ ?s ?p ?o }}",
    "between less and more": "FILTER(1<2)SERVICE<{}>{{?s?p?o}}FILTER(2>1)",
    "by a variable": "VALUES ?where {{ <{}> }} SERVICE ?where {{ ?s ?p ?o }}",
    "by a variable, between less and more": "VALUES ?w {{ <{}> }} FILTER(1<2)SERVICE?w{{?s?p?o}}FILTER(2>1)",
    "after another's": "SERVICE <http://127.0.0.1:1/allowed> {{ ?s ?p ?o }} SERVICE <{}> {{ ?s ?p ?o }}",
    "within another's": "SERVICE <http://127.0.0.1:1/allowed> {{ ?s ?p ?o SERVICE <{}> {{ ?s ?p ?o }} }}",
    "by a prefix": "SERVICE there: {{ ?s ?p ?o }}",
    "by a base": "SERVICE <sparql> {{ ?s ?p ?o }}",
    "silent without a space": "SERVICESILENT <{}> {{ ?s ?p ?o }}",
    "by a prefix without a space": "SERVICEthere: {{ ?s ?p ?o }}",
    "by a prefix and a name without a space": "SERVICEthere:x {{ ?s ?p ?o }}",
    "by the empty prefix": "SERVICE:x {{ ?s ?p ?o }}",
    "after a number": "?s ?p 1SERVICE <{}> {{ ?s ?p ?o }}",
    "after a truth value": "?s ?p trueSERVICE <{}> {{ ?s ?p ?o }}",
    "after a truth value and a stop": "?s ?p true.SERVICEthere:x {{ ?s ?p ?o }}",
    "after a prefix and a stop": "?s ?p there:.SERVICE <{}> {{ ?s ?p ?o }}",
    "after the empty prefix and a stop": "?s ?p :.SERVICE <{}> {{ ?s ?p ?o }}",
    "after a remark that a carriage return ends": "?s ?p ?o #x\rSERVICE <{}> {{ ?s ?p ?o }}",
    "after a remark within it": "SERVICE #x\r<{}>{{ ?s ?p ?o }} #\n<http://127.0.0.1:1/allowed> {{ ?s ?p ?o }}",
    "after a comparison": "?s ?p ?o FILTER(?o<?b#>'''\n) SERVICE <{}> {{ ?s ?p ?z }} }} #'''",
    "after a comparison with slashes": "?s ?p ?o FILTER(?o<?b#//>'''\n) SERVICE <{}> {{ ?s ?p ?z }} }} #'''",
    "after what is no string": 'VALUES ?v {{ """ x " }} SERVICE <{}> {{ ?s ?p ?o }} }} #\\q """\n',
    "after an escaped address": "?s ?p <http://127.0.0.1:1/\\u0041#> SERVICE <{}> {{ ?s ?p ?o }}",
    "escaped": "SERV\\u0049CE <{}> {{ ?s ?p ?o }}",
    "without a space beside another's": (
        "SERVICE <http://127.0.0.1:1/allowed> {{ ?s ?p ?o }} SERVICESILENT <{}> {{ ?s ?p ?o }}"
    ),
}


@pytest.mark.parametrize("allowed", [(), ("http://127.0.0.1:1/allowed",)], ids=["nothing", "another"])
@pytest.mark.parametrize("service", HIDDEN_SERVICES.values(), ids=HIDDEN_SERVICES.keys())
def test_nothing_connects_where_nobody_allowed_it(
    graph: kg.KnowledgeGraph, service: str, allowed: tuple[str, ...]
) -> None:
    with listening() as (address, listener):
        prologue = f"BASE <{address}> PREFIX there: <{address}> PREFIX : <{address}>"
        with pytest.raises(UsageError, match=r"^SERVICE "):
            graph.sparql(f"{prologue} SELECT * WHERE {{ {service.format(address)} }}", services=allowed)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_what_only_looks_like_a_service_is_none() -> None:
    texts = {str(path): path.read_text(encoding="utf-8") for path in (ROOT / "queries").rglob("*.rq")}
    found = {path for path, text in texts.items() if query_words.may_call_out(text)}
    assert found == {str(path) for path in EXAMPLES}
    assert not query_words.may_call_out(
        "SELECT ?service { ?service a pmc:health-service-delivery ; rdfs:label 'service'@en, <http://x/service#a> } "
        "# SERVICE <http://x/>"
    )


def test_a_service_that_was_allowed_is_reached_where_that_canary_listens(tiny_graph: kg.KnowledgeGraph) -> None:
    """The canary sings: with an allowance, the same query does come there."""
    with FaultServer(Fault(response(EMPTY))).serving() as server:
        tiny_graph.sparql(f"SELECT * WHERE {{ SERVICE <{server.url}> {{ ?s ?p ?o }} }}", services=[server.url])
        assert server.requests == 1


@pytest.mark.parametrize(
    ("allowed", "named"),
    [("http://h/sparql", "http://h/sparql/"), ("http://h/", "http://h/sparql"), ("http://h:80/x", "http://h/x")],
)
def test_an_address_is_allowed_exactly(tiny_graph: kg.KnowledgeGraph, allowed: str, named: str) -> None:
    with pytest.raises(UsageError, match=rf"^SERVICE <{named}> would send .*: allow that address with --allow-service"):
        tiny_graph.sparql(f"SELECT * WHERE {{ SERVICE <{named}> {{ ?s ?p ?o }} }}", services=[allowed])


def test_a_variable_is_refused_even_if_all_that_it_may_be_is_allowed(graph: kg.KnowledgeGraph, other: Oxigraph) -> None:
    text = f"SELECT * WHERE {{ VALUES ?where {{ <{other.query}> }} SERVICE ?where {{ ?s ?p ?o }} }}"
    with pytest.raises(UsageError, match=r"^SERVICE \?where may lead anywhere: write the address itself"):
        graph.sparql(text, services=[other.query])


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(response("<html>", kind="text/html")), "answered an HTML page"),
        (Fault(response("no", "500 Internal Server Error")), "did not answer: 500"),
        (Fault(response("", "302 Found", "Location: http://127.0.0.1:1/\r\n")), "sends the request on to http://127"),
        (Fault(response(EMPTY)[:-5]), "broke off its answer"),
        (Fault(response("{")), "answered something that is not a SPARQL result"),
        (Fault(b"", silent=True), "was still answering after 0.5 s"),
        (Fault(b"HTTP/1.1 200 OK\r\n\r\n", then=b"x" * 10_000), "sends more than"),
    ],
    ids=["HTML", "500", "redirect", "cut", "no JSON", "silence", "endless"],
)
def test_the_guards_of_endpoints_hold_for_a_service(
    tiny_graph: kg.KnowledgeGraph, fault: Fault, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate.Gate.__init__, "__defaults__", (0.5,))
    monkeypatch.setattr(exchange, "LARGEST_ANSWER", 1_000_000)
    with FaultServer(fault).serving() as server:
        started = time.monotonic()
        with pytest.raises(Failure, match=rf"^{server.url} {told}"):
            tiny_graph.sparql(codes(server.url), services=[server.url])
        assert (time.monotonic() - started < 2, server.requests) == (True, 1)
        found = tiny_graph.sparql(codes(server.url, "SILENT"), services=[server.url])
        assert re.fullmatch(rf"{server.url} {told}.*: the rows lack its part \(SILENT\)\.", found.notice)
        assert {row["item"] for row in found} == {None}
        assert len(found) > 0


def test_a_silent_service_of_a_server_may_lack_without_a_word_and_that_is_said(
    pushed: Oxigraph, other: Oxigraph
) -> None:
    found = kg.open(pushed.query).sparql(codes(other.query, "SILENT"), services=[other.query])
    assert list(found.rows) == JOINED
    assert found.notice == f"Where {other.query} did not answer, the rows lack its part, and nobody says so (SILENT)."


def test_an_endpoint_is_asked_each_part_once(tiny_graph: kg.KnowledgeGraph, other: Oxigraph) -> None:
    with between(other.base) as watched:
        url = f"{watched.url}/query"
        part = f"SERVICE <{url}> {{ ?item <http://www.wikidata.org/prop/direct/P298> ?iso3 }}"
        text = f"SELECT ?iso3 WHERE {{ {{ ?c pm:iso3 ?iso3 . {part} }} UNION {{ {part} }} }}"
        assert len(tiny_graph.sparql(text, services=[url])) == 3 + 3
    assert len(watched.asked) == 1
    assert "P298" in watched.asked[0].text


def test_two_endpoints_in_one_query(tiny_graph: kg.KnowledgeGraph, other: Oxigraph, pushed: Oxigraph) -> None:
    text = f"""SELECT DISTINCT ?iso3 ?item WHERE {{
      SERVICE <{pushed.query}> {{ ?case a pm:Case ; pm:country/pm:iso3 ?iso3 }}
      SERVICE <{other.query}> {{ ?item <http://www.wikidata.org/prop/direct/P298> ?iso3 }}
    }} ORDER BY ?iso3"""
    assert list(tiny_graph.sparql(text, services=[pushed.query, other.query]).rows) == JOINED


def test_a_password_goes_to_the_service_that_it_was_given_for_and_to_no_other(
    tiny_graph: kg.KnowledgeGraph, other: Oxigraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_ENDPOINT_USER", "eve")
    monkeypatch.setenv("KG_ENDPOINT_PASSWORD", "of-the-graph")
    seen: list[str | None] = []

    def looks(one: Asked) -> None:
        seen.append(one.headers.get("authorization"))

    with between(other.base, looks) as watched:
        url = f"{watched.url}/query"
        tiny_graph.sparql(codes(url), services=[url])
        tiny_graph.sparql(codes(url), services=[url.replace("http://", "http://ada:s3cret@")])
    assert seen == [None, "Basic YWRhOnMzY3JldA=="]


def test_the_gate_opens_to_nobody_who_does_not_know_the_path(other: Oxigraph) -> None:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    from kg.remote.address import named_in

    with gate.Gate([named_in(other.query)]).open() as opened:
        door = opened.door(other.query)
        with urlopen(Request(door, b"ASK {}", {"Content-Type": "application/sparql-query"}), timeout=5) as reply:
            assert json.loads(reply.read())["results"]["bindings"][0]["answer"]["value"] == "true"
        with pytest.raises(HTTPError, match="404"):
            urlopen(Request(door.rpartition("/")[0] + "/x", b"ASK {}"), timeout=5)
    with pytest.raises(OSError, match="refused"):
        urlopen(Request(door, b"ASK {}"), timeout=5)


def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str, *words: object
) -> tuple[Any, str, str]:
    """The exit code, output and errors of `kg query` on a query."""
    monkeypatch.setattr(sys, "argv", ["kg", "query", "-", *map(str, words)])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code, *capsys.readouterr()


def test_on_the_command_line_an_address_is_allowed_by_an_option(
    tiny_build: Built, other: Oxigraph, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--graph", tiny_build.release.folder, "--format", "csv")
    code, out, err = command(capsys, monkeypatch, codes(other.query), *words)
    assert (code, out) == (2, "")
    assert re.fullmatch(rf"kg: SERVICE <{other.query}> would send .* allow that address with --allow-service.*\n", err)
    code, out, err = command(capsys, monkeypatch, codes(other.query), *words, "--allow-service", other.query)
    assert (code, err) == (0, "")
    assert out.splitlines() == ["iso3,item", *(f"{row['iso3']},{row['item']}" for row in JOINED)]
    with between(other.base, lambda one: says("500 Internal Server Error")) as broken:
        url = f"{broken.url}/query"
        code, out, err = command(capsys, monkeypatch, codes(url, "SILENT"), *words, "--allow-service", url)
    assert (code, out.splitlines()[0]) == (0, "iso3,item")
    assert err == f"kg: {url} did not answer: 500 Internal Server Error: the rows lack its part (SILENT).\n"
