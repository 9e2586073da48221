"""Pushing a build into real stores: what arrives, what is sent again, and what a push that fails leaves behind."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, Dataset, Literal, NamedNode, Triple

import kg
from kg import cli, pipeline
from kg.errors import Failure, UsageError
from kg.iris import GRAPH, PUSHED_GRAPH, STAGING_GRAPH, staged_since, staging_graph
from kg.pipeline import Built
from kg.protocols import Via
from kg.push import ABANDONED_AFTER, Action, Pushed, push
from kg.remote import RemoteStore, address, services
from kg.remote.writing import BATCH_TRIPLES, GraphStore, Update, batches
from tests import oxigraph, virtuoso
from tests.between import Asked, Between, between, says
from tests.oxigraph import Oxigraph

OTHER = "http://example.org/graph/of-somebody-else"
ENDS = {Via.graph_store: "/store", Via.update: "/update"}


@pytest.fixture
def server() -> Iterator[Oxigraph]:
    """An Oxigraph server with a graph of somebody else's."""
    with oxigraph.serving() as found:
        found.load("<http://example.org/a> <http://example.org/b> <http://example.org/c> .", OTHER)
        yield found


@pytest.fixture(params=list(Via))
def via(request: pytest.FixtureRequest) -> Via:
    """Each protocol."""
    found: Via = request.param
    return found


def pushed(build: Built, base: str, via: Via, **options: Any) -> Pushed:
    store = RemoteStore(f"{base}/query")
    return push(build.release.store, store, services.writer(store.address, via), **options)


def ours(server: Oxigraph) -> Dataset:
    """What a server holds of the project, but for the record of what was pushed."""
    aside = (PUSHED_GRAPH, NamedNode(OTHER))
    return Dataset(quad for quad in server.quads() if quad.graph_name not in aside)


def aside(server: Oxigraph) -> list[str]:
    """The graphs on their way to their place, once for each triple in them."""
    return [quad.graph_name.value for quad in server.quads() if staged_since(quad.graph_name.value) is not None]


def actions(found: Pushed) -> dict[str, str]:
    """What was done with each graph that was not left as it was, by its name below the project's graphs."""
    return {one.graph.removeprefix(GRAPH): one.action.value for one in found.graphs if one.action != Action.unchanged}


def test_what_is_pushed_is_what_the_build_holds(server: Oxigraph, tiny_build: Built, via: Via) -> None:
    found = pushed(tiny_build, server.base, via)
    assert ours(server) == oxigraph.held(tiny_build.release.store)
    assert set(actions(found).values()) == {"added"}
    assert [one.verified for one in found.graphs] == [True] * len(found.graphs)
    assert sum(one.triples for one in found.graphs) == len(oxigraph.held(tiny_build.release.store))
    assert found.notice == ""


def test_graphs_of_others_stay(server: Oxigraph, tiny_build: Built, via: Via) -> None:
    before = [quad for quad in server.quads() if quad.graph_name == NamedNode(OTHER)]
    pushed(tiny_build, server.base, via)
    assert [quad for quad in server.quads() if quad.graph_name == NamedNode(OTHER)] == before
    assert len(before) == 1


def test_a_second_push_sends_nothing(server: Oxigraph, tiny_build: Built, via: Via) -> None:
    with between(server.base) as watched:
        pushed(tiny_build, watched.url, via)
        assert len(watched.writes) > 10
        watched.asked.clear()
        found = pushed(tiny_build, watched.url, via)
    assert watched.writes == []
    assert len(watched.asked) > 0
    assert actions(found) == {}
    assert {one.verified for one in found.graphs} == {True}


@pytest.fixture
def edited(corpus: Path, tmp_path: Path) -> Callable[[], Built]:
    """Builds the small corpus, which a test may change in between."""
    return lambda: pipeline.build(corpus, tmp_path / "build")


def test_an_edited_source_sends_only_its_graphs(
    server: Oxigraph, corpus: Path, edited: Callable[[], Built], via: Via
) -> None:
    before = edited()
    pushed(before, server.base, via)
    old = oxigraph.held(before.release.store)
    source = corpus / "sources" / "abara2019.yaml"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("note: few people left", "note: hardly anybody left"), encoding="utf-8")
    after = edited()
    with between(server.base) as watched:
        found = pushed(after, watched.url, via)
    assert actions(found) == {"module/abara2019": "replaced"}
    new = oxigraph.held(after.release.store)
    assert ours(server) == new
    assert {quad.graph_name for quad in [*old, *new] if (quad in old) != (quad in new)} == {
        NamedNode(f"{GRAPH}module/abara2019")
    }
    written = {one.graph for one in watched.writes} if via == Via.graph_store else set(named(watched))
    assert written == {f"{GRAPH}module/abara2019", PUSHED_GRAPH.value}


def named(watched: Between) -> Iterator[str]:
    """The graphs that updates move something to."""
    for one in watched.writes:
        yield from re.findall(r"MOVE GRAPH <[^>]+> TO GRAPH <([^>]+)>", one.text)


def test_a_source_that_is_gone_takes_its_graphs_with_it(
    server: Oxigraph, corpus: Path, edited: Callable[[], Built], via: Via
) -> None:
    pushed(edited(), server.base, via)
    (corpus / "sources" / "esposito2018.yaml").unlink()
    after = edited()
    found = pushed(after, server.base, via)
    gone = {name: action for name, action in actions(found).items() if "esposito2018" in name}
    assert gone == {"module/esposito2018": "removed", "module/esposito2018/inferred": "removed"}
    assert [one.verified for one in found.graphs if one.action == Action.removed] == [True, True]
    assert ours(server) == oxigraph.held(after.release.store)


def test_a_graph_that_somebody_changed_is_put_right(server: Oxigraph, tiny_build: Built, via: Via) -> None:
    pushed(tiny_build, server.base, via)
    graph = f"{GRAPH}module/abara2019"
    server.update(f"INSERT DATA {{ GRAPH <{graph}> {{ <http://e/a> <http://e/b> 1 }} }}")
    assert actions(pushed(tiny_build, server.base, via)) == {"module/abara2019": "replaced"}
    assert ours(server) == oxigraph.held(tiny_build.release.store)


def test_a_dry_run_says_what_would_be_done_and_sends_nothing(server: Oxigraph, tiny_build: Built, via: Via) -> None:
    before = server.quads()
    with between(server.base) as watched:
        found = pushed(tiny_build, watched.url, via, dry_run=True)
    assert (watched.writes, server.quads() == before) == ([], True)
    assert set(actions(found).values()) == {"added"}
    assert {one.verified for one in found.graphs} == {None}
    assert actions(found) == actions(pushed(tiny_build, server.base, via))


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("401 Unauthorized", "401 Unauthorized: it wants a name and password: set KG_ENDPOINT_USER and"),
        ("403 Forbidden", "403 Forbidden: it does not let anybody who gives no name do this"),
    ],
)
def test_a_store_that_nobody_may_write_to_says_so(
    server: Oxigraph, tiny_build: Built, via: Via, status: str, told: str
) -> None:
    before = server.quads()
    with between(server.base, lambda one: says(status) if one.writes else None) as closed:
        with pytest.raises(Failure, match=rf"^{closed.url}{ENDS[via]} did not answer: {told}"):
            pushed(tiny_build, closed.url, via)
        assert len(closed.writes) <= 2  # and the attempt to write down what is there
    assert server.quads() == before


def at_write(number: int, answer: bytes) -> Callable[[Asked], bytes | None]:
    """Misbehaves at one of the requests that write."""
    return lambda one: answer if one.writes and one.number == number else None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (says("500 Internal Server Error"), "did not answer: 500 Internal Server Error"),
        (b"", "did not answer: "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nwell", "broke off its answer after 4 of 90 bytes"),
    ],
    ids=["500", "cut", "half an answer"],
)
def test_a_push_that_fails_at_the_third_graph_is_finished_by_the_next(
    server: Oxigraph, tiny_build: Built, via: Via, answer: bytes, told: str
) -> None:
    with between(server.base, at_write(4, answer)) as faulty:
        with pytest.raises(Failure, match=rf"^{faulty.url}{ENDS[via]} {told}.*2 of \d+ graphs were done: push again"):
            pushed(tiny_build, faulty.url, via)
        found = pushed(tiny_build, faulty.url, via)
    assert [one.action for one in found.graphs][:2] == [Action.unchanged] * 2
    assert Action.added in [one.action for one in found.graphs]
    assert ours(server) == oxigraph.held(tiny_build.release.store)


def test_a_store_that_is_busy_is_asked_again(server: Oxigraph, tiny_build: Built, via: Via) -> None:
    with between(server.base, at_write(3, says("503 Service Unavailable", "Retry-After: 0\r\n"))) as busy:
        pushed(tiny_build, busy.url, via)
    assert ours(server) == oxigraph.held(tiny_build.release.store)


def test_a_store_that_loses_a_triple_is_found_out(
    server: Oxigraph, tiny_build: Built, via: Via, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def loses(one: Asked) -> bytes | None:
        graph = f"{GRAPH}module/abara2019"
        if one.writes and (one.graph == graph or f"TO GRAPH <{graph}>" in one.text):
            server.load("<http://e/a> <http://e/b> 1 .", graph)
            return says("204 No Content")
        return None

    with between(server.base, loses) as lossy:
        code, out, err = command(
            capsys, monkeypatch, "push", f"{lossy.url}/query", "--graph", tiny_build.release.folder, "--via", via.value
        )
    triples = sum(
        quad.graph_name.value == f"{GRAPH}module/abara2019" for quad in oxigraph.held(tiny_build.release.store)
    )
    assert code == 3
    assert re.search(rf"module/abara2019 +{triples} +added +no", out)
    assert re.fullmatch(
        rf"kg: {lossy.url}/query has not what was sent in 1 of \d+ graphs, such as "
        rf"{GRAPH}module/abara2019: 1 triples and not {triples}\n",
        err,
    )


def test_a_graph_is_never_half_there_while_it_is_replaced(server: Oxigraph, tmp_path: Path) -> None:
    """By updates: a graph of several batches is filled aside."""
    graph = NamedNode(f"{GRAPH}large")
    old = [Triple(NamedNode("http://e/old"), NamedNode("http://e/b"), Literal(number)) for number in range(3)]
    new = [Triple(NamedNode("http://e/new"), NamedNode("http://e/b"), Literal(number)) for number in range(1200)]
    Update(address.read(f"{server.base}/update")).replace(graph, old)
    with between(server.base, at_write(3, says("500 Internal Server Error"))) as faulty:
        update = Update(address.read(f"{faulty.url}/update"))
        with pytest.raises(Failure):
            update.replace(graph, new)
        assert {quad.triple for quad in server.quads() if quad.graph_name == graph} == set(old)
        assert len(aside(server)) == 2 * BATCH_TRIPLES
        update.replace(graph, new)
    assert {quad.triple for quad in server.quads() if quad.graph_name == graph} == set(new)
    assert len(aside(server)) == 0


def test_what_a_killed_push_left_aside_is_removed(server: Oxigraph, tiny_build: Built, via: Via) -> None:
    server.load("<http://e/a> <http://e/b> 1 .", STAGING_GRAPH.value)
    pushed(tiny_build, server.base, via)
    assert ours(server) == oxigraph.held(tiny_build.release.store)


def test_what_a_push_at_work_keeps_aside_is_left_alone_and_what_one_left_is_not(
    server: Oxigraph, tiny_build: Built, via: Via
) -> None:
    old, now = (staging_graph(int(time.time()) - age, "a1").value for age in (2 * ABANDONED_AFTER, 0))
    for graph in (old, now):
        server.load("<http://e/a> <http://e/b> 1 .", graph)
    found = {one.graph: one.action.value for one in pushed(tiny_build, server.base, via).graphs}
    assert (found[old], found[now]) == ("removed", "kept")
    assert aside(server) == [now]


def test_two_pushes_at_once_do_not_mix_what_they_keep_aside(server: Oxigraph) -> None:
    """The other begins, and ends, between two batches of the first."""
    first, other = (
        [Triple(NamedNode(f"http://e/{name}"), NamedNode("http://e/b"), Literal(number)) for number in range(1200)]
        for name in ("first", "other")
    )

    def meanwhile(one: Asked) -> None:
        if one.number == 2:
            Update(address.read(f"{server.base}/update")).replace(NamedNode(f"{GRAPH}other"), other)

    with between(server.base, meanwhile) as watched:
        Update(address.read(f"{watched.url}/update")).replace(NamedNode(f"{GRAPH}first"), first)
    for name, triples in (("first", first), ("other", other)):
        held = {quad.triple for quad in server.quads() if quad.graph_name == NamedNode(f"{GRAPH}{name}")}
        assert held == set(triples)


def test_a_graph_that_no_push_brought_is_kept_and_named(
    server: Oxigraph,
    tiny_build: Built,
    via: Via,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = f"{GRAPH}module/of-somebody-else"
    server.load("<http://e/a> <http://e/b> 1 .", theirs)
    for _ in range(2):
        found = {one.graph: one for one in pushed(tiny_build, server.base, via).graphs}
        assert (found[theirs].action, found[theirs].verified) == (Action.kept, None)
    assert sum(quad.graph_name == NamedNode(theirs) for quad in server.quads()) == 1
    code, out, err = command(
        capsys, monkeypatch, "push", server.query, "--graph", tiny_build.release.folder, "--via", via.value
    )
    assert (code, err) == (0, "")
    assert re.search(r"module/of-somebody-else +0 +kept", out)
    assert re.search(r"\n\d+ graphs: \d+ unchanged, 0 added, 0 replaced, 0 removed, 1 kept\.\n", out)


def test_a_graph_whose_removal_was_cut_off_is_removed_by_the_next_push(
    server: Oxigraph, corpus: Path, edited: Callable[[], Built], via: Via
) -> None:
    pushed(edited(), server.base, via)
    (corpus / "sources" / "esposito2018.yaml").unlink()
    after = edited()

    def dies(one: Asked) -> bytes | None:
        return None if len(watched.writes) <= 1 or not one.writes else b""  # the record, and no more

    with between(server.base, dies) as watched, pytest.raises(Failure):
        pushed(after, watched.url, via)
    assert actions(pushed(after, server.base, via))["module/esposito2018"] == "removed"
    assert ours(server) == oxigraph.held(after.release.store)


def test_a_killed_push_is_finished_by_the_next(server: Oxigraph, tiny_build: Built, via: Via) -> None:
    def slow(one: Asked) -> None:
        time.sleep(0.05 if one.writes else 0)

    with between(server.base, slow) as watched:
        code = [sys.executable, "-m", "kg", "push", f"{watched.url}/query", "--via", via.value]
        killed = subprocess.Popen([*code, "--graph", str(tiny_build.release.folder)], stderr=subprocess.DEVNULL)
        while len(watched.writes) < 5 and killed.poll() is None:
            time.sleep(0.01)
        os.kill(killed.pid, signal.SIGKILL)
        assert killed.wait() == -signal.SIGKILL
    assert ours(server) != oxigraph.held(tiny_build.release.store)
    found = pushed(tiny_build, server.base, via)
    assert {one.verified for one in found.graphs} == {True}
    assert ours(server) == oxigraph.held(tiny_build.release.store)


def test_going_back_after_a_killed_push_sends_what_was_replaced(
    server: Oxigraph, corpus: Path, edited: Callable[[], Built], via: Via
) -> None:
    """The record never says of a graph what it said before the graph was touched."""
    source = corpus / "sources" / "abara2019.yaml"
    text = source.read_text(encoding="utf-8")
    first = edited()
    pushed(first, server.base, via)
    old = oxigraph.held(first.release.store)
    source.write_text(text.replace("note: few people left", "note: many people left"), encoding="utf-8")
    second = edited()

    def dies(one: Asked) -> bytes | None:
        return None if len(watched.writes) <= 2 or not one.writes else b""  # the record, one graph, and no more

    with between(server.base, dies) as watched, pytest.raises(Failure):
        pushed(second, watched.url, via)
    source.write_text(text, encoding="utf-8")
    pushed(edited(), server.base, via)
    assert ours(server) == old


def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object
) -> tuple[Any, str, str]:
    """The exit code, output and errors of a command."""
    monkeypatch.setattr(sys, "argv", ["kg", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code, *capsys.readouterr()


def test_the_command_lists_what_it_did_in_each_format(
    server: Oxigraph, tiny_build: Built, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("push", server.query, "--graph", tiny_build.release.folder)
    code, out, err = command(capsys, monkeypatch, *words, "--format", "csv", "--dry-run")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, err, list(rows[0])) == (0, "", ["graph", "triples", "action", "verified"])
    assert {(row["action"], row["verified"]) for row in rows} == {("added", "")}
    code, out, _ = command(capsys, monkeypatch, *words)
    assert (code, out.splitlines()[-1]) == (
        0,
        f"{len(rows)} graphs: 0 unchanged, {len(rows)} added, 0 replaced, 0 removed.",
    )
    code, out, _ = command(capsys, monkeypatch, *words, "--format", "json")
    told = json.loads(out)
    assert (code, told["notice"]) == (0, "")
    assert [one["graph"] for one in told["graphs"]] == [row["graph"] for row in rows]
    assert told["graphs"][0] == {
        "graph": rows[0]["graph"],
        "triples": int(rows[0]["triples"]),
        "action": "unchanged",
        "found": int(rows[0]["triples"]),
        "verified": True,
    }


def test_only_a_build_is_pushed(
    server: Oxigraph, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = command(capsys, monkeypatch, "push", server.query, "--graph", server.query)
    assert (code, out) == (2, "")
    assert err == (
        f"kg: only a build is pushed, and {server.query} is none: name its folder with --graph, where KG_GRAPH names "
        "another\n"
    )


@pytest.mark.parametrize(
    "words", [("trace",), ("trace", "--factor", "trust"), ("tensions",), ("ask", "cq36"), ("patterns",)], ids=" ".join
)
def test_a_store_without_anything_of_ours_is_no_finding(
    server: Oxigraph, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    code, out, err = command(capsys, monkeypatch, *words, "--graph", server.query)
    assert (code, out) == (3, "")
    assert err.startswith("kg: the graph has none of our words: kg push fills an endpoint")


def test_after_a_push_the_store_answers_as_the_build_does(
    server: Oxigraph, small_build: Built, small_graph: kg.KnowledgeGraph, via: Via
) -> None:
    pushed(small_build, server.base, via)
    there = kg.open(server.query)
    assert there.trace().to_json() == small_graph.trace().to_json()
    assert (
        there.trace(factor="trust", claims=True).to_json() == small_graph.trace(factor="trust", claims=True).to_json()
    )
    for question in ("cq01", "cq04", "cq12"):
        assert there.ask(question).to_json() == small_graph.ask(question).to_json()


def test_a_store_that_hides_what_was_pushed_is_named(tiny_build: Built, via: Via) -> None:
    with oxigraph.serving(union=False) as server:
        found = pushed(tiny_build, server.base, via)
        assert found.notice.startswith(f"{server.query} holds claims in named graphs which it shows only to queries")
        assert "--union-default-graph" in found.notice
        assert {one.verified for one in found.graphs} == {True}


@pytest.mark.parametrize(
    ("url", "options", "kind", "address_"),
    [
        ("http://h/query", {}, GraphStore, "http://h/store"),
        ("http://h/query", {"via": Via.update}, Update, "http://h/update"),
        ("http://h/query", {"update": "http://h/u"}, Update, "http://h/u"),
        ("http://h/sparql", {}, Update, "http://h/sparql"),
        ("http://h/sparql", {"via": Via.graph_store}, GraphStore, "http://h/sparql-graph-crud"),
        ("http://h/else", {}, Update, "http://h/else"),
        ("http://h/else", {"graph_store": "http://h/g"}, GraphStore, "http://h/g"),
    ],
)
def test_where_to_write_follows_from_where_to_ask(
    url: str, options: dict[str, Any], kind: type[GraphStore | Update], address_: str
) -> None:
    writer = services.writer(address.read(url), **options)
    assert isinstance(writer, kind)
    assert writer.address.url == address_


def test_a_graph_store_that_cannot_be_told_is_asked_for() -> None:
    with pytest.raises(UsageError, match="name it with --graph-store"):
        services.writer(address.read("http://h/else"), Via.graph_store)


def test_what_shares_a_blank_node_is_in_one_batch() -> None:
    node = NamedNode("http://e/p")
    chain = [Triple(BlankNode(f"n{at}"), node, BlankNode(f"n{at + 1}")) for at in range(20)]
    plain = [Triple(NamedNode(f"http://e/{at}"), node, Literal(at)) for at in range(2 * BATCH_TRIPLES)]
    other = [Triple(BlankNode("m"), node, Literal(1)), Triple(NamedNode("http://e/x"), node, BlankNode("m"))]
    mixed = [*chain[::2], *plain, *other, *chain[1::2]]
    found = list(batches(mixed))
    assert sorted(map(str, (triple for batch in found for triple in batch))) == sorted(map(str, mixed))
    assert max(map(len, found)) <= BATCH_TRIPLES
    homes = [sum(triple in batch for batch in found) for triple in (*chain, *other)]
    assert homes == [1] * len(homes)
    assert [all(triple in batch for triple in chain) for batch in found].count(True) == 1
    assert [all(triple in batch for triple in other) for batch in found].count(True) == 1


@pytest.fixture(scope="module")
def virtuoso_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Virtuoso server into which everybody may write."""
    if not virtuoso.installed():
        pytest.skip(virtuoso.ABSENT)
    with virtuoso.empty(tmp_path_factory.mktemp("virtuoso")) as url:
        yield url


@pytest.mark.parametrize("via", list(Via))
def test_a_build_is_pushed_into_virtuoso(
    virtuoso_url: str, corpus: Path, edited: Callable[[], Built], via: Via
) -> None:
    store = RemoteStore(virtuoso_url)
    writer = services.writer(store.address, via)
    before = edited()
    found = push(before.release.store, store, writer)
    assert {one.verified for one in found.graphs} == {True}
    assert set(actions(found).values()) <= {"added", "replaced"}
    assert actions(push(before.release.store, store, writer)) == {}
    here, there = kg.open(before.release.folder), kg.open(virtuoso_url)
    for question, asked in {"cq01": {"factor": "trust"}, "cq04": {}}.items():
        words = {**asked, "outcome": "service-delivery"}
        assert there.ask(question, **words).to_json() == here.ask(question, **words).to_json()
        assert len(there.ask(question, **words)) > 0
    (corpus / "sources" / "esposito2018.yaml").unlink()
    after = edited()
    found = push(after.release.store, store, writer)
    assert {one.verified for one in found.graphs} == {True}
    assert actions(found)["module/esposito2018"] == "removed"
    assert actions(push(after.release.store, store, writer)) == {}


def test_virtuoso_lets_in_who_gives_name_and_password(
    virtuoso_url: str, tiny_build: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_name() -> Pushed:
        store = RemoteStore(virtuoso_url)
        return push(tiny_build.release.store, store, services.writer(store.address, update=f"{virtuoso_url}-auth"))

    Update(address.read(virtuoso_url)).remove(NamedNode(f"{GRAPH}build"))
    with pytest.raises(Failure, match="401 Unauthorized: it wants a name and password"):
        by_name()
    monkeypatch.setenv("KG_ENDPOINT_USER", "dba")
    monkeypatch.setenv("KG_ENDPOINT_PASSWORD", "wrong-one")
    with pytest.raises(Failure, match="does not let that name and password do this") as caught:
        by_name()
    assert "wrong-one" not in str(caught.value)
    monkeypatch.setenv("KG_ENDPOINT_PASSWORD", "dba")
    assert {one.verified for one in by_name().graphs} == {True}
