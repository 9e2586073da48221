"""Any id gives a valid IRI, is read back from it, and shares it with no other id."""

from __future__ import annotations

import doctest
import inspect
import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse, serialize

from kg import iris

IDS = st.text(min_size=1)
SEGMENT = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+")
"""One path segment that needs no escaping anywhere: RFC 3986, section 3.3."""

BREAKING = ['<>"{}|\\^`', "a b", "a/b", "a#b?c", "%41", "%", "..", ".", "\u202eabc", "é", "\U0001f600", "\n", "\x00"]

MINTED: dict[str, tuple[Callable[..., NamedNode], int, tuple[str, ...]]] = {
    # function, how many ids it takes, the segments that stand before them
    "source": (iris.source, 1, ()),
    "coding": (iris.coding, 2, ()),
    "claim": (iris.claim, 3, ()),
    "study": (iris.study, 1, ("study",)),
    "theory": (iris.theory, 1, ("theory",)),
    "coder": (iris.coder, 1, ("coder",)),
    "country": (iris.country, 1, ("country",)),
    "concept": (iris.concept, 1, ()),
}


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(("mint", "count", "before"), MINTED.values(), ids=MINTED)
@given(names=st.lists(IDS, min_size=3, max_size=3))
@settings(deadline=None)
@example(names=['<>"{}|\\^`', "\u202e b/c", "é"])
@example(names=[".", "..", "..."])
@example(names=["%2E", "%252E", "a%2Fb"])
def test_ids_are_read_back_from_the_iri(
    mint: Callable[..., NamedNode], count: int, before: tuple[str, ...], names: list[str]
) -> None:
    names = names[:count]
    assert iris.ids(mint(*names)) == (*before, *map(nfc, names))
    assert iris.ids(mint(*names).value) == (*before, *map(nfc, names))


@given(source=IDS, case=IDS, position=st.integers(1, 10**6))
@settings(deadline=None)
def test_cases_and_authors_are_read_back_from_the_iri(source: str, case: str, position: int) -> None:
    assert iris.ids(iris.case(source, case)) == (nfc(source), "case", nfc(case))
    assert iris.ids(iris.author(source, position)) == (nfc(source), "author", str(position))


@given(text=IDS)
@settings(deadline=None)
@example(text="a.b")
@example(text="...")
def test_a_segment_needs_no_escaping_and_is_no_dot_segment(text: str) -> None:
    segment = iris.segment(text)
    assert SEGMENT.fullmatch(segment)
    assert segment.strip(".")


@given(one=IDS, other=IDS)
@settings(deadline=None)
@example(one="%41", other="A")
@example(one="a b", other="a%20b")
@example(one=".", other="%2E")
@example(one="a+b", other="a b")
@example(one="ID", other="id")
@example(one="ﬁ", other="fi")
def test_different_ids_have_different_iris(one: str, other: str) -> None:
    assume(nfc(one) != nfc(other))
    assert iris.source(one) != iris.source(other)


@given(one=st.lists(IDS, min_size=1, max_size=3), other=st.lists(IDS, min_size=1, max_size=3))
@settings(deadline=None)
@example(one=["a/b"], other=["a", "b"])
@example(one=["a", "b/c"], other=["a/b", "c"])
def test_ids_of_different_parts_never_run_into_each_other(one: list[str], other: list[str]) -> None:
    assume(list(map(nfc, one)) != list(map(nfc, other)))
    mint: dict[int, Callable[..., NamedNode]] = {1: iris.source, 2: iris.coding, 3: iris.claim}
    assert mint[len(one)](*one) != mint[len(other)](*other)


@given(text=IDS)
@settings(deadline=None)
@example(text="cafe\u0301")
@example(text="\u212b")
def test_ids_that_differ_only_in_composition_are_one(text: str) -> None:
    assert iris.segment(text) == iris.segment(nfc(text)) == iris.segment(unicodedata.normalize("NFD", text))


@given(source=IDS, coder=IDS, claim=IDS)
@settings(deadline=None)
@example(source=BREAKING[0], coder="".join(BREAKING), claim="\u2028\ufffe")
def test_a_store_takes_the_iri_and_gives_it_back(source: str, coder: str, claim: str) -> None:
    node = iris.claim(source, coder, claim)
    graph = iris.asserted_graph(source)
    quad = Quad(iris.part(node, "mechanism", 1), iris.concept(coder), Literal(""), graph)
    written = serialize([quad], format=RdfFormat.N_QUADS)
    assert written is not None
    assert list(parse(written, format=RdfFormat.N_QUADS)) == [quad]
    assert NamedNode(node.value) == node  # the constructor refuses what is no IRI


@given(module=IDS, other=IDS)
@settings(deadline=None)
@example(module="a", other="a/inferred")
@example(module="ontology", other="synthesis")
def test_every_module_has_two_graphs_of_its_own(module: str, other: str) -> None:
    assume(nfc(module) != nfc(other))
    graphs = [
        iris.asserted_graph(module),
        iris.inferred_graph(module),
        iris.asserted_graph(other),
        iris.inferred_graph(other),
        iris.ONTOLOGY_GRAPH,
        iris.ONTOLOGY_INFERRED_GRAPH,
        iris.SYNTHESIS_GRAPH,
        iris.BUILD_GRAPH,
    ]
    assert len(set(graphs)) == len(graphs)


PATTERNS = [
    (iris.source("jones2013"), "data/jones2013"),
    (iris.author("jones2013", 2), "data/jones2013/author/2"),
    (iris.case("jones2013", "link 1"), "data/jones2013/case/link%201"),
    (iris.coding("jones2013", "coder-1"), "data/jones2013/coder-1"),
    (iris.claim("jones2013", "coder-1", "c1"), "data/jones2013/coder-1/c1"),
    (iris.part(iris.claim("jones2013", "coder-1", "c1"), "mechanism", 1), "data/jones2013/coder-1/c1/mechanism/1"),
    (iris.part(iris.claim("a", "b", "c"), "outcome"), "data/a/b/c/outcome"),
    (iris.study("abara-link"), "data/study/abara-link"),
    (iris.theory("trust-first"), "data/theory/trust-first"),
    (iris.coder("coder-1"), "data/coder/coder-1"),
    (iris.country("UGA"), "data/country/UGA"),
    (iris.pattern("trust", "equity", "no-effect"), "data/pattern/trust/equity/no-effect"),
    (iris.tension("trust", "equity"), "data/tension/trust/equity"),
    (iris.judge("ada"), "data/judge/ada"),
    (iris.judgement("ada", iris.tension("trust", "equity")), "data/judgement/ada/tension/trust/equity"),
    (iris.concept("trust"), "concept/trust"),
    (iris.asserted_graph("jones2013"), "graph/module/jones2013"),
    (iris.inferred_graph("jones2013"), "graph/module/jones2013/inferred"),
]


@pytest.mark.parametrize(("node", "path"), PATTERNS, ids=[path for _, path in PATTERNS])
def test_iris_follow_the_published_patterns(node: NamedNode, path: str) -> None:
    assert node.value == f"https://w3id.org/partnership-mechanisms/{path}"


SEGMENTS = [
    ("jones2013", "jones2013"),
    ("Müller & Søn 1/2", "M%C3%BCller%20%26%20S%C3%B8n%201%2F2"),
    (".", "%2E"),
    ("..", "%2E%2E"),
    ("a.b", "a.b"),
    (".hidden", ".hidden"),
    ("~a-b_c", "~a-b_c"),
    ("%2F", "%252F"),
    ("\u202e", "%E2%80%AE"),
    ("\U0001f600", "%F0%9F%98%80"),
    ("e\u0301", "%C3%A9"),
]


@pytest.mark.parametrize(("text", "segment"), SEGMENTS, ids=[segment for _, segment in SEGMENTS])
def test_segments_are_percent_encoded(text: str, segment: str) -> None:
    assert iris.segment(text) == segment


@pytest.mark.parametrize(
    "text",
    ["", "trust", "https://example.org/data/a", "https://w3id.org/partnership-mechanisms/graph/module/a"],
    ids=["empty", "relative", "foreign", "graph"],
)
def test_an_iri_of_others_has_no_ids(text: str) -> None:
    with pytest.raises(ValueError, match="not an identifier of this project"):
        iris.ids(text)


@pytest.mark.parametrize(
    ("minted", "position", "reserved"),
    [
        (iris.study("x"), 0, iris.RESERVED_SOURCE_IDS),
        (iris.theory("x"), 0, iris.RESERVED_SOURCE_IDS),
        (iris.coder("x"), 0, iris.RESERVED_SOURCE_IDS),
        (iris.country("x"), 0, iris.RESERVED_SOURCE_IDS),
        (iris.pattern("x", "y", "supports"), 0, iris.RESERVED_SOURCE_IDS),
        (iris.tension("x", "y"), 0, iris.RESERVED_SOURCE_IDS),
        (iris.judge("x"), 0, iris.RESERVED_SOURCE_IDS),
        (iris.judgement("x", iris.tension("y", "z")), 0, iris.RESERVED_SOURCE_IDS),
        (iris.case("s", "x"), 1, iris.RESERVED_CODER_IDS),
        (iris.author("s", 1), 1, iris.RESERVED_CODER_IDS),
    ],
    ids=["study", "theory", "coder", "country", "pattern", "tension", "judge", "judgement", "case", "author"],
)
def test_words_that_stand_where_an_id_could_are_reserved(
    minted: NamedNode, position: int, reserved: frozenset[str]
) -> None:
    assert iris.ids(minted)[position] in reserved


def test_the_examples_in_the_documentation_hold() -> None:
    result = doctest.testmod(iris)
    assert (result.failed, result.attempted) == (0, inspect.getsource(iris).count(">>>"))
