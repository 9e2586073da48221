"""The documents in `docs/`: what they show is true, what they name is there, and they keep to the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from pyoxigraph import RdfFormat, Store, parse
from typer.core import TyperGroup
from typer.main import get_command

import kg
from kg import ask, cli, resources
from kg.pipeline import Built
from kg.prefixes import table, with_prefixes
from tests import oxigraph, shown
from tests.conftest import ROOT
from tests.shown import WalkThrough, blocks
from tests.test_store import SparqlEndpoint

DOCS = ROOT / "docs"
DOCUMENTS = sorted(
    (DOCS / name).relative_to(ROOT) for name in ("README.md", "tutorial.md", "glossary.md", "never-claims.md")
) + sorted(path.relative_to(ROOT) for folder in ("how-to", "explanation") for path in (DOCS / folder).glob("*.md"))
LANGUAGES = {"console", "csv", "markdown", "python", "sh", "sparql", "text", "turtle", "yaml"}
ADDRESS = "http://localhost:7878/sparql"
"""The endpoint that the documents ask."""
STORE = "http://localhost:7878/query"
"""The store that they push into, and then ask."""
ABOUT_WORDS = {"glossary.md", "never-claims.md"}
"""The documents that name the words which the others avoid."""
AVOIDED = {
    "the product never says so": r"what works|\bworks\b|\bcaus(?:e|es|ed|ing)\b|\bproves?\b|\bproven\b|\bimpact",
    "say diverge": r"\bdisagree",
    "say linked claims": r"\bcausal (?:path|chain)",
    "say thinnest evidence": r"\bweakest link",
    "say coherence of the record": r"\bconsistency of (?:the )?evidence",
    "say reported directions": r"\bbalance of effects",
    "say nothing": r"\b(?:simply|just|easily|obviously|of course|powerful|seamless|robust|user-friendly)\b",
    "write British English": r"\w+(?:iz(?:e[sd]?|ing|ation)|yz(?:e[sd]?|ing))\b(?<!size)(?<!sizes)(?<!sized)|"
    r"\b(?:behavior|center|color|favor|labor|modeling)\w*",
    "no pictures": "[\U0001f300-\U0001faff\u2600-\u27bf]",
}


@cache
def text_of(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def prose(document: Path) -> str:
    """A document without its blocks."""
    return re.sub(r"^```.*?^```$", "", text_of(document), flags=re.MULTILINE | re.DOTALL)


def spans(document: Path) -> list[str]:
    """What stands between backticks in the prose of a document."""
    return re.findall(r"`([^`\n]+)`", prose(document))


@pytest.fixture(scope="module")
def endpoint(shipped_build: Built) -> Iterator[str]:
    """The address of an endpoint that serves the shipped graph."""
    with SparqlEndpoint(Store.read_only(str(shipped_build.release.store))).serving() as served:
        yield served.url


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Where a store is asked that holds nothing as yet."""
    with oxigraph.serving() as served:
        yield served.query


# What is shown


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_everything_shown_is_so(
    document: Path, tmp_path: Path, shipped_build: Built, endpoint: str, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = {ADDRESS: endpoint, STORE: store}
    walk = WalkThrough(tmp_path, shipped_build.release.folder.parent.parent, monkeypatch, answering)
    assert walk.go_through(ROOT / document) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_blocks_that_are_no_files_are_right_by_themselves(document: Path, shipped_graph: kg.KnowledgeGraph) -> None:
    for block in blocks(ROOT / document):
        assert block.language in LANGUAGES, f"line {block.line}"
        if block.language == "yaml":
            yaml.safe_load(block.text)
        if block.language == "sparql" and not block.name.startswith("queries/") and "SERVICE" not in block.text:
            shipped_graph.answers.select(with_prefixes(block.text))
        if block.language == "turtle":
            prefixes = "".join(f"@prefix {name}: <{base}> .\n" for name, base in table().items())
            assert list(parse(prefixes + block.text, format=RdfFormat.TURTLE))


@pytest.mark.parametrize(
    ("lines", "printed", "wrong"),
    [
        ([], "a\n", ""),
        (["a", "", "b"], "a\n\nb\n", ""),
        (["a", "b"], "a\n", "b"),
        (["a"], "a\nb\n", "a (is not where it ends: b)"),
        (["b"], "a\nb\n", "b"),
        (["…", "b"], "a\nb\n", ""),
        (["a", "…"], "a\nb\n", ""),
        (["…", "b", "…", "a", "…"], "a\nb\n", "a"),
        (["…", "a", "c", "…"], "a\nb\na\nc\nd\n", ""),
        (["…", "a", "c"], "a\nb\nc\n", "a"),
        (["…", "a"], "a\nb\na\n", ""),
        (["in … s"], "in 0.4 s\n", ""),
        (["in … s"], "in 0.4 s.\n", "in … s"),
    ],
)
def test_what_was_not_printed_there_is_found(lines: list[str], printed: str, wrong: str) -> None:
    assert shown.untrue(lines, printed) == wrong


def test_a_session_finds_what_is_not_so(tmp_path: Path, shipped_build: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    document = tmp_path / "a.md"
    document.write_text(
        "```python\nprint(1 + 1)\n```\n```text\n3\n```\n"
        "```console\n$ kg trace --factor trsut\nkg: there is no factor “trsut”; did you mean mistrust?\n```\n",
        encoding="utf-8",
    )
    folder = tmp_path / "walk"
    folder.mkdir()
    walk = WalkThrough(folder, shipped_build.release.folder.parent.parent, monkeypatch, {})
    assert walk.go_through(document) == [
        "a.md:4: 3",
        "a.md:8: kg trace --factor trsut: kg: there is no factor “trsut”; did you mean mistrust?",
    ]


def test_a_make_target_is_followed_to_its_commands() -> None:
    assert shown.recipe("trace") == [["build", "evidence", "--output", "build"], ["trace", "--graph", "build"]]


# What is named


def _slug(heading: str) -> str:
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


@cache
def anchors(path: Path) -> frozenset[str]:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return frozenset(_slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_leads_somewhere(document: Path) -> None:
    home = (ROOT / document).parent
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if re.match(r"https?://", target):
            continue
        file, _, anchor = target.partition("#")
        path = (home / file).resolve() if file else ROOT / document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize(
    ("heading", "slug"),
    [("A funnel", "a-funnel"), ("What `kg` says: 1, 2", "what-kg-says-1-2"), ("[Say](a.md) it", "say-it")],
)
def test_headings_are_linked_as_the_pages_show_them(heading: str, slug: str) -> None:
    assert _slug(heading) == slug


def test_every_document_is_reached_from_the_index() -> None:
    waiting, seen = [DOCS / "README.md"], set()
    while waiting:
        path = waiting.pop()
        seen.add(path.relative_to(ROOT))
        links = re.findall(r"\]\(([^)\s#]+\.md)", prose(path.relative_to(ROOT)))
        found = {(path.parent / link).resolve() for link in links}
        waiting += [one for one in found if one.relative_to(ROOT) in DOCUMENTS and one.relative_to(ROOT) not in seen]
    assert sorted(seen) == sorted(DOCUMENTS)


@cache
def options() -> dict[str, frozenset[str]]:
    """The options of each command, those of the commands below it among them."""
    command = get_command(cli.app)
    assert isinstance(command, TyperGroup)
    found = {}
    for name, one in command.commands.items():
        below = one.commands.values() if isinstance(one, TyperGroup) else ()
        named = (option for each in (one, *below) for parameter in each.params for option in parameter.opts)
        found[name] = frozenset(named) | {"--help", "-h"}
    return found


ANYWHERE = frozenset({"--version", "--help", "--install-completion"})
"""Options of no single command."""


def unknown_in(span: str) -> set[str]:
    """The target, command and options in what stands between backticks that are not there."""
    if target := re.match(r"make ([a-z-]+)", span):
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return {target[1]} - set(targets)
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", span))
    if command := re.match(r"kg ([a-z]+)", span):
        return {command[1]} - options().keys() | named - options().get(command[1], frozenset())
    return named - ANYWHERE.union(*options().values())


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_command_and_option_named_is_there(document: Path) -> None:
    assert {span: unknown for span in spans(document) if (unknown := unknown_in(span))} == {}


@pytest.mark.parametrize(
    ("span", "unknown"),
    [
        ("make trace", set()),
        ("make sense", {"sense"}),
        ("kg trace --role context", set()),
        ("kg check --role context", {"--role"}),
        ("kg link indicators --offline", set()),
        ("kg link indicators --online", {"--online"}),
        ("kg paint", {"paint"}),
        ("--version", set()),
        ("--roll-down", {"--roll-down"}),
    ],
)
def test_what_is_not_there_is_found(span: str, unknown: set[str]) -> None:
    assert unknown_in(span) == unknown


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_question_and_parameter_named_is_there(document: Path) -> None:
    for span in spans(document):
        asked = re.match(r"kg ask (cq\d+)(.*)", span)
        if asked:
            known = {parameter.name for parameter in ask.read_question(asked[1]).parameters}
            assert set(re.findall(r"(\w+)=", asked[2])) <= known, span


@cache
def terms() -> frozenset[str]:
    """The terms and concepts of the ontology, with their prefixes."""
    names = {base: name for name, base in table().items()}
    found = set()
    for path in resources.ontology_files():
        for triple in parse(path=path, format=RdfFormat.TURTLE):
            base, _, local = re.sub(r"([#/])([^#/]*)$", r"\1 \2", str(triple.subject).strip("<>")).partition(" ")
            if base in names and local:
                found.add(f"{names[base]}:{local}")
    return frozenset(found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_term_named_is_in_the_ontology(document: Path) -> None:
    named = {term for span in spans(document) for term in re.findall(r"\bpmc?:[\w-]+", span)}
    assert named - terms() == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_file_named_is_there(document: Path) -> None:
    """But for names with a capital, such as ID, or an ellipsis, which stand for others; and for files that it shows."""
    made = {block.name.removeprefix(">>").strip() for block in blocks(ROOT / document)}
    named = {
        span
        for span in spans(document)
        if re.fullmatch(r"(?:docs|evidence|kg|ontology|queries|shapes|tests|tools)/[\w./-]*", span)
        and not re.search(r"[A-Z]{2,}\.", span)
    }
    assert [name for name in sorted(named - made) if not (ROOT / name).exists()] == []


# Words


@pytest.mark.parametrize("document", [one for one in DOCUMENTS if one.name not in ABOUT_WORDS], ids=str)
def test_words_to_avoid_stand_in_quotation_marks_only(document: Path) -> None:
    said = re.sub(r"`[^`\n]*`|“[^”]*”|\]\([^)]*\)", "", prose(document))
    found = {f"{word}: {why}" for why, pattern in AVOIDED.items() for word in re.findall(pattern, said, re.IGNORECASE)}
    assert found == set()


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Trust causes equity.", ["causes"]),
        ("It shows what works.", ["what works"]),
        ("Two studies disagree.", ["disagree"]),
        ("They organize it.", ["organize"]),
        ("The size of it, sized, is because of “causes”.", []),
    ],
)
def test_words_to_avoid_are_found(sentence: str, words: list[str]) -> None:
    said = re.sub(r"“[^”]*”", "", sentence)
    assert [word for pattern in AVOIDED.values() for word in re.findall(pattern, said, re.IGNORECASE)] == words
