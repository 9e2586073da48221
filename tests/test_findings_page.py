"""The page of findings: whole, worst first, found again by filter and heading, and safe whatever evidence says."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner

from kg import cli, evidence, findings_page, findings_report, pipeline
from kg.findings import Finding, Related, Severity, Tier
from kg.findings_report import FindingsFormat
from tests.conftest import QUESTIONS, TINY

HOSTILE = "</script><script>alert(1)</script><img src=x onerror='alert(2)'>\"{{ 7 * 7 }}"
ATTACK = Finding(
    Severity.error,
    f"rule-{HOSTILE}",
    f"evidence/{HOSTILE}.yaml",
    3,
    f"what {HOSTILE}",
    f"remedy {HOSTILE}",
    f"subject {HOSTILE}",
    repair=f"repair {HOSTILE}",
    related=(Related(f"near {HOSTILE}", 8, f"related {HOSTILE}"),),
)
WEAK = Finding(Severity.warning, "ClaimContext", "evidence/b.yaml", 7, "The claim has no context.", "Add one.", "c1")
VOID = {"meta", "input", "br", "link", "img"}


@dataclass
class Element:
    """An element of a page with what is below it."""

    tag: str
    attributes: dict[str, str | None]
    below: list[Element | str] = field(default_factory=list)

    def all(self, tag: str = "", **attributes: str) -> Iterator[Element]:
        """The elements below it, of a tag and with attributes if some are named, in order."""
        for child in self.below:
            if isinstance(child, Element):
                named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
                if tag in ("", child.tag) and named.items() <= child.attributes.items():
                    yield child
                yield from child.all(tag, **attributes)

    @property
    def text(self) -> str:
        """All text below it, with single spaces."""
        return " ".join("".join(one if isinstance(one, str) else f" {one.text} " for one in self.below).split())


class Reader(HTMLParser):
    """Reads a page into elements; what is not closed in order is a fault."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].below.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].below.append(data)


def read(text: str) -> Element:
    reader = Reader()
    reader.feed(text)
    reader.close()
    (whole,) = reader.open
    return whole


def page(*findings: Finding, notice: str = "") -> Element:
    return read(findings_page.page(findings, ["evidence"], notice, "1.2.3"))


@cache
def appraised() -> tuple[Finding, ...]:
    """What an appraisal of the small corpus finds."""
    return tuple(pipeline.check(TINY, tier=Tier.appraised))


# What it says


def test_a_finding_is_shown_whole() -> None:
    shown = page(replace(WEAK, repair="{state: low}", related=(Related("evidence/c.yaml", 9, "the same again"),)))
    (item,) = shown.all("li", data_f="0")
    assert item.text == (
        "evidence/b.yaml:7 c1 The claim has no context. Suggested: {state: low} "
        "Related: evidence/c.yaml:9 the same again"
    )
    (rule,) = shown.all("details", class_="rule")
    assert rule.text.startswith(
        "Context of a claim 1 finding in 1 file · structured · ClaimContext Without a context it is a claim, "
        "not yet a configuration (realist rule 1). To mend it: Add one."
    )


def test_what_is_said_of_many_places_is_said_once() -> None:
    shown = page(*(replace(WEAK, line=line) for line in range(1, 41)))
    assert shown.text.count("The claim has no context.") == 1
    assert [item.text for item in shown.all("li")] == [f"evidence/b.yaml:{line} c1" for line in range(1, 41)]
    (rule,) = shown.all("details", class_="rule")
    assert "open" not in rule.attributes


def test_remedies_that_differ_stand_with_what_they_mend() -> None:
    shown = page(WEAK, replace(WEAK, line=8, remedy="Look again."))
    assert [item.text for item in shown.all("li")] == [
        "evidence/b.yaml:7 c1 The claim has no context. Add one.",
        "evidence/b.yaml:8 c1 The claim has no context. Look again.",
    ]
    assert "To mend it" not in shown.text


def test_every_finding_of_an_appraisal_is_on_it_once_worst_first() -> None:
    shown = page(*appraised())
    places = [next(item.all("code")).text for item in shown.all("li") if "data-f" in item.attributes]
    assert Counter(places) == Counter(finding.place for finding in appraised())
    sections = [section.attributes["data-severity"] for section in shown.all("section", class_="severity")]
    assert sections == ["warning", "note"]
    assert [heading.text for heading in shown.all("h3")][-2:] == ["▲ 34 warnings", "● 115 notes"]
    for severity, section in zip(sections, shown.all("section", class_="severity"), strict=True):
        expected = [finding for finding in appraised() if finding.severity == severity]
        assert len([item for item in section.all("li") if "data-f" in item.attributes]) == len(expected)


def test_the_summary_counts_severities_tiers_rules_and_files() -> None:
    shown = page(*appraised())
    severities, rules, files = ([row.text for row in table.all("tr")] for table in shown.all("table"))
    assert severities == [
        "severity structured appraised all",
        "▲ warning 25 9 34",
        "● note 0 115 115",
    ]
    assert rules[1] == "Context of a claim ▲ warning structured 9 5"
    counted = Counter((finding.severity, finding.rule) for finding in appraised())
    assert len(rules) == len(counted) + 1
    assert sorted(int(row.split()[-2]) for row in rules[1:]) == sorted(counted.values())
    per_file = Counter((finding.file, finding.severity) for finding in appraised())
    names = {file for file, _ in per_file}
    assert sorted(files[1:]) == sorted(
        f"{name} {per_file[name, Severity.warning]} {per_file[name, Severity.note]}" for name in names
    )


def test_every_link_and_label_leads_somewhere() -> None:
    shown = page(*appraised(), ATTACK)
    ids = [element.attributes["id"] for element in shown.all() if "id" in element.attributes]
    assert len(set(ids)) == len(ids)
    links = [link.attributes["href"] or "" for link in shown.all("a")]
    assert len(links) == len({(one.severity, one.rule) for one in (*appraised(), ATTACK)})
    assert {unquote(link.removeprefix("#")) for link in links} <= set(ids)
    labelled = [element.attributes["aria-labelledby"] for element in shown.all("section")]
    assert set(labelled) <= set(ids)


def test_it_can_be_read_without_eyes_and_without_colour() -> None:
    shown = page(*appraised())
    assert next(shown.all("html")).attributes["lang"] == "en-GB"
    assert len(list(shown.all("h1"))) == len(list(shown.all("main"))) == 1
    for table in shown.all("table"):
        assert len(list(table.all("caption"))) == 1
        assert {cell.attributes.get("scope") for cell in table.all("th")} == {"col", "row"}
    controls = [*shown.all("select"), *shown.all("input")]
    assert controls == [
        control for label in shown.all("label") for control in (*label.all("select"), *label.all("input"))
    ]
    for severity in ("error", "warning", "note"):
        assert {severity in element.text for element in shown.all(class_=severity)} <= {True}
    levels = [int(element.tag[1]) for element in shown.all() if re.fullmatch(r"h\d", element.tag)]
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


def test_the_notice_says_how_the_evidence_was_coded() -> None:
    assert [one.text for one in page(WEAK, notice="All 3 codings are machine-assisted.").all(class_="notice")] == [
        "How this was coded. All 3 codings are machine-assisted."
    ]
    assert list(page(WEAK).all(class_="notice")) == []
    assert "It says nothing of whether a partnership went well" in page().text


def test_nothing_found_is_said() -> None:
    shown = page()
    assert "Nothing found." in shown.text
    assert list(shown.all("script")) == list(shown.all("table")) == []


# What it does not do


def test_hostile_evidence_stays_text() -> None:
    shown = page(ATTACK, notice=HOSTILE)
    assert len(list(shown.all("script"))) == len(list(shown.all("style"))) == 1
    assert list(shown.all("img")) == []
    handlers = [name for element in shown.all() for name in element.attributes if name.startswith("on")]
    assert handlers == []
    (item,) = shown.all("li", data_f="0")
    for word in ("what", "subject", "repair", "related"):
        assert f"{word} {' '.join(HOSTILE.split())}" in item.text


def test_only_its_own_script_and_style_may_run_and_nothing_is_fetched() -> None:
    text = findings_page.page([ATTACK], ["evidence"], "", "1")
    shown = read(text)
    (policy,) = shown.all("meta", http_equiv="Content-Security-Policy")
    allowed = dict(part.strip().split(" ", 1) for part in (policy.attributes["content"] or "").split(";"))
    assert allowed["default-src"] == allowed["base-uri"] == allowed["form-action"] == "'none'"
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert allowed[f"{tag}-src"] == f"'sha256-{digest}'"
    assert [element.attributes for element in shown.all() if {"src", "style"} & element.attributes.keys()] == []
    assert re.findall(r"https?://|@import|url\(", re.sub(r"<li.*?</li>", "", text, flags=re.DOTALL)) == []


# The command


def test_the_command_writes_a_page_of_a_size_that_can_be_mailed(tmp_path: Path) -> None:
    out = tmp_path / "findings.html"
    ended = CliRunner().invoke(cli.app, ["check", str(TINY), str(QUESTIONS / "evidence"), "--output", str(out)])
    assert (ended.exit_code, ended.stdout) == (1, "")
    text = out.read_text(encoding="utf-8")
    shown = read(text)
    found = [*pipeline.check(TINY), *pipeline.check(QUESTIONS / "evidence")]
    assert len([item for item in shown.all("li") if "data-f" in item.attributes]) == len(found)
    assert next(shown.all("h1")).text.startswith(f"{len(found)} findings in ")
    assert [one.text for one in shown.all(class_="notice")] == [
        f"How this was coded. {pipeline.how_coded(map(pipeline.look_over, [TINY, QUESTIONS / 'evidence']))}"
    ]


def test_a_thousand_findings_more_cost_a_hundred_kilobytes() -> None:
    thousand = [replace(WEAK, file=f"evidence/sources/source{line % 133}.yaml", line=line) for line in range(1000)]
    grown = len(findings_page.page(thousand, ["evidence"], "", "1")) - len(findings_page.page([WEAK], ["e"], "", "1"))
    assert grown < 150_000


@pytest.mark.parametrize(
    "place", [TINY, TINY / "sources" / "costa2020.yaml", TINY / "studies.yaml"], ids=lambda one: one.name
)
def test_how_evidence_was_coded_is_counted_in_its_files(place: Path) -> None:
    expected = {
        "tiny": "2 of 7 codings are machine-assisted; 5 of 7 were not checked by a second person or by the authors of "
        "a source.",
        "costa2020.yaml": "1 of 2 codings are machine-assisted; none of them was checked by a second person or by the "
        "authors of a source.",
        "studies.yaml": "",
    }
    assert pipeline.how_coded([pipeline.look_over(place)]) == expected[place.name]


def test_how_evidence_was_coded_is_told_by_what_was_checked_and_nothing_is_read_again(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costa = corpus / "sources" / "costa2020.yaml"
    costa.write_text(costa.read_text(encoding="utf-8").replace("type:", "typ:", 1), encoding="utf-8")
    monkeypatch.chdir(corpus)
    checked = [pipeline.look_over(place) for place in (corpus, costa, Path("sources/costa2020.yaml"))]
    monkeypatch.setattr(evidence, "read", None)
    coded = pipeline.how_coded(checked)
    assert coded.startswith("2 of 7 codings are machine-assisted; 5 of 7 were not checked")  # the faulty file's too
    out = StringIO()
    findings_report.write(checked[0].findings, [corpus], FindingsFormat.html, out, coded)
    assert [one.text for one in read(out.getvalue()).all(class_="notice")] == [f"How this was coded. {coded}"]


def test_no_finding_shows_an_iri() -> None:
    told = [*appraised(), *pipeline.check(QUESTIONS / "evidence", tier=Tier.appraised)]
    words = [word for one in told for word in (one.what, one.remedy, one.subject, one.repair)]
    assert [word for word in words if re.search(r"https?://|urn:|\bpmc?:\w", word)] == []
