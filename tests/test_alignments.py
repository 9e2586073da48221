"""Mapping sets to other vocabularies: what is shipped is sound, what is published says whose word it is, and nothing
that was found by its label alone is taken for a match before somebody has looked at it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store, Triple, serialize

import kg
from kg import alignments, cli, foreign, iris, mapping_checks, mapping_sets, pipeline, proposals, query, resources
from kg.alignment_listing import alignments as listed
from kg.errors import EvidenceError, Failure, UsageError
from kg.mapping_sets import MappingSet, Review
from kg.remote import RemoteStore
from tests import oxigraph
from tests.between import Asked, between
from tests.conftest import ROOT, TINY
from tests.test_store import SparqlEndpoint

FOLDER = ROOT / "ontology" / "alignments"
SETS = {path.name.removesuffix(mapping_sets.ENDING): path for path in sorted(FOLDER.glob("*.tsv"))}
SKOS, EX = "http://www.w3.org/2004/02/skos/core#", "http://example.org/voc/"

HEAD = dedent(
    """\
    #sssom_version: "1.1"
    #mapping_set_id: "https://example.org/mappings/small"
    #mapping_set_version: "1.0.0"
    #mapping_set_title: "Small"
    #license: "https://creativecommons.org/publicdomain/zero/1.0/"
    #object_source: "http://example.org/voc"
    #mapping_date: "2026-01-31"
    #curie_map:
    #  ex: "http://example.org/voc/"
    #  pm: "https://w3id.org/partnership-mechanisms/ontology#"
    #  pmc: "https://w3id.org/partnership-mechanisms/concept/"
    """
)
COLUMNS = ("subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification",
           "author_label", "confidence", "reviewer_label", "reviewer_agreement", "predicate_modifier", "review_date",
           "comment")  # fmt: skip
FIRST_ROW = HEAD.count("\n") + 2
ROW = {
    "subject_id": "pmc:trust",
    "subject_label": "trust",
    "predicate_id": "skos:broadMatch",
    "object_id": "ex:T1",
    "object_label": "Relations",
    "mapping_justification": "semapv:ManualMappingCuration",
    "author_label": "Ada",
    "confidence": "0.6",
}


def text(*rows: dict[str, str], head: str = HEAD, columns: tuple[str, ...] = COLUMNS) -> str:
    """A mapping set with rows, each of which says what it has otherwise than `ROW`."""
    lines = ["\t".join({**ROW, **row}.get(column, "") for column in columns) for row in rows]
    return head + "\n".join(["\t".join(columns), *lines]) + "\n"


def small(*rows: dict[str, str], **written: Any) -> MappingSet:
    return mapping_sets.parse(text(*rows, **written), Path("small.sssom.tsv"))


def found(*rows: dict[str, str], **written: Any) -> list[tuple[int | None, str]]:
    return [(each.line, each.rule) for each in mapping_checks.check(small(*rows, **written))]


# What is shipped


def test_there_is_a_set_for_each_vocabulary() -> None:
    assert {name: len(mapping_sets.read(path).mappings) for name, path in SETS.items()} == {
        "bcio": 25, "cids": 1, "eco": 2, "gmho": 2, "mesh": 2, "mfoem": 3, "ro": 2, "sepio": 8, "wikidata": 1,
    }  # fmt: skip
    assert resources.alignment_files() == list(SETS.values())


@pytest.mark.parametrize("name", SETS)
def test_a_shipped_set_is_sound(name: str) -> None:
    """Every subject is ours, by our label; every identifier has its prefix; and so on."""
    read = mapping_sets.read(SETS[name])
    assert [str(each) for each in mapping_checks.check(read)] == []
    assert read.metadata["mapping_set_id"] == iris.alignment_graph(name).value
    assert {read.said(row, "mapping_tool") for row in read.mappings} == {"machine-assisted curation"}
    assert {row.review for row in read.mappings} == {Review.unreviewed}
    assert [row.line for row in read.mappings if "ead in " not in row["comment"]] == []


BY_THE_LIBRARY = """
import json, logging, sys
logging.disable(logging.CRITICAL)
from sssom.constants import DEFAULT_VALIDATION_TYPES
from sssom.parsers import parse_sssom_table
from sssom.validators import validate
told = {}
for file in sys.argv[1:]:
    read = parse_sssom_table(file)
    reports = validate(read, DEFAULT_VALIDATION_TYPES, fail_on_error=False)
    rows = read.df.astype(object).where(read.df.notna(), None).to_dict("records")
    told[file] = {
        "faults": [fault.message for report in reports.values() for fault in report.results],
        "checks": len(reports),
        "set": read.metadata.get("mapping_set_id"),
        "rows": rows,
    }
print(json.dumps(told, default=str))
"""
"""The library sets options of pandas as it is imported, which warns, and takes two seconds: so not in this process."""


def by_the_library(*files: Path) -> dict[str, Any]:
    """What the sssom library reads of mapping sets, and what its validators say."""
    pytest.importorskip("linkml_runtime", reason="the sssom library is not installed (pip install sssom)")
    command = [sys.executable, "-c", BY_THE_LIBRARY, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return {Path(file).name: one for file, one in told.items()}


@pytest.fixture(scope="module")
def library() -> dict[str, Any]:
    return by_the_library(*SETS.values())


@pytest.mark.parametrize("name", SETS)
def test_the_sssom_library_finds_a_shipped_set_valid_and_reads_the_same_rows(
    library: dict[str, Any], name: str
) -> None:
    told, ours = library[SETS[name].name], mapping_sets.read(SETS[name])
    assert (told["checks"], told["faults"], told["set"]) == (3, [], ours.metadata["mapping_set_id"])
    rows = [{slot: str(row[slot]) for slot in ours.columns if row.get(slot) is not None} for row in told["rows"]]
    assert sorted(rows, key=str) == sorted([dict(row.slots) for row in ours.mappings], key=str)
    assert {row["mapping_tool"] for row in told["rows"]} == {"machine-assisted curation"}


def test_the_sssom_library_finds_fault_where_there_is_some(tmp_path: Path) -> None:
    file = tmp_path / "faulty.sssom.tsv"
    file.write_text(text({"confidence": "7"}), encoding="utf-8")
    assert by_the_library(file)[file.name]["faults"] != []


# What a set says


def test_a_mapping_is_a_match_with_its_provenance_in_the_graph_of_its_set() -> None:
    graph = NamedNode("https://w3id.org/partnership-mechanisms/graph/alignment/small")
    node = NamedNode(f"{graph.value}/pmc%3Atrust/ex%3AT1")
    trust, other = iris.concept("trust"), NamedNode(f"{EX}T1")
    xsd, dcterms, sssom = "http://www.w3.org/2001/XMLSchema#", "http://purl.org/dc/terms/", "https://w3id.org/sssom/"
    owl, rdf = "http://www.w3.org/2002/07/owl#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    day = Literal("2026-01-31", datatype=NamedNode(f"{xsd}date"))
    expected: list[tuple[NamedNode, str, NamedNode | Literal]] = [
        (graph, f"{rdf}type", NamedNode(f"{sssom}MappingSet")),
        (graph, f"{dcterms}title", Literal("Small")),
        (graph, f"{dcterms}license", NamedNode("https://creativecommons.org/publicdomain/zero/1.0/")),
        (graph, f"{dcterms}source", NamedNode("http://example.org/voc")),
        (graph, f"{dcterms}created", day),
        (graph, f"{owl}versionInfo", Literal("1.0.0")),
        (trust, f"{SKOS}broadMatch", other),
        (other, "http://www.w3.org/2000/01/rdf-schema#label", Literal("Relations")),
        (node, f"{rdf}type", NamedNode(f"{owl}Axiom")),
        (node, f"{owl}annotatedSource", trust),
        (node, f"{owl}annotatedProperty", NamedNode(f"{SKOS}broadMatch")),
        (node, f"{owl}annotatedTarget", other),
        (node, f"{sssom}mapping_justification", NamedNode("https://w3id.org/semapv/vocab/ManualMappingCuration")),
        (node, f"{sssom}subject_label", Literal("trust")),
        (node, f"{sssom}object_label", Literal("Relations")),
        (node, f"{sssom}author_label", Literal("Ada")),
        (node, f"{sssom}author_label", Literal("Bo")),
        (node, f"{sssom}confidence", Literal("0.6", datatype=NamedNode(f"{xsd}decimal"))),
        (node, f"{sssom}mapping_date", day),
    ]
    made = alignments.quads(small({"author_label": "Ada|Bo"}))
    assert set(made) == {Quad(one, NamedNode(two), three, graph) for one, two, three in expected}
    assert len(made) == len(expected)


@pytest.mark.parametrize(
    ("row", "review", "said"),
    [
        ({}, Review.unreviewed, True),
        ({"reviewer_label": "Cy"}, Review.confirmed, True),
        ({"reviewer_label": "Cy", "reviewer_agreement": "0.5"}, Review.confirmed, True),
        ({"reviewer_label": "Cy", "reviewer_agreement": "0"}, Review.unsure, True),
        ({"reviewer_label": "Cy", "reviewer_agreement": "-1"}, Review.rejected, False),
        ({"predicate_modifier": "Not"}, Review.unreviewed, False),
    ],
    ids=["unreviewed", "reviewed", "confirmed", "unsure", "rejected", "negated"],
)
def test_what_is_rejected_or_negated_is_kept_and_not_said(row: dict[str, str], review: Review, said: bool) -> None:
    read = small(row)
    assert mapping_checks.check(read) == []
    made = alignments.quads(read)
    match = Quad(
        iris.concept("trust"), NamedNode(f"{SKOS}broadMatch"), NamedNode(f"{EX}T1"), iris.alignment_graph("small")
    )
    assert (match in made) is said
    store = Store()
    store.extend(made)
    (one,) = listed(_Asked(store)).alignments
    assert (one.review, one.match) == (review, "not broadMatch" if "predicate_modifier" in row else "broadMatch")


class _Asked:
    """A store in memory that answers as a graph does."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def select(self, text: str) -> Any:
        rows = self._store.query(text, use_default_graph_as_union=True)
        assert isinstance(rows, QuerySolutions)
        names = [variable.value for variable in rows.variables]
        return names, [{name: row[name] for name in names} for row in rows]


# What a set must be


@pytest.mark.parametrize(
    ("row", "rule", "told"),
    [
        ({"subject_id": "pmc:trsut"}, "mapping-subject", "Did you mean pmc:trust?"),
        ({"subject_id": "pm:Nothing", "subject_label": "x"}, "mapping-subject", "no concept and no term of ours"),
        ({"subject_label": "faith"}, "mapping-subject-label", "we call it “trust”, not “faith”."),
        ({"subject_id": "concept:trust"}, "mapping-prefix", "Add concept to curie_map"),
        ({"object_id": "nowhere:T1"}, "mapping-prefix", "object_id is “nowhere:T1”, whose prefix nothing declares."),
        ({"object_id": "ex:T 1"}, "mapping-object", "would not be an address"),
        ({"object_id": "ex:T<1>"}, "mapping-object", "would not be an address"),
        ({"object_id": "pmc:mistrust"}, "mapping-object", "is one of our own terms"),
        ({"predicate_id": "owl:equivalentClass"}, "mapping-predicate", "is not one of the matches of SKOS"),
        ({"predicate_id": "skos:broader"}, "mapping-predicate", "is not one of the matches of SKOS"),
        ({"mapping_justification": ""}, "mapping-cell-empty", "mapping_justification is empty."),
        ({"mapping_justification": "semapv:Manual"}, "mapping-justification", "Write semapv:ManualMappingCuration."),
        ({"mapping_justification": "semapv:LexicalMatching"}, "mapping-by-label-alone", "nobody has said"),
        ({"object_label": ""}, "mapping-cell-empty", "object_label is empty."),
        ({"confidence": "1.01"}, "mapping-number", "Write a number from 0 to 1"),
        ({"confidence": "-0.1"}, "mapping-number", "Write a number from 0 to 1"),
        ({"confidence": "high"}, "mapping-number", "confidence is “high”."),
        ({"confidence": "0,5"}, "mapping-number", "confidence is “0,5”."),
        ({"reviewer_agreement": "1"}, "mapping-reviewer", "Name the reviewer"),
        ({"reviewer_label": "Cy", "reviewer_agreement": "-2"}, "mapping-number", "from -1 to 1"),
        ({"predicate_modifier": "not"}, "mapping-modifier", "Write Not, or leave it empty."),
        ({"reviewer_label": "Cy", "review_date": "31/1/2026"}, "mapping-date", "Write it as 2026-01-31."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_in_a_row_is_told_with_its_line_and_remedy(row: dict[str, str], rule: str, told: str) -> None:
    other = {"object_id": "ex:T2", "object_label": "Other"}
    (finding,) = mapping_checks.check(small({}, {**other, **row}))
    assert (finding.file, finding.line, finding.rule) == ("small.sssom.tsv", FIRST_ROW + 1, rule)
    assert told in str(finding)


def test_rows_are_held_to_each_other() -> None:
    exact = {"predicate_id": "skos:exactMatch"}
    rows: tuple[dict[str, str], ...] = (
        {},
        {"predicate_id": "skos:closeMatch"},
        {"object_id": "ex:T2", "object_label": "Trust", **exact},
        {"object_id": "ex:T3", "object_label": "Confidence", **exact},
        {"object_id": "ex:T3", "object_label": "Faith", "subject_id": "pmc:mistrust", "subject_label": "mistrust"},
    )
    assert found(*rows) == [
        (FIRST_ROW + 1, "mapping-twice"),
        (FIRST_ROW + 3, "mapping-exact-twice"),
        (FIRST_ROW + 4, "mapping-object-label"),
    ]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (HEAD.replace("#license", "#licence"), [(1, "mapping-set-incomplete")]),
        (HEAD.replace("https://creativecommons", "creativecommons"), [(5, "mapping-set-address")]),
        (HEAD.replace('"http://example.org/voc/"', '"voc/"'), [(8, "mapping-prefix"), (FIRST_ROW, "mapping-object")]),
        (HEAD + "#comment: [1, 2\n", [(12, "mapping-set-unreadable")]),
        (HEAD + "#license: twice\n", [(12, "mapping-set-unreadable")]),
    ],
    ids=["no licence", "licence no address", "prefix no address", "no YAML", "a key twice"],
)
def test_what_is_wrong_above_the_table_is_told(head: str, expected: list[tuple[int, str]]) -> None:
    told = found({}, head=head)
    assert [one for one in told if one in expected] == expected


def test_columns_are_those_of_sssom() -> None:
    columns = (*(column for column in COLUMNS if column != "object_label"), "confidance", "confidence")
    assert found({}, columns=columns) == [
        (FIRST_ROW - 1, "mapping-column-missing"),
        (FIRST_ROW - 1, "mapping-column-twice"),
        (FIRST_ROW - 1, "mapping-column-unknown"),
    ]


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"", 1),
        (HEAD.encode(), 12),
        (b"subject_id\tobject_id\n", 1),
        (HEAD.encode() + b"subject_id\n\xff\n", 13),
        (text({}).encode() + b"a\t" * 20 + b"\n", FIRST_ROW + 1),
        (text({}).encode() + b'pmc:trust\t"tr"ust\n', FIRST_ROW + 1),
    ],
    ids=["empty", "no table", "no metadata", "no UTF-8", "too many cells", "a stray quotation mark"],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, raw: bytes, line: int) -> None:
    file = tmp_path / "small.sssom.tsv"
    file.write_bytes(raw)
    told = mapping_checks.check(mapping_sets.read(file))
    assert ("mapping-set-unreadable", line) in [(each.rule, each.line) for each in told]


def test_a_file_that_is_not_there_and_a_name_that_is_none_are_told() -> None:
    assert [each.rule for each in mapping_checks.check(mapping_sets.read(Path("none.sssom.tsv")))] == [
        "mapping-set-unreadable"
    ]
    read = mapping_sets.parse(text({}), Path("Small set.sssom.tsv"))
    assert [each.rule for each in mapping_checks.check(read)] == ["mapping-set-unnamed"]


def test_everything_wrong_is_told_at_once() -> None:
    assert found({"confidence": "2", "predicate_id": "x:y", "subject_label": "faith", "object_label": ""}) == [
        (FIRST_ROW, "mapping-cell-empty"),
        (FIRST_ROW, "mapping-number"),
        (FIRST_ROW, "mapping-predicate"),
        (FIRST_ROW, "mapping-prefix"),
        (FIRST_ROW, "mapping-subject-label"),
    ]


def test_a_set_that_is_written_is_read_as_it_was() -> None:
    read = small({"comment": 'a "quote"; a tab\u00a0and ünïcode'}, {"object_id": "ex:T2", "object_label": "No"})
    again = mapping_sets.parse(
        mapping_sets.text_of(read.metadata, [row.slots for row in read.mappings], read.columns), read.file
    )
    assert (again.metadata, [row.slots for row in again.mappings]) == (
        read.metadata,
        [row.slots for row in read.mappings],
    )
    assert again.problems == ()


# In a graph


def test_a_build_publishes_the_sets_each_in_its_graph(tiny_graph: kg.KnowledgeGraph) -> None:
    matches = listed(tiny_graph.answers)
    assert Counter(one.vocabulary for one in matches.alignments) == {
        name: len(mapping_sets.read(path).mappings) for name, path in SETS.items()
    }
    (trust,) = (one for one in matches.alignments if one.other == "http://id.nlm.nih.gov/mesh/D035502")
    assert (trust.term, trust.label, trust.match, trust.other_label) == (
        iris.concept("trust").value, "trust", "closeMatch", "Trust",
    )  # fmt: skip
    assert (trust.confidence, trust.review, trust.justification, trust.tool, trust.date) == (
        0.7, Review.unreviewed, "ManualMappingCuration", "machine-assisted curation", "2026-11-28",
    )  # fmt: skip
    assert matches.notice == "None of the 46 matches was reviewed by a second person."
    described = tiny_graph.sparql(
        "SELECT ?licence ?version WHERE { GRAPH ?g { ?g a sssom:MappingSet ; dcterms:license ?licence ; "
        "owl:versionInfo ?version } FILTER(?g = <https://w3id.org/partnership-mechanisms/graph/alignment/bcio>) }"
    )
    assert described.rows == ({"licence": "https://creativecommons.org/licenses/by/4.0/", "version": "0.1.0"},)


def test_terms_of_others_are_not_taken_for_ours(tiny_graph: kg.KnowledgeGraph) -> None:
    """What people may name is ours alone: no label, concept or narrower concept of another vocabulary is among it."""
    named = query.run(tiny_graph.answers, "trace/labels", {})
    ours = (iris.CONCEPT, iris.DATA, "https://w3id.org/partnership-mechanisms/ontology#")
    assert [row["term"] for row in named if not str(row["term"]).strip("<>").startswith(ours)] == []
    strange = "SELECT ?s WHERE { ?s a|skos:prefLabel|skos:broader ?o . ?m owl:annotatedTarget ?s }"
    assert tiny_graph.sparql(strange).rows == ()
    equal = "SELECT ?s WHERE { ?m owl:annotatedTarget ?t . ?s owl:equivalentClass|rdfs:subClassOf|owl:sameAs ?t }"
    assert tiny_graph.sparql(equal).rows == ()


def test_a_fault_in_a_set_stops_a_build_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "small.sssom.tsv"
    file.write_text(text({"confidence": "7"}, {"predicate_id": "owl:sameAs", "object_id": "ex:T2"}), encoding="utf-8")
    monkeypatch.setattr(resources, "alignment_files", lambda: [file])
    with pytest.raises(EvidenceError) as raised:
        pipeline.build(TINY, tmp_path / "build")
    assert [(each.file, each.line, each.rule) for each in raised.value.findings] == [
        (str(file), FIRST_ROW, "mapping-number"),
        (str(file), FIRST_ROW + 1, "mapping-predicate"),
    ]
    assert not (tmp_path / "build" / "current").exists()


def test_a_changed_set_is_taken_over_by_the_next_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "small.sssom.tsv"
    file.write_text(text({}), encoding="utf-8")
    monkeypatch.setattr(resources, "alignment_files", lambda: [file])
    before = pipeline.build(TINY, tmp_path / "build")
    file.write_text(text({"object_label": "Bonds", "confidence": "0.4"}), encoding="utf-8")
    after = pipeline.build(TINY, tmp_path / "build")
    assert (before.redone, before.release) != ((), after.release)
    (one,) = listed(kg.open(tmp_path / "build").answers).alignments
    assert (one.other_label, one.confidence) == ("Bonds", 0.4)


# Proposals

VOCABULARY = f"""
@prefix ex: <{EX}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <{SKOS}> .

ex:001 a skos:Concept ; skos:prefLabel "Trust"@en , "Vertrauen"@de .
ex:002 a skos:Concept ; skos:prefLabel "Bonds"@en ; skos:altLabel "social capital" .
ex:003 a owl:Class ; rdfs:label "Mutual-Understanding" .
ex:004 a owl:Class ; rdfs:label "mutual understandings"@en-GB .
ex:005 a owl:Class ; rdfs:label "trust" ; owl:deprecated true .
ex:006 a owl:Class ; rdfs:label "photosynthesis" .
ex:007 a owl:Class ; rdfs:label "Konflikt"@de , "conflict"@fr .
[] rdfs:label "communication" .
"""
CANDIDATES = [
    ("pmc:mutual-understanding", "small:003", "Mutual-Understanding", "1.00", "LexicalMatching"),
    ("pmc:mutual-understanding", "small:004", "mutual understandings", "0.97", "LexicalSimilarityThresholdMatching"),
    ("pmc:social-capital", "small:002", "Bonds", "1.00", "LexicalMatching"),
    ("pmc:trust", "small:001", "Trust", "1.00", "LexicalMatching"),
]
SLOTS = ("subject_id", "object_id", "object_label", "confidence", "mapping_justification")


def rows_of(file: Path) -> list[dict[str, str]]:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


def shown(file: Path) -> list[tuple[str, ...]]:
    return [tuple(row[slot].removeprefix("semapv:") for slot in SLOTS) for row in rows_of(file)]


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    file = tmp_path / "voc.ttl"
    file.write_text(VOCABULARY, encoding="utf-8")
    return file


@pytest.fixture
def proposed(tmp_path: Path) -> Path:
    return tmp_path / "small.sssom.tsv"


def test_terms_that_are_called_like_a_concept_are_proposed(vocabulary: Path, proposed: Path) -> None:
    made = proposals.propose(foreign.read_file(vocabulary), "voc.ttl", proposed)
    assert (made.same, made.near, made.kept, made.terms) == (3, 1, 0, 5)
    assert shown(proposed) == CANDIDATES
    assert {row["predicate_id"] for row in rows_of(proposed)} == {"skos:closeMatch"}
    near = rows_of(proposed)[1]
    assert (near["subject_match_field"], near["object_match_field"], near["match_string"]) == (
        "skos:prefLabel", "rdfs:label", "mutual understanding|mutual understandings",
    )  # fmt: skip
    assert rows_of(proposed)[2]["object_match_field"] == "skos:altLabel"
    read = mapping_sets.read(proposed)
    assert read.metadata["object_source"] == EX
    assert {row.review for row in read.mappings} == {Review.unreviewed}
    assert mapping_checks.check(read, candidates=True) == []
    assert Counter(each.rule for each in mapping_checks.check(read)) == {"mapping-by-label-alone": 4}
    assert by_the_library(proposed)[proposed.name]["faults"] == []


def test_only_labels_that_are_the_same_are_proposed_where_that_is_asked(vocabulary: Path, proposed: Path) -> None:
    made = proposals.propose(foreign.read_file(vocabulary), "voc.ttl", proposed, least=1)
    assert (made.same, made.near) == (3, 0)
    assert shown(proposed) == [CANDIDATES[0], *CANDIDATES[2:]]


def test_what_a_person_has_said_of_a_proposal_stays(vocabulary: Path, proposed: Path) -> None:
    terms = foreign.read_file(vocabulary)
    proposals.propose(terms, "voc.ttl", proposed)
    first = proposed.read_text(encoding="utf-8")
    assert proposals.propose(terms, "voc.ttl", proposed).kept == 0
    assert proposed.read_text(encoding="utf-8") == first
    rows = rows_of(proposed)
    rows[0] |= {"reviewer_label": "Cy", "reviewer_agreement": "-1"}
    rows[1] |= {"comment": "A plural."}
    rows[3] |= {"predicate_id": "skos:exactMatch"}
    read = mapping_sets.read(proposed)
    proposed.write_text(mapping_sets.text_of(read.metadata, rows, read.columns), encoding="utf-8")
    fewer = [term for term in terms if not term.iri.endswith(("003", "002"))]
    made = proposals.propose(fewer, "voc.ttl", proposed)
    assert (made.same, made.near, made.kept) == (0, 0, 3)
    assert [{slot: row[slot] for slot in COLUMNS if slot in row} for row in rows_of(proposed)] == [
        {slot: row[slot] for slot in COLUMNS if slot in row} for row in (rows[0], rows[1], rows[3])
    ]
    read = mapping_sets.read(proposed)
    assert [row.review for row in read.mappings] == [Review.rejected, Review.unreviewed, Review.unreviewed]


def test_a_file_in_which_something_is_wrong_is_left_as_it_is(vocabulary: Path, proposed: Path) -> None:
    proposed.write_text(text({"confidence": "7"}), encoding="utf-8")
    with pytest.raises(EvidenceError):
        proposals.propose(foreign.read_file(vocabulary), "voc.ttl", proposed)
    assert proposed.read_text(encoding="utf-8") == text({"confidence": "7"})


def test_nothing_alike_writes_nothing(proposed: Path) -> None:
    terms = [foreign.ForeignTerm(f"{EX}1", (("photosynthesis", "rdfs:label"),))]
    made = proposals.propose(terms, "voc.ttl", proposed)
    assert (made.same, made.near, made.kept, made.terms) == (0, 0, 0, 1)
    assert not proposed.exists()


@pytest.mark.parametrize(
    ("name", "least", "told"),
    [
        ("small.tsv", 0.9, "name a mapping set in small letters, such as mesh.sssom.tsv"),
        ("Small.sssom.tsv", 0.9, "name a mapping set in small letters"),
        ("small.sssom.tsv", 1.5, "write a number from 0.5 to 1"),
        ("small.sssom.tsv", 0.1, "write a number from 0.5 to 1"),
        ("none/small.sssom.tsv", 0.9, "cannot be written"),
    ],
)
def test_what_cannot_be_proposed_is_a_usage_error(
    vocabulary: Path, tmp_path: Path, name: str, least: float, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        proposals.propose(foreign.read_file(vocabulary), "voc.ttl", tmp_path / name, least)


def test_identifiers_of_the_obo_foundry_have_their_usual_prefix(proposed: Path) -> None:
    terms = [
        foreign.ForeignTerm("http://purl.obolibrary.org/obo/ECO_0000001", (("trust", "rdfs:label"),)),
        foreign.ForeignTerm("http://example.org/a#x", (("trust", "rdfs:label"),)),
        foreign.ForeignTerm("http://example.org/b/x", (("trust", "rdfs:label"),)),
    ]
    proposals.propose(terms, "several", proposed)
    assert [row["object_id"] for row in rows_of(proposed)] == ["ECO:0000001", "small2:x", "small:x"]
    read = mapping_sets.read(proposed)
    assert sorted(read.iri(row["object_id"]) for row in read.mappings) == sorted(term.iri for term in terms)


def test_our_own_terms_are_not_proposed_for_ours(proposed: Path) -> None:
    terms = [foreign.ForeignTerm(iris.concept("trust").value, (("trust", "skos:prefLabel"),))]
    assert proposals.propose(terms, "ours", proposed).same == 0
    assert not proposed.exists()


# Where labels come from


@pytest.mark.parametrize(("kind", "ending"), [(RdfFormat.RDF_XML, ".owl"), (RdfFormat.N_TRIPLES, ".nt")])
def test_a_vocabulary_is_read_alike_in_each_format(vocabulary: Path, kind: RdfFormat, ending: str) -> None:
    store = Store()
    store.load(path=str(vocabulary), format=RdfFormat.TURTLE)
    other = vocabulary.with_suffix(ending)
    other.write_bytes(_triples(store, kind))
    assert foreign.read_file(other) == foreign.read_file(vocabulary)
    assert [(term.iri.rpartition("/")[2], term.label) for term in foreign.read_file(other)] == [
        ("001", "Trust"), ("002", "Bonds"), ("003", "Mutual-Understanding"), ("004", "mutual understandings"),
        ("006", "photosynthesis"),
    ]  # fmt: skip


def _triples(store: Store, kind: RdfFormat) -> bytes:
    return serialize([Triple(quad.subject, quad.predicate, quad.object) for quad in store], format=kind) or b""


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        ("voc.csv", b"", "a vocabulary is read from .nt, .owl, .rdf, .ttl, .xml"),
        ("none.ttl", None, "cannot be read"),
        ("voc.ttl", b"ex:a ex:b", "is not Turtle"),
        ("voc.owl", b"Ontology(<http://example.org/>)", "is not RDF/XML"),
    ],
)
def test_what_is_no_vocabulary_is_a_usage_error(tmp_path: Path, name: str, raw: bytes | None, told: str) -> None:
    if raw is not None:
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(UsageError, match=told):
        foreign.read_file(tmp_path / name)


def test_a_vocabulary_that_is_too_large_is_not_read(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "LARGEST", 100)
    with pytest.raises(UsageError, match="is larger than"):
        foreign.read_file(vocabulary)
    monkeypatch.setattr(foreign, "LARGEST", 10**6)
    monkeypatch.setattr(foreign, "MOST_TERMS", 3)
    with pytest.raises(Failure, match="has more than 3 terms"):
        foreign.read_file(vocabulary)


def test_an_endpoint_gives_the_same_proposals_as_the_file(vocabulary: Path, proposed: Path) -> None:
    store = Store()
    store.load(path=str(vocabulary), format=RdfFormat.TURTLE)
    with SparqlEndpoint(store).serving() as served:
        terms = foreign.read_endpoint(RemoteStore(served.url, deadline=10), served.url)
        assert terms == foreign.read_file(vocabulary)
        proposals.propose(terms, served.url, proposed)
        assert len(served.asked) == 1
    assert shown(proposed) == CANDIDATES


def test_an_endpoint_is_read_page_by_page_and_no_label_is_lost(tmp_path: Path) -> None:
    """2,500 terms, of which those at the end of a page have more labels than fit on it."""
    label, alternative = NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), NamedNode(f"{SKOS}altLabel")
    store = Store()
    for number in range(2500):
        term = NamedNode(f"{EX}{number:05}")
        store.add(Quad(term, label, Literal(f"term {number}")))
        for other in range(number % 3):
            store.add(Quad(term, alternative, Literal(f"other {other} of {number}", language="en")))
    file = tmp_path / "large.nt"
    file.write_bytes(_triples(store, RdfFormat.N_TRIPLES))
    with SparqlEndpoint(store).serving() as served:
        assert foreign.read_endpoint(RemoteStore(served.url, deadline=30), served.url) == foreign.read_file(file)
        assert len(served.asked) == 6


def test_an_endpoint_that_gives_the_same_page_again_is_given_up(vocabulary: Path) -> None:
    class Stubborn(SparqlEndpoint):
        @staticmethod
        def answer(store: Store, fields: dict[str, list[str]]) -> tuple[int, str, bytes]:
            names = {"head": {"vars": ["term", "property", "label"]}}
            row = {
                "term": {"type": "uri", "value": f"{EX}1"},
                "property": {"type": "uri", "value": f"{SKOS}prefLabel"},
                "label": {"type": "literal", "value": "trust"},
            }
            rows = [{**row, "label": {"type": "literal", "value": f"{number}"}} for number in range(1000)]
            return 200, "application/sparql-results+json", json.dumps({**names, "results": {"bindings": rows}}).encode()

    with (
        Stubborn(Store()).serving() as served,
        pytest.raises(Failure, match="does not give its terms in order: load the vocabulary from a file"),
    ):
        foreign.read_endpoint(RemoteStore(served.url, deadline=10), served.url)


# The command


Run = Callable[..., tuple[object, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, by default `kg link concepts`, and gives its exit code, what it printed, and that of stderr."""

    def call(*arguments: object, command: tuple[str, ...] = ("link", "concepts")) -> tuple[object, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["kg", *command, *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code or 0, *capsys.readouterr()

    return call


def test_the_command_lists_what_a_graph_publishes(run: Run, tiny_build: pipeline.Built) -> None:
    graph = tiny_build.release.folder.parent.parent
    code, out, _ = run("--graph", graph)
    assert code == 0
    assert re.search(r"^ ?trust +closeMatch +Trust +D035502 +mesh +0\.7 +unreviewed", out, re.MULTILINE)
    assert "None of the 46 matches was reviewed by a second person." in out
    code, out, err = run("--graph", graph, "--format", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert (code, len(rows), {row["review"] for row in rows}) == (0, 46, {"unreviewed"})
    assert err == "kg: None of the 46 matches was reviewed by a second person.\n"
    code, out, _ = run("--graph", graph, "--format", "json")
    assert json.loads(out)["matches"][0]["label"] == rows[0]["label"]
    assert json.loads(out)["notice"] == "None of the 46 matches was reviewed by a second person."


def test_the_command_proposes(run: Run, vocabulary: Path, proposed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_GRAPH", "http://localhost:1/query")
    code, out, err = run(vocabulary, "--propose", proposed)
    assert (code, err) == (0, "")
    assert out == (
        f"{proposed}: 4 candidates among 5 terms, 3 with the same label and 1 with one near it. None is published: "
        "compare definitions, then fill in reviewer_label, and reviewer_agreement with 1 or -1.\n"
    )
    assert shown(proposed) == CANDIDATES
    proposed.write_text(text({"confidence": "7"}), encoding="utf-8")
    code, out, _ = run(vocabulary, "--propose", proposed)
    assert (code, f"{proposed}:{FIRST_ROW}: error: " in out, f"{proposed} was left as it is." in out) == (1, True, True)


def test_a_mapping_set_is_checked_as_evidence_is(run: Run, vocabulary: Path, proposed: Path) -> None:
    run(vocabulary, "--propose", proposed)
    code, out, _ = run(proposed, command=("check",))
    assert (code, out.count("[mapping-by-label-alone]")) == (1, 4)
    assert run(SETS["mesh"], command=("check",))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--propose", "small.sssom.tsv"], "name the vocabulary to propose from"),
        (["--near", "0.8"], "name the vocabulary to propose from"),
        (["voc.ttl"], "say where candidates go"),
        (["voc.ttl", "--propose", "small.sssom.tsv", "--format", "csv"], "are for the published matches"),
        (["none.ttl", "--propose", "small.sssom.tsv"], "none.ttl cannot be read"),
    ],
)
def test_a_call_that_says_too_little_or_too_much_is_refused(run: Run, arguments: list[str], told: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert re.match(rf"kg: .*{told}.*\n$", err)


def test_a_password_for_a_vocabulary_is_written_nowhere_and_that_of_the_store_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KG_ENDPOINT_USER", "eve")
    monkeypatch.setenv("KG_ENDPOINT_PASSWORD", "of-the-store")
    monkeypatch.chdir(tmp_path)
    seen: list[str | None] = []

    def looks(one: Asked) -> None:
        seen.append(one.headers.get("authorization"))

    text = '<http://e/t> <http://www.w3.org/2004/02/skos/core#prefLabel> "Trust"@en .'
    with oxigraph.serving() as server, between(server.base, looks) as watched:
        named = f"{watched.url}/query".replace("http://", "http://ada:s3cret@")
        for url, ended in ((f"{watched.url}/query", 2), (named, 2), (named, 0)):
            if not ended:
                server.load(text, "http://e/g")
            monkeypatch.setattr(sys, "argv", ["kg", "link", "concepts", url, "--propose", "found.sssom.tsv"])
            with pytest.raises(SystemExit) as caught:
                cli.main()
            out, err = capsys.readouterr()
            assert caught.value.code == ended, err
            assert "s3cret" not in out + err
    assert (seen[0], seen[-1]) == (None, "Basic YWRhOnMzY3JldA==")
    written = (tmp_path / "found.sssom.tsv").read_text(encoding="utf-8")
    assert f"{watched.url}/query" in written
    assert "s3cret" not in written
