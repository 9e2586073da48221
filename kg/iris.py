"""Who is who: the only place where IRIs of data and graphs are made.

Every identifier is percent-encoded into one path segment, so that any id that people write gives a valid IRI
and can be read back from it (RFC 3987; ids that differ only in Unicode composition are one).
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, unquote

from pyoxigraph import NamedNode

DATA = "https://w3id.org/partnership-mechanisms/data/"
CONCEPT = "https://w3id.org/partnership-mechanisms/concept/"
GRAPH = "https://w3id.org/partnership-mechanisms/graph/"

RESERVED_SOURCE_IDS = frozenset(
    {
        "author", "band", "coder", "condition", "country", "external", "factor-outcome", "group", "indicator", "judge",
        "judgement", "membership", "observation", "pattern", "studies.yaml", "study", "tension", "theories.yaml",
        "theory",
    }
)  # fmt: skip
"""First path segments under `data/` that are not sources, and modules that are not."""
RESERVED_CODER_IDS = frozenset({"author", "case"})
"""Second path segments under a source that are not coders."""

EXTERNAL = "external/"
"""What the name of a module begins with that is an external data set."""

ONTOLOGY_GRAPH = NamedNode(f"{GRAPH}ontology")
ONTOLOGY_INFERRED_GRAPH = NamedNode(f"{GRAPH}ontology/inferred")
SYNTHESIS_GRAPH = NamedNode(f"{GRAPH}synthesis")
BUILD_GRAPH = NamedNode(f"{GRAPH}build")
PUSHED_GRAPH = NamedNode(f"{GRAPH}pushed")
"""In a store that builds are pushed into: what was pushed."""
STAGING_GRAPH = NamedNode(f"{GRAPH}staging")
"""There too, and for moments only: below this, a graph on its way to its place."""


def staging_graph(since: int, token: str) -> NamedNode:
    """Where one push keeps a graph that is on its way, from when on (seconds since 1970)."""
    return NamedNode(f"{STAGING_GRAPH.value}/{since}-{token}")


def staged_since(graph: str) -> int | None:
    """Since when a graph is on its way to its place; 0 where that is not said, None where it is no such graph.

    >>> staged_since(staging_graph(1800000000, "a1").value), staged_since(BUILD_GRAPH.value)
    (1800000000, None)
    """
    if graph != STAGING_GRAPH.value and not graph.startswith(f"{STAGING_GRAPH.value}/"):
        return None
    since = graph.removeprefix(f"{STAGING_GRAPH.value}/").partition("-")[0]
    return int(since) if since.isascii() and since.isdigit() else 0


def segment(text: str) -> str:
    """An id as one path segment.

    >>> segment("Müller & Søn 1/2")
    'M%C3%BCller%20%26%20S%C3%B8n%201%2F2'
    """
    encoded = quote(unicodedata.normalize("NFC", text), safe="")
    return encoded.replace(".", "%2E") if not encoded.strip(".") else encoded


def ids(iri: NamedNode | str) -> tuple[str, ...]:
    """The ids that a data or concept IRI was made from.

    >>> ids(claim("jones2013", "coder-1", "c1"))
    ('jones2013', 'coder-1', 'c1')
    """
    text = iri.value if isinstance(iri, NamedNode) else iri
    for base in (DATA, CONCEPT):
        if text.startswith(base):
            return tuple(unquote(part) for part in text[len(base) :].split("/"))
    raise ValueError(f"{text} is not an identifier of this project")


def spoken(iri: str) -> str:
    """A node of the evidence in plain words: the claim or case it belongs to, and which part of it.

    >>> spoken(DATA + "jones2013/coder-1/c1/mechanism/1")
    'c1, mechanism 1'
    """
    known = ids(iri)
    if known[0] in RESERVED_SOURCE_IDS:
        return " ".join(known)
    if known[1:2] == ("author",):
        return f"author {known[2]} of {known[0]}"
    if len(known) < 3:
        return " by ".join(known)
    claim, parts = known[2], known[3:]
    return f"{claim}, {' '.join(parts)}" if parts else claim


def _data(*parts: str) -> NamedNode:
    return NamedNode(DATA + "/".join(segment(part) for part in parts))


def source(source_id: str) -> NamedNode:
    """`data/{source}`."""
    return _data(source_id)


def author(source_id: str, position: int) -> NamedNode:
    """`data/{source}/author/{position}`."""
    return _data(source_id, "author", str(position))


def case(source_id: str, case_id: str) -> NamedNode:
    """`data/{source}/case/{id}`."""
    return _data(source_id, "case", case_id)


def coding(source_id: str, coder_id: str) -> NamedNode:
    """`data/{source}/{coder}`."""
    return _data(source_id, coder_id)


def claim(source_id: str, coder_id: str, claim_id: str) -> NamedNode:
    """`data/{source}/{coder}/{claim}`."""
    return _data(source_id, coder_id, claim_id)


def part(whole: NamedNode, kind: str, position: int | None = None) -> NamedNode:
    """A part of a claim or of a part, such as `…/mechanism/1` or `…/evidence/1/rigour`."""
    return NamedNode(f"{whole.value}/{kind}" + ("" if position is None else f"/{position}"))


def study(study_id: str) -> NamedNode:
    """`data/study/{id}`."""
    return _data("study", study_id)


def theory(theory_id: str) -> NamedNode:
    """`data/theory/{id}`."""
    return _data("theory", theory_id)


def coder(coder_id: str) -> NamedNode:
    """`data/coder/{id}`."""
    return _data("coder", coder_id)


def country(code: str) -> NamedNode:
    """`data/country/{alpha-3}`."""
    return _data("country", code)


def group(grouping: str, name: str) -> NamedNode:
    """`data/group/{grouping}/{name}`, a group of countries."""
    return _data("group", grouping, name)


def membership(data_set: str, code: str, number: int) -> NamedNode:
    """`data/membership/{data set}/{alpha-3}/{number}`."""
    return _data("membership", data_set, code, str(number))


def indicator(code: str) -> NamedNode:
    """`data/indicator/{code}`, by its publisher's code."""
    return _data("indicator", code)


def observation(data_set: str, code: str, country_code: str, year: int) -> NamedNode:
    """`data/observation/{data set}/{indicator}/{alpha-3}/{year}`."""
    return _data("observation", data_set, code, country_code, str(year))


def pattern(factor_id: str, outcome_id: str, effect: str) -> NamedNode:
    """`data/pattern/{factor}/{outcome}/{effect}`, as queries/rules/recurrent-pattern.rq makes it."""
    return _data("pattern", factor_id, outcome_id, effect)


def tension(factor_id: str, outcome_id: str) -> NamedNode:
    """`data/tension/{factor}/{outcome}`, as queries/rules/tension.rq makes it."""
    return _data("tension", factor_id, outcome_id)


def judge(judge_id: str) -> NamedNode:
    """`data/judge/{id}`."""
    return _data("judge", judge_id)


def judgement(judge_id: str, of: NamedNode) -> NamedNode:
    """`data/judgement/{judge}/{pattern or tension and what it is made of}`: a person judges each of them once."""
    return _data("judgement", judge_id, *ids(of))


def concept(concept_id: str) -> NamedNode:
    """`concept/{id}`."""
    return NamedNode(CONCEPT + segment(concept_id))


def asserted_graph(module: str) -> NamedNode:
    """The graph of what a module's file says; for an external data set see `external_graph`."""
    if module.startswith(EXTERNAL):
        return external_graph(module.removeprefix(EXTERNAL))
    return NamedNode(f"{GRAPH}module/{segment(module)}")


def alignment_graph(name: str) -> NamedNode:
    """The graph of a mapping set: which terms of another vocabulary match ours."""
    return NamedNode(f"{GRAPH}alignment/{segment(name)}")


def mapping(name: str, subject: str, other: str) -> NamedNode:
    """`graph/alignment/{set}/{our term}/{the other term}`, the terms as the set writes them."""
    return NamedNode(f"{alignment_graph(name).value}/{segment(subject)}/{segment(other)}")


def inferred_graph(module: str) -> NamedNode:
    """The graph of what follows from a module's file."""
    return NamedNode(f"{GRAPH}module/{segment(module)}/inferred")


def external_graph(data_set: str) -> NamedNode:
    """The graph of an external data set, which is also what the data set itself goes by."""
    return NamedNode(f"{GRAPH}external/{segment(data_set)}")
