"""How the house is kept: Turtle and SPARQL are laid out, and what the documents say can be run is there."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, Store, parse
from typer.main import get_command

from kg.cli import app
from tests import mutations
from tests.conftest import ROOT
from tools import format as formatting
from tools import sparql, turtle
from tools.tokens import Token, Unreadable, lines, prefixes, tokens

TURTLE = sorted(path for folder in ("ontology", "shapes") for path in (ROOT / folder).rglob("*.ttl"))
QUERIES = sorted((ROOT / "queries").rglob("*.rq"))
SMALL = [path for path in TURTLE if path.stat().st_size < 10_000]
DOCUMENTS = ("README.md", "CONTRIBUTING.md")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# Layout: examples


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("a:b a  a:C;\n  a:d 1 .\n", "a:b a a:C ;\n    a:d 1 .\n"),
        ('a:b a:c "x" @en,"y"^^a:d.', 'a:b a:c "x"@en , "y"^^a:d .\n'),
        ("a:b\na:c\na:d ,\na:e ;\na:f a:g .", "a:b\n    a:c\n        a:d ,\n        a:e ;\n    a:f a:g .\n"),
        ("a:b a:c [ a:d a:e ;\na:f ( a:g\na:h ) ] .",
         "a:b a:c [ a:d a:e ;\n        a:f ( a:g\n            a:h ) ] .\n"),
        ("a:b a:c (\n[a:d 1]\n) ;\na:e 2.", "a:b a:c (\n        [ a:d 1 ]\n    ) ;\n    a:e 2 .\n"),
        ("[] a a:B .\n[ ] a a:C .", "[] a a:B .\n[] a a:C .\n"),
        ("@prefix b: <b> .\n@prefix a: <a> .\n\n\n\na:x a b:y .\n\n",
         "@prefix a: <a> .\n@prefix b: <b> .\n\na:x a b:y .\n"),
        ("#  as it is\t \na:b a:c ; # there\n # and here\n  a:d a:e .\n# end",
         "#  as it is\na:b a:c ; # there\n    # and here\n    a:d a:e .\n# end\n"),
        ('a:b a:c """one\n   two ; .\n""" ;\na:d a:e .', 'a:b a:c """one\n   two ; .\n""" ;\n    a:d a:e .\n'),
        ('a:b a:c "# no comment ; <x>" .\r\na:d a:e\t.\r\n', 'a:b a:c "# no comment ; <x>" .\na:d a:e .\n'),
        ("<http://x/#y> a:c-d.e _:b1 ; a:f 1.5 , -2 , true.", "<http://x/#y> a:c-d.e _:b1 ; a:f 1.5 , - 2 , true .\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_turtle_is_laid_out(written: str, wanted: str) -> None:
    assert turtle.formatted(written) == wanted
    assert turtle.formatted(wanted) == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("select distinct ?a where{?a a ?b}", "SELECT DISTINCT ?a WHERE { ?a a ?b }\n"),
        ("SELECT ?a\n(COUNT( DISTINCT ?b )as ?n)\nWHERE {\n?a ?b ?c\n}\nORDER BY ?a",
         "SELECT ?a\n       (COUNT(DISTINCT ?b) AS ?n)\nWHERE {\n  ?a ?b ?c\n}\nORDER BY ?a\n"),
        ("SELECT DISTINCT ?a\n?b\nWHERE { ?a ?b ?c }", "SELECT DISTINCT ?a\n                ?b\nWHERE { ?a ?b ?c }\n"),
        ("ASK {\n?claim a pm:Claim;\npm:b ?c ,\n?d;\npm:e ?f.\n?g ?h ?i\n}",
         "ASK {\n  ?claim a pm:Claim ;\n         pm:b ?c,\n              ?d ;\n         pm:e ?f .\n  ?g ?h ?i\n}\n"),
        ("ASK {\n{ ?a ?b ?c }\nunion\n{\noptional{?a ?b ?c}\n}\n}",
         "ASK {\n  { ?a ?b ?c }\n  UNION\n  {\n    OPTIONAL { ?a ?b ?c }\n  }\n}\n"),
        ("ASK {\nVALUES ?x{UNDEF}\nfilter( !bound(?x)||?y!=?x )\n}",
         "ASK {\n  VALUES ?x { UNDEF }\n  FILTER(!BOUND(?x) || ?y != ?x)\n}\n"),
        ("ASK {\nBIND(IRI(CONCAT(\n'a',?b\n)) AS ?c)\nfilter not exists{?a ?b ?c}\n}",
         "ASK {\n  BIND(IRI(CONCAT(\n    'a', ?b\n  )) AS ?c)\n  FILTER NOT EXISTS { ?a ?b ?c }\n}\n"),
        ("ASK { ?a pm:b*/^pm:c ?d . FILTER(?d IN(1,2) && isliteral(?a) && ?d <3 && TRUE) }",
         "ASK { ?a pm:b*/^pm:c ?d . FILTER(?d IN (1, 2) && isLITERAL(?a) && ?d < 3 && true) }\n"),
        ('SELECT (group_concat(?a ; separator = "; ") AS ?b) WHERE {}',
         'SELECT (GROUP_CONCAT(?a; SEPARATOR="; ") AS ?b) WHERE {}\n'),
        ("SELECT ?a WHERE {\nGRAPH ?g {\n?a ?b ?c ;\n?d ?e\n}\n}",
         "SELECT ?a WHERE {\n  GRAPH ?g {\n    ?a ?b ?c ;\n       ?d ?e\n  }\n}\n"),
        ("SELECT (IF(?a > 1, 1,\nIF(?a = 0,\n0, 2)) AS ?b)\n?c WHERE {}\nGROUP BY ?a\n?b\norder by\n?a\nLIMIT 1",
         "SELECT (IF(?a > 1, 1,\n         IF(?a = 0,\n           0, 2)) AS ?b)\n       ?c WHERE {}\n"
         "GROUP BY ?a\n         ?b\nORDER BY\n         ?a\nLIMIT 1\n"),
        ("#+ title: t\nprefix b: <b>\nPREFIX a: <a>\n\nASK { a:x b:y ?select } # end",
         "#+ title: t\nPREFIX a: <a>\nPREFIX b: <b>\n\nASK { a:x b:y ?select } # end\n"),
        ("ASK {\n# of ?a\n?a ?b [\n?c ?d ;\n?e ?f\n]\n}",
         "ASK {\n  # of ?a\n  ?a ?b [\n    ?c ?d ;\n    ?e ?f\n  ]\n}\n"),
    ],
)  # fmt: skip
def test_sparql_is_laid_out(written: str, wanted: str) -> None:
    assert sparql.formatted(written) == wanted
    assert sparql.formatted(wanted) == wanted


@pytest.mark.parametrize(
    ("written", "line"), [("a:b a:c 'one\ntwo' .", 1), ("a:b a:c\n`d` .", 2), ('a:b "\\', 1), ("a:b <a b> .\n\\", 2)]
)
def test_what_is_no_token_is_told_by_its_line(written: str, line: int) -> None:
    with pytest.raises(Unreadable, match="cannot be read from") as caught:
        list(tokens(written))
    assert caught.value.line == line


def test_prefixes_of_one_name_keep_their_order_since_the_later_counts() -> None:
    text = "@prefix b: <1> .\n@prefix b: <2> .\n@prefix a: <3> .\n"
    assert turtle.formatted(text) == text


# Layout: the real files


def meaning(text: str) -> set[Quad]:
    data = Dataset(Quad(each.subject, each.predicate, each.object) for each in parse(text, format=RdfFormat.TURTLE))
    data.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return set(data)


def words(text: str) -> list[str]:
    """The tokens but for declarations of prefixes, whose order is not the author's, and for how keywords are spelt."""
    body = [line for line in lines(text) if line.prefix() is None]
    return [token.text.upper() if token.kind == "word" else token.text for line in body for token in line.tokens]


@pytest.mark.parametrize("path", TURTLE, ids=name_of)
def test_turtle_says_the_same_laid_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert meaning(turtle.formatted(text)) == meaning(text)
    assert words(turtle.formatted(text)) == words(text)


@pytest.mark.parametrize("path", QUERIES, ids=name_of)
def test_a_query_asks_the_same_laid_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert words(sparql.formatted(text)) == words(text)
    assert prefixes(sparql.formatted(text))[1] == prefixes(text)[1]
    Store().query(sparql.formatted(text))


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def spoilt(text: str, blanks: list[str]) -> str:
    """A text with other blanks wherever there are some: line breaks stay, but there may be more empty lines."""
    made, at, number = "", 0, 0
    for token in [*tokens(text), Token("", "", 0, len(text), False)]:
        space = text[at : token.start]
        if space:
            blank = blanks[number % len(blanks)]
            number += 1
            ends = space.count("\n") + (space.count("\n") > 1) * len(blank)
            made += blank[: len(blank) // 2] + "\n" * ends + blank if ends else blank
        made += token.text
        at = token.start + len(token.text)
    return made


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from([*SMALL, *QUERIES]), blanks=st.lists(st.text(" \t", min_size=1, max_size=5), min_size=1))
def test_whatever_the_blanks_the_layout_is_one(path: Path, blanks: list[str]) -> None:
    wanted = formatting.FORMATTED[path.suffix](read(path))
    assert formatting.FORMATTED[path.suffix](spoilt(read(path), blanks)) == wanted
    assert formatting.FORMATTED[path.suffix](wanted) == wanted


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from([*SMALL, *QUERIES]), breaks=st.lists(st.sampled_from([" ", "\n", "\n\n"]), min_size=1))
def test_wherever_lines_are_broken_nothing_is_lost_and_once_is_enough(path: Path, breaks: list[str]) -> None:
    parts = [
        token.text + ("\n" if token.kind == "comment" else breaks[at % len(breaks)])
        for at, token in enumerate(tokens(read(path)))
    ]
    text = "".join(parts)
    once = formatting.FORMATTED[path.suffix](text)
    assert formatting.FORMATTED[path.suffix](once) == once
    assert sorted(words(once)) == sorted(words(text))


# Layout: the command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.ttl").write_bytes(b"@prefix x: <urn:x> .\n\nx:a a x:B .\n")
    (tmp_path / "b.rq").write_bytes(b"ask {\n?a ?b ?c\n}\n")
    (tmp_path / "c.txt").write_bytes(b"ask {\n")
    return tmp_path


def test_checking_says_file_line_and_what_and_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert formatting.main(["--check", str(folder)]) == 1
    said, hint = capsys.readouterr()
    assert said.splitlines() == [
        f"{folder}/b.rq:1: should read “ASK {{”",
        f"{folder}/b.rq:2: should read “  ?a ?b ?c”",
    ]
    assert hint == "`make format` mends the layout.\n"
    assert (folder / "b.rq").read_bytes() == b"ask {\n?a ?b ?c\n}\n"


def test_formatting_mends_and_then_there_is_nothing_to_say(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert formatting.main([str(folder)]) == 0
    assert (folder / "b.rq").read_bytes() == b"ASK {\n  ?a ?b ?c\n}\n"
    assert (folder / "c.txt").read_bytes() == b"ask {\n"
    assert formatting.main(["--check", str(folder)]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@prefix x: <urn:x> .\n@prefix y: <urn:y> .\n\nx:a a x:B .\n", "2: the prefix y: is declared and never used"),
        (unicodedata.normalize("NFD", '<urn:a>\n    <urn:b> "é" .\n'), "2: \"e\u0301\" has letters in two parts"),
        ('<urn:a> <urn:b> """\r""" .\n', "1: this text holds a carriage return"),
        ("<urn:a> <urn:b> `c` .\n", "1: cannot be read from '`c` .\\n' on"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("check", [True, False])
def test_what_only_a_person_can_mend_is_said_either_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str, check: bool
) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes(text.encode())
    assert formatting.main([*["--check"] * check, str(path)]) == 1
    assert [line.startswith(f"{path}:{said}") for line in capsys.readouterr().out.splitlines()] == [True]
    assert path.read_bytes() == text.encode()


def test_a_line_too_many_and_a_line_too_few_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes(b"\n<urn:a> a <urn:b> .\n\n\n<urn:c> a <urn:d> .")
    assert formatting.faults(path, check=True) == [
        (1, "should not be here"),
        (4, "should not be here"),
        (5, "should end with a line end"),
    ]


# Documents


def targets() -> dict[str, str]:
    """The targets of the Makefile with what they are said to do."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z-]+):.*?## (\S.*)$", text, re.MULTILINE))


def test_every_target_of_make_says_what_it_does_and_is_no_file() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony is not None
    assert phony[1].split() == list(targets())
    assert re.findall(r"^([a-z-]+):", text, re.MULTILINE) == list(targets())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_documents_make_can_be_made(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^\$ )make ([a-z-]+)", text, re.MULTILINE))
    assert sorted(named - set(targets())) == []
    assert named >= {"test"}


def test_contributors_are_told_of_every_target() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [target for target in targets() if f"`make {target}`" not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_that_documents_show_are_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^\$ )kg ([a-z]+)", text, re.MULTILINE))
    known = set(getattr(get_command(app), "commands", {}))
    assert known >= {"build", "check", "query", "trace"}
    assert sorted(named - known) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_that_documents_name_are_there(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    top = "|".join(sorted(path.name for path in ROOT.iterdir() if path.is_dir()))
    named = set(re.findall(rf"`((?:{top})/[\w./*-]*)`|\]\(([\w./-]+)\)", text))
    real = [path for pair in named for path in pair if path and not re.search("NN|its-name", path)]
    missing = [path for path in real if not list(ROOT.glob(path.rstrip("/")))]
    assert sorted(missing) == []
    assert len(named) > 3


def test_development_tools_are_not_shipped() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wheel = text[text.index("[tool.hatch.build.targets.wheel]") : text.index("[tool.hatch.build.targets.sdist]")]
    assert 'packages = ["kg"]' in wheel
    assert "tools" not in wheel
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "kg").rglob("*.py"))
    assert re.findall(r"^(?:from|import) tools\b", sources, re.MULTILINE) == []


# Mutations


def broken(text: str, edits: str) -> list[str]:
    """What a text becomes, broken in each of its places, on one line each."""
    given = mutations.Text(text)
    make = getattr(mutations, edits)
    made = [text[: edit.start] + edit.instead + text[edit.end :] for edit in make(given)]
    return [" ".join(each.split()) for each in made]


def test_axioms_are_broken_one_by_one() -> None:
    definition = "owl:equivalentClass [ owl:intersectionOf ( a:G [ owl:onProperty a:p ; owl:hasValue a:v ] ) ]"
    text = f"""@prefix a: <a> .
        a:C a owl:Class ; rdfs:subClassOf a:D , a:E ; rdfs:label "x" .
        a:F {definition} .
        a:p a owl:ObjectProperty , owl:FunctionalProperty ; owl:propertyChainAxiom ( a:q a:r ) .
        """
    whole = " ".join(text.split())
    assert broken(text, "axiom_edits") == [
        whole.replace("rdfs:subClassOf a:D , a:E ;", ";"),
        whole.replace(f"{definition} ", ""),
        whole.replace("( a:G [", "( ["),
        whole.replace("[ owl:onProperty a:p ; owl:hasValue a:v ] ", ""),
        whole.replace("owl:hasValue a:v", "owl:someValuesFrom owl:Thing"),
        whole.replace(", owl:FunctionalProperty ;", ";"),
        whole.replace("owl:propertyChainAxiom ( a:q a:r ) ", ""),
        whole.replace("a:q a:r", "a:r"),
        whole.replace("a:q a:r", "a:q"),
    ]  # fmt: skip


def test_queries_are_broken_one_by_one() -> None:
    text = (
        "SELECT DISTINCT ?a WHERE { ?a a :B ; :c* pm:supports . FILTER(!BOUND(?x) && ?y != 1) OPTIONAL { ?a :d ?e } }"
    )
    assert broken(text, "query_edits") == [
        text.replace("DISTINCT ", ""),
        text.replace("a :B ; ", ""),
        text.replace(":c* pm:supports ", ""),
        text.replace(":c*", ":c"),
        text.replace("pm:supports", "pm:hinders"),
        text.replace("FILTER(!BOUND(?x) && ?y != 1) ", ""),
        text.replace("!BOUND", "BOUND"),
        text.replace("&&", "||"),
        text.replace("!=", "="),
        text.replace("1", "2"),
        text.replace("OPTIONAL { ?a :d ?e } ", ""),
        text.replace("?a :d ?e ", ""),
    ]


def test_grouping_order_and_lists_are_broken_too() -> None:
    text = "SELECT ?a WHERE { FILTER(?a NOT IN (:b)) } GROUP BY ?a HAVING (?n > ?m) ORDER BY DESC(?a)"
    assert broken(text, "query_edits") == [
        text.replace("FILTER(?a NOT IN (:b)) ", ""),
        text.replace("NOT ", ""),
        text.replace("HAVING (?n > ?m) ", ""),
        text.replace(">", "<="),
        text.replace("DESC", "ASC"),
    ]


def test_shapes_are_broken_one_by_one_and_in_their_queries() -> None:
    text = """a:S sh:targetClass a:C ; sh:path a:p ; sh:minCount 1 ; sh:in ( a:x a:y ) ; sh:message "m" ;
        sh:sparql [ sh:select "SELECT $this WHERE { $this a:q 1 . FILTER(1 < 2) }" ] ."""
    whole = " ".join(text.split())
    assert broken(text, "shape_edits") == [
        whole.replace("sh:targetClass a:C ;", ";"),
        whole.replace("sh:minCount 1 ;", ";"),
        whole.replace("sh:in ( a:x a:y ) ;", ";"),
        whole.replace("a:x a:y", "a:y"),
        whole.replace("a:x a:y", "a:x"),
        whole[: whole.index("sh:sparql")] + ".",
        whole.replace("$this a:q 1 . ", ""),
        whole.replace("a:q 1", "a:q 2"),
        whole.replace("FILTER(1 < 2) ", ""),
        whole.replace("1 <", "2 <"),
        whole.replace("<", ">="),
        whole.replace("< 2", "< 3"),
    ]


def test_every_file_that_can_be_broken_has_tests_that_could_notice() -> None:
    files = [path.relative_to(ROOT).as_posix() for path in mutations.breakable(ROOT)]
    assert [path for path in files if not mutations.noticing(path)] == []


def test_what_is_declared_equivalent_has_a_reason() -> None:
    assert {name for name, reason in mutations.EQUIVALENT.items() if not re.fullmatch(r"[A-Z].*\.", reason)} == set()
