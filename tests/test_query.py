"""Query files and the one binder that puts terms into them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, QuerySolutions, QueryTriples, Store

import kg
from kg import iris, query
from kg.errors import UsageError
from kg.prefixes import table, with_prefixes
from kg.terms import PM, XSD
from tests.conftest import ROOT

QUERY_FILES = [path for path in sorted((ROOT / "queries").rglob("*.rq")) if path.parent.name != "federated"]
"""But for those that ask a second endpoint, which run in tests/test_federation.py."""
TITLED = [path for path in QUERY_FILES if path.parent.name != "questions"]
"""Questions have a header of their own (tests/test_ask.py)."""
QUERIES = {str(path.relative_to(ROOT / "queries").with_suffix("")): path for path in QUERY_FILES}
SELECTS = {name: path for name, path in QUERIES.items() if not name.startswith("rules/")}
SELECTING = [name for name, path in QUERIES.items() if "# What is asked for" in path.read_text(encoding="utf-8")]
SELECTION = (
    "role", "counts", "rolledUp", "factor", "outcome", "kind", "status", "evidence", "layer", "design", "country",
    "actor", "coder", "twoCoders",
)  # fmt: skip

Terms = dict[str, list[NamedNode | Literal]]

# Binding

TWO = "SELECT * WHERE {\n  VALUES ?a { UNDEF }\n  VALUES ?b { pm:one }\n  FILTER(!BOUND(?a) || ?a != ?b)\n}\n"


@pytest.mark.parametrize(
    ("bindings", "expected"),
    [
        ({}, "SELECT * WHERE {\n  VALUES ?b { pm:one }\n}\n"),
        ({"a": [], "b": []}, "SELECT * WHERE {\n  VALUES ?b { pm:one }\n}\n"),
        (
            {"a": [Literal("x")]},
            'SELECT * WHERE {\n  VALUES ?a { "x" }\n  VALUES ?b { pm:one }\n  FILTER(!BOUND(?a) || ?a != ?b)\n}\n',
        ),
        (
            {"a": [Literal("x", language="en"), NamedNode("urn:y"), Literal(True)]},
            'SELECT * WHERE {\n  VALUES ?a { "x"@en <urn:y> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> }\n'
            "  VALUES ?b { pm:one }\n  FILTER(!BOUND(?a) || ?a != ?b)\n}\n",
        ),
        ({"b": [NamedNode("urn:y"), NamedNode("urn:z")]}, "SELECT * WHERE {\n  VALUES ?b { <urn:y> <urn:z> }\n}\n"),
    ],
    ids=["nothing", "no terms", "one term", "several terms", "instead of a default"],
)
def test_terms_go_into_the_block_of_their_parameter(bindings: Terms, expected: str) -> None:
    assert query.bind(TWO, bindings) == expected


@pytest.mark.parametrize("make", [list, tuple, dict.fromkeys, iter], ids=["list", "tuple", "keys", "iterator"])
def test_terms_may_come_in_any_iterable(make: Callable[[list[Literal]], Iterable[Literal]]) -> None:
    assert 'VALUES ?a { "x" "y" }' in query.bind(TWO, {"a": make([Literal("x"), Literal("y")])})


@pytest.mark.parametrize(
    ("bindings", "expected"),
    [
        ({}, "VALUES ?a { pm:one }\nFILTER(!BOUND(?a) || ?a != ?b)\n"),
        ({"a": []}, "VALUES ?a { pm:one }\nFILTER(!BOUND(?a) || ?a != ?b)\n"),
        ({"a": None}, ""),
    ],
    ids=["default", "empty", "freed"],
)
def test_a_default_keeps_its_filter_and_a_freed_parameter_loses_both(bindings: Any, expected: str) -> None:
    assert query.bind("VALUES ?a { pm:one }\nFILTER(!BOUND(?a) || ?a != ?b)\n", bindings) == expected


def test_every_block_of_a_parameter_is_filled() -> None:
    text = "{ VALUES ?a { UNDEF } } UNION { VALUES ?a { UNDEF } }"
    assert query.parameters(text) == ["a"]
    assert query.bind(text, {"a": [Literal("x")]}) == '{ VALUES ?a { "x" } } UNION { VALUES ?a { "x" } }'


def test_a_term_that_looks_like_a_block_is_not_filled_again() -> None:
    bound = query.bind(TWO, {"a": [Literal("VALUES ?b { UNDEF }")], "b": [Literal("VALUES ?a { UNDEF }")]})
    assert 'VALUES ?a { "VALUES ?b { UNDEF }" }\n' in bound
    assert 'VALUES ?b { "VALUES ?a { UNDEF }" }\n' in bound


@pytest.mark.parametrize(
    ("bindings", "named"),
    [({"c": [Literal("x")]}, "c"), ({"c": []}, "c"), ({"z": [], "a": [], "c": []}, "c, z")],
    ids=["bound", "without terms", "several"],
)
def test_a_name_that_is_no_parameter_is_refused_with_those_that_are(bindings: Terms, named: str) -> None:
    with pytest.raises(UsageError, match=f"^the query has no parameter {named}: it has a, b$"):
        query.bind(TWO, bindings)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("trace/matrix", list(SELECTION)),
        ("trace/claims", ["claim", *SELECTION]),
        ("trace/origins", list(SELECTION)),
        ("trace/parts", ["claim", "relation"]),
        ("trace/labels", ["kind"]),
        ("trace/codings", []),
    ],
)
def test_parameters_are_the_blocks_that_a_file_declares_in_order(name: str, expected: list[str]) -> None:
    assert query.parameters(query.read(name)) == expected


# Injection: whatever people type comes back as the literal it is, and changes nothing else

ASKED = 'SELECT ?a ?rest WHERE {\n  VALUES ?a { UNDEF }\n  BIND("untouched" AS ?rest)\n}\n'
NASTY = (
    'x" } DROP ALL', 'x"@en } #', "'", '"', '"""', "\\", '\\"', "\n", "\r\n", "\t", "{ UNDEF }", "} UNION { ?s ?p ?o",
    "VALUES ?a { UNDEF }", "\\u0022 } UNION { ?s ?p ?o } #", "\\U0001F642", "%22", "<urn:x>", "$a", "?a", "\u2028",
    "\x00", "\x7f", "\ufeff", "e\u0301", "🙂", "", " ",
)  # fmt: skip


def asked(term: NamedNode | Literal) -> list[tuple[object, object]]:
    found = Store().query(query.bind(ASKED, {"a": [term]}))
    assert isinstance(found, QuerySolutions)
    return [(row["a"], row["rest"]) for row in found]


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_text_that_would_break_out_comes_back_as_it_is(text: str) -> None:
    assert asked(Literal(text)) == [(Literal(text), Literal("untouched"))]
    assert asked(Literal(text, language="en")) == [(Literal(text, language="en"), Literal("untouched"))]


@settings(deadline=None, max_examples=300, database=None)
@given(st.text() | st.text(alphabet="\"'\\{}<>?#@^ \n\r\tu0x", max_size=40))
@example('" } } INSERT DATA { <urn:a> <urn:b> "c')
def test_any_text_comes_back_as_it_is(text: str) -> None:
    assert asked(Literal(text)) == [(Literal(text), Literal("untouched"))]


@settings(deadline=None, max_examples=100, database=None)
@given(st.text(min_size=1))
def test_any_id_comes_back_as_the_concept_it_names(text: str) -> None:
    assert asked(iris.concept(text)) == [(iris.concept(text), Literal("untouched"))]


@settings(deadline=None, max_examples=100, database=None)
@given(st.lists(st.text(), min_size=1, max_size=5, unique=True))
def test_several_texts_come_back_each_once(texts: list[str]) -> None:
    found = Store().query(query.bind(ASKED, {"a": [Literal(text) for text in texts]}))
    assert isinstance(found, QuerySolutions)
    assert [row["a"] for row in found] == [Literal(text) for text in texts]


@pytest.mark.parametrize("text", ["urn:x> } DROP ALL #", "urn:a b", 'urn:"', "urn:{}", "no scheme"])
def test_what_is_no_iri_cannot_be_made_a_term(text: str) -> None:
    with pytest.raises(ValueError, match="IRI"):
        NamedNode(text)


# Leaving out what restricts nothing


def unpruned(name: str, bindings: Terms) -> str:
    """The query with terms in their blocks and everything else as the file has it."""
    parts = re.split(r"(VALUES \?\w+ \{[^}]*\})", query.read(name))
    for parameter, terms in bindings.items():
        (at,) = [at for at, part in enumerate(parts) if part.startswith(f"VALUES ?{parameter} ")]
        parts[at] = f"VALUES ?{parameter} {{ {' '.join(str(term) for term in terms)} }}"
    return "".join(parts)


BINDINGS: dict[str, Terms] = {
    "nothing": {},
    "one factor": {"factor": [iris.concept("trust")]},
    "factors and an outcome": {
        "factor": [iris.concept("trust"), iris.concept("faith-in-partner")],
        "outcome": [iris.concept("equity")],
    },
    "a kind": {"kind": [PM.RelationalFactor]},
    "kinds": {"kind": [PM.StructuralFactor, PM.ContextualFactor]},
    "rolled up": {"rolledUp": [Literal(True)]},
    "rolled up to one": {"rolledUp": [Literal(True)], "factor": [iris.concept("trust")]},
    "another role": {"role": [PM.contextFactor]},
    "all that is claimed": {"counts": [PM.Claim]},
    "statuses": {"status": [PM.proposed, PM.refuted], "counts": [PM.Claim]},
    "reviews": {"evidence": [PM.SecondaryClaim]},
    "layers": {"layer": [PM.participantLayer, PM.authorLayer]},
    "a design": {"design": [PM.surveyDesign]},
    "a country": {"country": [iris.country("KEN")]},
    "an actor": {"actor": [iris.concept("funder")]},
    "a coder": {"coder": [iris.coder("ada")]},
    "two coders": {"twoCoders": [Literal(True)]},
    "nothing there": {"country": [iris.country("NAM")]},
    "much at once": {
        "kind": [PM.RelationalFactor],
        "layer": [PM.authorLayer],
        "coder": [iris.coder("ada"), iris.coder("bo")],
        "rolledUp": [Literal(True)],
    },
}


@pytest.mark.parametrize("bindings", BINDINGS.values(), ids=BINDINGS.keys())
@pytest.mark.parametrize("name", SELECTING)
def test_what_is_left_out_changes_no_result(tiny_graph: kg.KnowledgeGraph, name: str, bindings: Terms) -> None:
    bound, whole = query.bind(query.read(name), bindings), unpruned(name, bindings)
    assert len(bound) < len(whole)
    assert tiny_graph.sparql(bound) == tiny_graph.sparql(whole)


@pytest.mark.parametrize(("name", "rows"), [("trace/matrix", 11), ("trace/claims", 14)])
def test_the_bindings_compared_above_select_different_things(
    tiny_graph: kg.KnowledgeGraph, name: str, rows: int
) -> None:
    results = {label: tiny_graph.sparql(query.bind(query.read(name), terms)).rows for label, terms in BINDINGS.items()}
    assert len(results["nothing"]) == rows
    assert results["nothing there"] == ()
    same = [(one, other) for one in results for other in results if one < other and results[one] == results[other]]
    assert same == []


def test_only_what_nobody_binds_is_left_out() -> None:
    text = query.read("trace/matrix")
    free = query.bind(text, {})
    assert "!BOUND" not in free
    assert [line for line in free.splitlines() if "UNDEF" in line and "#" not in line] == []
    assert query.parameters(free) == [name for name in SELECTION if name not in undefined(text)]
    bound = query.bind(text, {"layer": [PM.authorLayer]})
    assert f"VALUES ?layer {{ <{PM.authorLayer.value}> }}\n" in bound
    assert re.findall(r"!BOUND\(\?(\w+)\)", bound) == ["layer"]
    lost = set(text.splitlines()) - set(bound.splitlines()) - {"      VALUES ?layer { UNDEF }"}
    assert [line for line in lost if not re.match(r" *(VALUES \?\w+ \{ UNDEF \}|FILTER\(!BOUND\(.*\))$", line)] == []


def test_binding_everything_leaves_every_line_in_its_place() -> None:
    text = query.read("trace/matrix")
    bound = query.bind(text, {name: [Literal("x")] for name in query.parameters(text)})
    assert len(bound.splitlines()) == len(text.splitlines())
    assert re.sub(r"VALUES \?\w+ \{[^}]*\}", "", bound) == re.sub(r"VALUES \?\w+ \{[^}]*\}", "", text)


# Plain values


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (None, None),
        (NamedNode("urn:x"), "urn:x"),
        (Literal("x"), "x"),
        (Literal("x", language="en"), "x"),
        (Literal(7), 7),
        (Literal("007", datatype=XSD.integer), 7),
        (Literal("7"), "7"),
        (Literal(True), True),
        (Literal("0", datatype=XSD.boolean), False),
        (Literal("0.5", datatype=NamedNode(XSD.base + "decimal")), "0.5"),
    ],
)
def test_a_term_as_a_plain_value(term: NamedNode | Literal | None, value: object) -> None:
    found = query.plain(term)
    assert (found, type(found)) == (value, type(value))


# How query files are written


def code(path: Path) -> str:
    """A query without its comments."""
    return re.sub(r"^#.*\n|(?<=\s)#[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("path", TITLED, ids=lambda path: path.stem)
def test_a_query_file_begins_with_what_it_is_and_what_for(path: Path) -> None:
    header = path.read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    pairs = [re.fullmatch(r"#\+ ([a-z ]+): (\S.*)", line) for line in header]
    assert None not in pairs
    keys = [pair[1] for pair in pairs if pair]
    assert keys[0] == "title"
    assert "why" in keys
    own = {"rules": {"scope"}, "checks": {"tier", "severity", "problem", "remedy"}}.get(path.parent.name, {"columns"})
    assert own <= set(keys) <= {*own, "title", "why", "needs", "alike", "cannot tell"}


def test_no_two_query_files_share_a_title() -> None:
    titles = [re.findall(r"^#\+ title: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE) for path in TITLED]
    assert [title for title in titles if len(title) != 1 or titles.count(title) > 1] == []


@pytest.mark.parametrize("path", TITLED, ids=lambda path: path.stem)
def test_a_query_file_runs_as_it_stands_with_the_columns_it_promises(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = Store().query(text)
    if path.parent.name == "rules":
        assert isinstance(found, QueryTriples)
        return
    assert isinstance(found, QuerySolutions)
    if path.parent.name == "checks":
        return  # what a check fills in is held to its problem
    promised = re.findall(r"^#\+ columns: (.*)$", text, re.MULTILINE)
    assert promised == [", ".join(variable.value for variable in found.variables)]


@pytest.mark.parametrize("path", QUERIES.values(), ids=QUERIES.keys())
def test_a_query_names_its_columns_and_counts_each_thing_once(path: Path) -> None:
    text = code(path)
    assert re.findall(r"SELECT\s+(?:DISTINCT\s+|REDUCED\s+)?\*", text, re.IGNORECASE) == []
    aggregates = re.findall(r"\b(COUNT|SUM|AVG|MIN|MAX|SAMPLE|GROUP_CONCAT)\s*\(\s*(\w*)", text, re.IGNORECASE)
    known = {("COUNT", "DISTINCT"), ("GROUP_CONCAT", "DISTINCT"), ("MIN", ""), ("MAX", "")}
    assert set(aggregates) <= known | ({("COUNT", "")} if path.parent.name == "push" else set())  # triples, each once


COMPARED = {"diff/statements"}
"""Queries whose rows are compared as sets: to put 54,000 of them in order takes seconds."""


@pytest.mark.parametrize(
    "path", [path for name, path in SELECTS.items() if name not in COMPARED], ids=lambda path: path.stem
)
def test_rows_come_in_a_stated_order(path: Path) -> None:
    rows = re.sub(r"\nLIMIT [0-9]+$", "", code(path).rstrip())
    assert re.findall(r"^ORDER BY ((\?\w+|DESC\(\?\w+\)) ?)+$", rows.splitlines()[-1]) != []


@pytest.mark.parametrize("path", QUERIES.values(), ids=QUERIES.keys())
def test_a_query_declares_prefixes_as_the_table_has_them_and_uses_all(path: Path) -> None:
    text = code(path)
    declared = re.findall(r"^PREFIX (\w+): <([^>]+)>$", text, re.MULTILINE)
    assert len(declared) == len(re.findall("PREFIX", text, re.IGNORECASE))
    assert [(prefix, base) for prefix, base in declared if table().get(prefix) != base] == []
    body = re.sub(r'^PREFIX .*$|"[^"]*"|<[^>\s]*>', "", text, flags=re.MULTILINE)
    assert sorted(set(re.findall(r"(?<![\w?$])(\w+):\w", body))) == [prefix for prefix, _ in declared]


@pytest.mark.parametrize("path", QUERIES.values(), ids=QUERIES.keys())
def test_a_query_reaches_for_no_other_host_and_writes_nothing(path: Path) -> None:
    words = re.findall(r"\b(SERVICE|LOAD|INSERT|DELETE|DROP|CLEAR|FROM)\b", code(path), re.IGNORECASE)
    assert words == []


def undefined(text: str) -> list[str]:
    """The parameters that restrict nothing unless they are bound."""
    return re.findall(r"VALUES \?(\w+) \{ UNDEF \}", text)


def selection_block(name: str) -> str:
    """The first two paragraphs from the line that says what is asked for, without their indentation."""
    text = query.read(name)
    start = text.rindex("\n", 0, text.index("# What is asked for")) + 1
    return dedent("\n\n".join(text[start:].split("\n\n")[:2]))


def test_the_matrix_and_the_claims_behind_it_are_selected_from_by_parameters() -> None:
    assert {"trace/matrix", "trace/claims"} <= set(SELECTING)


@pytest.mark.parametrize("name", SELECTING)
def test_what_is_counted_and_what_is_listed_is_selected_by_the_same_words(name: str) -> None:
    block = selection_block(name)
    assert block == selection_block("trace/matrix")
    assert query.parameters(block) == list(SELECTION)
    # Factor, outcome and status stand in the patterns themselves; every other one that may be free has its filter.
    filtered = [parameter for parameter in undefined(block) if parameter not in ("factor", "outcome", "status")]
    assert re.findall(r"^FILTER\(!BOUND\(\?(\w+)\)", block, re.MULTILINE) == filtered


# Prefixes for queries that people type


def test_the_table_is_that_of_the_file() -> None:
    text = (ROOT / "ontology" / "prefixes.ttl").read_text(encoding="utf-8")
    assert table() == dict(sorted(re.findall(r'sh:prefix "(\w+)" ; sh:namespace "([^"]+)"', text)))
    assert table()["pm"] == "https://w3id.org/partnership-mechanisms/ontology#"


def test_a_query_gets_every_prefix_of_the_table_on_one_line_before_it() -> None:
    text = "SELECT ?x WHERE {\n  ?x a pm:Claim\n}"
    first = with_prefixes(text).removesuffix(f" {text}")  # on its first line, so that the lines of errors stay right
    assert "\n" not in first
    assert re.findall(r"PREFIX (\w+): <([^>]+)>", first) == list(table().items())


@pytest.mark.parametrize(
    "own",
    ["PREFIX pm: <urn:mine/>\n", "prefix PM: <urn:other/>\nprefix pm: <urn:mine/>\n", "  PREFIX pm:<urn:mine/>\n"],
    ids=["as usual", "in small letters", "indented"],
)
def test_what_a_query_declares_itself_is_left_to_it(own: str) -> None:
    text = f"{own}SELECT ?x WHERE {{ BIND(pm:a AS ?x) }}"
    found = Store().query(with_prefixes(text))
    assert isinstance(found, QuerySolutions)
    assert [row["x"] for row in found] == [NamedNode("urn:mine/a")]
    assert with_prefixes(text).endswith(f" {text}")
    assert "PREFIX pm:" not in with_prefixes(text).removesuffix(text)


def test_a_query_may_declare_several_prefixes_on_a_line() -> None:
    found = Store().query(with_prefixes("PREFIX a: <urn:a/> PREFIX pm: <urn:mine/> SELECT (pm:x AS ?x) WHERE {}"))
    assert isinstance(found, QuerySolutions)
    assert [row["x"] for row in found] == [NamedNode("urn:mine/x")]


def test_prefixes_are_told_apart_by_capitals_as_in_sparql() -> None:
    found = Store().query(with_prefixes("PREFIX PM: <urn:mine/>\nSELECT (pm:Claim AS ?x) (PM:a AS ?y) WHERE {}"))
    assert isinstance(found, QuerySolutions)
    assert [(row["x"], row["y"]) for row in found] == [(PM.Claim, NamedNode("urn:mine/a"))]


def test_text_that_a_query_has_passed_through_already_still_runs() -> None:
    Store().query(with_prefixes(with_prefixes("SELECT ?x WHERE { ?x a pm:Claim }")))


def test_a_line_that_speaks_of_prefixes_declares_none() -> None:
    text = "# PREFIX pm: <urn:not-this/>\nSELECT (pm:Claim AS ?x) WHERE {}"
    found = Store().query(with_prefixes(text))
    assert isinstance(found, QuerySolutions)
    assert [row["x"] for row in found] == [PM.Claim]
