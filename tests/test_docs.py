"""The reference says what the product does: each page is what its sources make of it now."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest
import typer.main

import kg
from kg import pipeline, validate
from kg.cli import app
from kg.findings import Finding, Tier
from tests.conftest import ROOT, SHIPPED
from tools import reference

PAGES = {
    str(path.relative_to(reference.FOLDER)): path for path in sorted(reference.FOLDER.rglob("*")) if path.is_file()
}


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return pipeline.check(SHIPPED, tier=Tier.appraised)


@pytest.fixture(scope="module")
def made(shipped_graph: kg.KnowledgeGraph, findings: list[Finding]) -> dict[str, str]:
    return reference.pages(shipped_graph, findings)


def test_every_page_is_what_the_sources_make_of_it_now(made: dict[str, str]) -> None:
    """Answers, findings, commands, shapes and terms: where a page differs from the product, `make docs` mends it."""
    written = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
    assert sorted(written) == sorted(made)
    assert [name for name, text in made.items() if written[name] != text] == []


def test_a_changed_answer_changes_its_page(small_graph: kg.KnowledgeGraph, made: dict[str, str]) -> None:
    """Pages hold real answers: on other evidence they read otherwise."""
    other = reference.pages(small_graph, ())
    questions = {name for name in made if re.fullmatch(r"questions/cq\d+\.md", name)}
    assert len(questions) == len(kg.questions())
    assert {name for name in questions if made[name] == other[name]} == set()
    assert {name for name in made if made[name] != other[name]} == {*questions, "findings.md"}


def test_every_command_and_option_has_its_place(made: dict[str, str]) -> None:
    command = typer.main.get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    for name, sub in command.commands.items():
        section = made["commands.md"].split(f"## kg {name}\n")[1].split("\n## ")[0]
        options = [option for parameter in sub.params for option in parameter.opts if option.startswith("--")]
        assert [option for option in options if f"`{option}`" not in section] == []


def test_the_counts_of_findings_add_up(made: dict[str, str], findings: list[Finding]) -> None:
    page = made["findings.md"]
    rows = re.findall(r"^\| \[(\w[\w-]*)\]\(#[\w-]+\) \| (\w+) \| (\w+) \| (\d+) \| \d+ \|$", page, re.MULTILINE)
    assert {rule: int(count) for rule, _, _, count in rows} == Counter(found.rule for found in findings)
    assert f" has {sum(int(count) for _, _, _, count in rows):,} findings: " in page


def test_pages_speak_of_no_machine(made: dict[str, str]) -> None:
    assert [name for name, text in made.items() if str(ROOT) in text or "/tmp/" in text] == []


def test_the_page_of_realist_rules_names_the_shapes_that_cite_them() -> None:
    cited: dict[int, set[str]] = defaultdict(set)
    for quad in validate.read_shapes():
        if quad.predicate.value.endswith("#description"):
            for number in re.findall(r"realist rule (\d+)", str(quad.object)):
                cited[int(number)].add(str(quad.subject).rpartition("#")[2].rstrip(">"))
    page = (ROOT / "docs" / "explanation" / "realist-rules.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+)\. .* \| (.*) \|$", page, re.MULTILINE)
    assert sorted(cited) == list(range(1, 17))
    assert {int(number): set(re.findall(r"`(\w+)`", names)) for number, names in rows} == cited
