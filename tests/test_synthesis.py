"""What needs other files: references that lead nowhere, things described twice, and the synthesis graph itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

import kg
from kg import iris, pipeline, synthesis
from kg.errors import EvidenceError
from kg.findings import Finding, Severity
from kg.prefixes import with_prefixes
from kg.synthesis import IndexEntry, resolve
from kg.terms import PM, RDF

SOURCE = IndexEntry(
    "jones2013",
    "sources/jones2013.yaml",
    1,
    declares=(
        (iris.source("jones2013").value, 2),
        (iris.claim("jones2013", "ada", "c1").value, 20),
        (iris.claim("jones2013", "ada", "c2").value, 40),
    ),
    refers=(
        (iris.study("coastal-link").value, 9, "the study coastal-link"),
        (iris.theory("trust-first").value, 31, "the theory trust-first"),
    ),
)
STUDIES = IndexEntry("studies.yaml", "studies.yaml", 1, ((iris.study("coastal-link").value, 2),), ())
THEORIES = IndexEntry(
    "theories.yaml",
    "theories.yaml",
    1,
    ((iris.theory("trust-first").value, 2),),
    ((iris.source("jones2013").value, 8, "the source jones2013"),),
)
SOUND = (SOURCE, STUDIES, THEORIES)


def dangling(file: str, line: int, what: str, remedy: str) -> Finding:
    return Finding(Severity.error, "unknown-reference", file, line, f"{what} is described in no file.", remedy)


def asking(iri: NamedNode, words: str) -> tuple[IndexEntry, ...]:
    """The sound index with one more file, which refers to something in its line 5."""
    return (*SOUND, IndexEntry("new", "sources/new.yaml", 1, (), ((iri.value, 5, words),)))


def test_references_that_resolve_and_things_described_once_give_no_finding() -> None:
    assert resolve(SOUND) == []
    assert resolve([]) == []


@pytest.mark.parametrize(
    ("iri", "words", "remedy"),
    [
        (iris.study("zoo"), "the study zoo", "Describe it in studies.yaml, or add its source."),
        (iris.study("zoo"), "the included study zoo", "Describe it in studies.yaml, or add its source."),
        (iris.theory("zoo"), "the theory zoo", "Describe it in theories.yaml."),
        (iris.source("zoo"), "the source zoo", "Add the source's file."),
        (
            iris.claim("zoo1999", "z", "9"),
            "the linked claim zoo1999/z/9",
            "Write source/coder/claim of a claim that is there.",
        ),
    ],
    ids=["study", "included study", "theory", "source", "claim"],
)
def test_a_reference_that_leads_nowhere_says_where_it_stands_and_what_to_do(
    iri: NamedNode, words: str, remedy: str
) -> None:
    assert resolve(asking(iri, words)) == [dangling("sources/new.yaml", 5, words, remedy)]


@pytest.mark.parametrize(
    ("iri", "words", "meant"),
    [
        (iris.study("costal-link"), "the study costal-link", "coastal-link"),
        (iris.study("costal-link"), "the included study costal-link", "coastal-link"),
        (iris.theory("trust-frist"), "the theory trust-frist", "trust-first"),
        (iris.source("jones2031"), "the source jones2031", "jones2013"),
        (iris.claim("jones2031", "ada", "c1"), "the linked claim jones2031/ada/c1", "jones2013/ada/c1"),
    ],
    ids=["study", "included study", "theory", "source", "claim"],
)
def test_a_misspelt_reference_is_given_the_nearest_as_a_file_would_write_it(
    iri: NamedNode, words: str, meant: str
) -> None:
    assert resolve(asking(iri, words)) == [dangling("sources/new.yaml", 5, words, f"Did you mean {meant}?")]


@pytest.mark.parametrize(
    ("iri", "words", "remedy"),
    [
        (iris.study("trust-first"), "the study trust-first", "Describe it in studies.yaml, or add its source."),
        (iris.theory("coastal-link"), "the theory coastal-link", "Describe it in theories.yaml."),
        (iris.source("coastal-link"), "the source coastal-link", "Add the source's file."),
    ],
    ids=["a theory is no study", "a study is no theory", "a study is no source"],
)
def test_what_is_another_kind_of_thing_neither_resolves_a_reference_nor_is_offered(
    iri: NamedNode, words: str, remedy: str
) -> None:
    assert resolve(asking(iri, words)) == [dangling("sources/new.yaml", 5, words, remedy)]


def test_every_reference_that_leads_nowhere_is_reported_in_order_of_place() -> None:
    found = resolve([SOURCE, replace(SOURCE, name="b", file="b.yaml", declares=())])
    assert [(finding.file, finding.line) for finding in found] == [
        ("b.yaml", 9),
        ("b.yaml", 31),
        ("sources/jones2013.yaml", 9),
        ("sources/jones2013.yaml", 31),
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "reversed"])
def test_a_source_in_two_files_is_reported_once_at_the_later_place_and_its_claims_not(order: tuple[int, int]) -> None:
    twin = replace(SOURCE, file="sources/older/jones2013.yaml", refers=())
    both = (SOURCE, twin)
    (finding,) = resolve([*(both[at] for at in order), STUDIES, THEORIES])
    assert finding == Finding(
        Severity.error,
        "described-twice",
        "sources/older/jones2013.yaml",
        2,
        "the source jones2013 is already described in sources/jones2013.yaml:2.",
        "Keep both codings in one file.",
        "jones2013",
    )


def test_a_source_given_three_times_is_reported_at_the_second_and_the_third() -> None:
    more = [replace(SOURCE, file=f"{name}.yaml", refers=()) for name in ("t", "u")]
    found = resolve([SOURCE, STUDIES, THEORIES, *more])
    assert [(finding.file, finding.line, finding.rule) for finding in found] == [
        ("t.yaml", 2, "described-twice"),
        ("u.yaml", 2, "described-twice"),
    ]
    assert {finding.what for finding in found} == {
        "the source jones2013 is already described in sources/jones2013.yaml:2."
    }


@pytest.mark.parametrize(
    ("iri", "words"),
    [(iris.study("coastal-link"), "study coastal-link"), (iris.theory("trust-first"), "theory trust-first")],
    ids=["study", "theory"],
)
def test_a_study_or_theory_described_twice_is_reported_with_a_remedy_that_fits(iri: NamedNode, words: str) -> None:
    (finding,) = resolve([*SOUND, IndexEntry("z", "z.yaml", 1, ((iri.value, 7),), ())])
    first = "studies.yaml:2" if words.startswith("study") else "theories.yaml:2"
    assert (finding.severity, finding.rule, finding.file, finding.line, finding.what) == (
        Severity.error,
        "described-twice",
        "z.yaml",
        7,
        f"the {words} is already described in {first}.",
    )
    assert finding.remedy
    assert "coding" not in finding.remedy


# The same on files


def line_of(file: Path, text: str) -> int:
    """The line of the only place where a text stands in a file, from 1."""
    lines = [number for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if text in line]
    assert len(lines) == 1
    return lines[0]


def errors(findings: list[Finding] | tuple[Finding, ...]) -> list[tuple[str, int | None, str, str, str]]:
    return [
        (Path(finding.file).name, finding.line, finding.rule, finding.what, finding.remedy)
        for finding in findings
        if finding.severity == Severity.error
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "what", "remedy"),
    [
        (
            "sources/abara2019.yaml", "study: abara-link", "study: abara-lnk",
            "the study abara-lnk", "Did you mean abara-link?",
        ),
        (
            "studies.yaml", "[abara-link, costa2020]", "[abara-link, costa2002]",
            "the included study costa2002", "Did you mean costa2020?",
        ),
        (
            "sources/abara2019.yaml", "theory: trust-first", "theory: gift",
            "the theory gift", "Describe it in theories.yaml.",
        ),
        (
            "theories.yaml", "revision_of: trust-early", "revision_of: gift",
            "the theory gift", "Describe it in theories.yaml.",
        ),
        (
            "theories.yaml", "source: abara2019", "source: zoo",
            "the source zoo", "Add the source's file.",
        ),
        (
            "sources/abara2021.yaml", "to: abara2019/ada/c1", "to: abara2019/adda/c1",
            "the linked claim abara2019/adda/c1", "Did you mean abara2019/ada/c1?",
        ),
        (
            "sources/abara2021.yaml", "to: abara2019/ada/c1", "to: zoo/zed/z",
            "the linked claim zoo/zed/z", "Write source/coder/claim of a claim that is there.",
        ),
        (
            "sources/abara2021.yaml", "to: abara2019/ada/c1", "to: zoo/case/link",
            "the linked claim zoo/case/link", "Write source/coder/claim of a claim that is there.",
        ),
    ],
    ids=["study", "included", "theory", "revised theory", "source", "misspelt claim", "claim", "not a claim"],
)  # fmt: skip
def test_a_dangling_reference_is_found_at_its_line(
    corpus: Path, file: str, old: str, new: str, what: str, remedy: str
) -> None:
    text = (corpus / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (corpus / file).write_text(text.replace(old, new), encoding="utf-8")
    line = line_of(corpus / file, new)
    expected = (Path(file).name, line, "unknown-reference", f"{what} is described in no file.", remedy)
    assert errors(pipeline.check(corpus)) == [expected]


def test_a_source_file_given_twice_is_one_error_at_the_second(corpus: Path) -> None:
    shutil.copy(corpus / "sources" / "costa2020.yaml", corpus / "cases" / "costa2020.yaml")
    found = [finding for finding in pipeline.check(corpus) if finding.severity == Severity.error]
    assert [(finding.rule, finding.line, finding.remedy) for finding in found] == [
        (
            "described-twice",
            line_of(corpus / "sources" / "costa2020.yaml", "source: costa2020"),
            "Keep both codings in one file.",
        )
    ]
    assert Path(found[0].file).parent.name == "sources"
    assert found[0].what.endswith("cases/costa2020.yaml:2.")


def test_a_study_that_takes_the_name_of_a_sources_own_study_is_an_error(corpus: Path) -> None:
    studies = corpus / "studies.yaml"
    studies.write_text(studies.read_text(encoding="utf-8") + '  - {id: costa2020, label: "Twice"}\n', encoding="utf-8")
    (found,) = errors(pipeline.check(corpus))
    assert found[:3] == ("studies.yaml", line_of(studies, "Twice"), "described-twice")
    assert found[3].startswith("the study costa2020 is already described in ")
    assert found[3].endswith("sources/costa2020.yaml:2.")


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_text("theories: []\n", encoding="utf-8")])
def test_what_vanished_is_missed_where_it_was_referred_to_though_those_files_did_not_change(
    corpus: Path, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    folder = tmp_path / "build"
    before = pipeline.build(corpus, folder)
    change(corpus / "theories.yaml")
    with pytest.raises(EvidenceError) as caught:
        pipeline.build(corpus, folder)
    expected = [
        (name, line_of(corpus / "sources" / name, "theory: trust-first"), "unknown-reference",
         "the theory trust-first is described in no file.", "Describe it in theories.yaml.")
        for name in ("abara2019.yaml", "demir2022.yaml")
    ]  # fmt: skip
    assert errors(caught.value.findings) == expected
    assert len(caught.value.findings) == 2
    assert (folder / "current").resolve() == before.release.folder


def test_a_single_file_is_checked_without_asking_for_the_others(corpus: Path) -> None:
    assert errors(pipeline.check(corpus / "sources" / "abara2021.yaml")) == []


# The synthesis graph


def test_synthesis_is_made_anew_each_time_and_leaves_other_graphs_alone() -> None:
    store = Store()
    here = iris.asserted_graph("s")
    coding, coder = iris.coding("s", "ada"), iris.coder("ada")
    store.add(Quad(coding, PM.coder, coder, here))
    store.add(Quad(iris.coder("gone"), RDF.type, PM.Coder, iris.SYNTHESIS_GRAPH))
    store.add(Quad(coding, PM.note, Literal("kept"), here))
    for _ in range(2):
        synthesis.synthesise(store)
        assert set(store) == {
            Quad(coding, PM.coder, coder, here),
            Quad(coding, PM.note, Literal("kept"), here),
            Quad(coder, RDF.type, PM.Coder, iris.SYNTHESIS_GRAPH),
        }


def test_what_a_synthesis_says_follows_from_all_modules_together() -> None:
    """Two coders of one source in one graph, and the same factor and outcome in a source of another graph."""
    store = Store()
    text = f"""
        PREFIX pm: <{PM.base}> PREFIX pmc: <{iris.CONCEPT}> PREFIX : <{iris.DATA}>
        GRAPH <{iris.asserted_graph("a").value}> {{
          :a1 a pm:TestedClaim ; pm:mechanismFactor pmc:trust ; pm:outcomeFactor pmc:equity ; pm:effect pm:supports ;
              pm:fromStudy :x ; pm:fromSource :a ; pm:codedBy :ada .
        }}
        GRAPH <{iris.asserted_graph("b").value}> {{
          :b1 a pm:TestedClaim ; pm:mechanismFactor pmc:trust ; pm:outcomeFactor pmc:equity ; pm:effect pm:supports ;
              pm:fromStudy :y ; pm:fromSource :b ; pm:codedBy :bo .
        }}"""
    store.load(text, format=RdfFormat.TRIG)
    synthesis.synthesise(store)
    link = NamedNode(f"{iris.DATA}factor-outcome/trust/equity")
    derived = {(quad.predicate, str(quad.object)) for quad in store.quads_for_pattern(link, None, None, None)}
    assert (PM.studies, str(Literal(2))) in derived
    assert {value for name, value in derived if name == PM.premise} == {f"<{iris.DATA}a1>", f"<{iris.DATA}b1>"}


def test_the_synthesis_graph_of_the_small_corpus_holds_these_kinds_of_statement(tiny_graph: kg.KnowledgeGraph) -> None:
    rows = tiny_graph.sparql(
        with_prefixes(
            f"""SELECT ?property (COUNT(DISTINCT ?subject) AS ?subjects) WHERE {{
                  GRAPH <{iris.SYNTHESIS_GRAPH.value}> {{ ?subject ?property ?object }}
                }} GROUP BY ?property ORDER BY ?property"""
        )
    )
    links = {
        "hinderingStudies", "linkFactor", "linkOutcome", "mixedStudies", "noEffectStudies", "premise", "seenAtLayer",
        "seenInDesign", "studies", "supportingStudies",
    }  # fmt: skip
    counts = {str(row["property"]).rpartition("#")[2]: row["subjects"] for row in rows}
    # Tested in tiny: trust with service-delivery and equity, faith-in-partner with equity, resourcing with
    # communication and partner-burden, communication with partner-burden. Of trust and service-delivery three studies
    # report support, and one of these hindrance too: a pattern, and a tension with its two sides.
    assert counts == {
        **dict.fromkeys(links, 6),
        **dict.fromkeys(("linkFactor", "linkOutcome"), 6 + 2),
        **dict.fromkeys(("premise", "studies"), 6 + 1 + 3),
        **dict.fromkeys(("seenAtLayer", "seenInDesign"), 6 + 1),
        "seenInCountry": 2 + 1,
        "premiseStudy": 1 + 3,
        "reportedEffect": 1 + 2,
        "hasSide": 1,
        # Contexts differ on both sides, the rest on that of support only
        "contextOnly": 2,
        **dict.fromkeys(("actorOnly", "countryOnly", "designOnly", "layerOnly"), 1),
        **dict.fromkeys(("conditionFactor", "conditionState"), 3),
        "corroboratedBy": 2,
        # Three cases, each with a year
        **dict.fromkeys(("classifiedFrom", "classifiedUntil", "yearsBasis"), 3),
        "type": 8 + 1 + 3 + 3,
    }
