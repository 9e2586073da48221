"""What leaves as a REFI-QDA project is valid, is read by others, and comes back as the same claims."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pyrefiqda import RefiCodebook, RefiProject  # type: ignore[import-untyped]

from kg import evidence, scheme
from kg.errors import Failure
from kg.evidence import Unit
from kg.export.qda import refi as export
from kg.export.qda.concept_codes import ROLES, concept_code
from kg.intake.lexicon import Lexicon
from kg.intake.qda import codebook, refi
from kg.intake.qda.codes import meaning
from kg.intake.qda.refi_passages import AROUND
from kg.intake.qda.refi_project import SCHEMA
from kg.records import Case, Claim, Coding, Selector, Source
from tests.conftest import ROOT

TINY = ROOT / "tests" / "data" / "tiny"
EVERYTHING = ["evidence/sources", "tests/data/tiny/sources", "tests/data/tiny/cases", "tests/data/sound/sources"]


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


def record(path: Path) -> Source:
    found = evidence.read(Unit(path, path.name, 1, path.read_bytes())).record
    assert isinstance(found, Source)
    return found


def quoted(source: Source) -> tuple[Source, str]:
    """A source of which every evidence item is a quote in a text that is made up for it."""
    text = "A transcript – invented 😀.\n"
    codings = []
    for coding in source.codings:
        claims = []
        for claim in coding.claims:
            items = []
            for number, item in enumerate(claim.evidence):
                quote = f"{coding.coder} of {claim.id}, {number} & “more” <so> 🤝"
                start = len(text)
                text += f"{quote}. "
                items.append(
                    item.model_copy(update={"quote": quote, "selector": Selector(start=start, end=start + len(quote))})
                )
            claims.append(claim.model_copy(update={"evidence": items}))
        codings.append(coding.model_copy(update={"claims": claims, "recorded_as": None}))
    told = {"document": f"{source.source}.txt", "publishable": True}
    return source.model_copy(update={"codings": [around(coding, text) for coding in codings], **told}), text


def around(coding: Coding, text: str) -> Coding:
    """A coding whose selectors have the words around each quote."""

    def full(claim: Claim) -> Claim:
        items = []
        for item in claim.evidence:
            assert item.selector is not None
            start, end = item.selector.start, item.selector.end
            told = {"prefix": text[max(0, start - AROUND) : start] or None, "suffix": text[end : end + AROUND] or None}
            items.append(item.model_copy(update={"selector": item.selector.model_copy(update=told)}))
        return claim.model_copy(update={"evidence": items})

    return coding.model_copy(update={"claims": [full(claim) for claim in coding.claims]})


@cache
def all_quoted() -> tuple[list[Source], dict[str, str]]:
    files = sorted(path for folder in EVERYTHING for path in (ROOT / folder).glob("*.yaml"))
    made = {source.source: (source, text) for source, text in map(quoted, map(record, files))}
    return [source for source, _ in made.values()], {name: text for name, (_, text) in made.items()}


def xml_of(path: Path) -> etree._Element:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read("project.qde"))


def test_every_claim_of_the_evidence_comes_back_with_every_slot(tmp_path: Path) -> None:
    """All that is shipped and all test data, each evidence item made a quote: 1,200 claims and more."""
    sources, texts = all_quoted()
    lost = export.write_project(sources, texts, tmp_path / "all.qdpx")
    assert lost == ()
    assert schema().validate(xml_of(tmp_path / "all.qdpx")), schema().error_log
    arrival = refi.read(tmp_path / "all.qdpx", Lexicon())
    assert arrival.findings == ()
    assert arrival.queue == ()
    assert arrival.documents == texts
    count = 0
    for before, after in zip(sources, arrival.sources, strict=True):
        assert after == before
        count += sum(len(coding.claims) for coding in after.codings)
    assert count > 1_200
    tallies = {one.what: one for one in arrival.tallies}
    assert (tallies["passages"].reported, tallies["codes"].reported, tallies["cases"].reported) == (0, 0, 0)
    assert tallies["passages"].came == sum(
        len(claim.evidence) for source in sources for coding in source.codings for claim in coding.claims
    )


def test_the_same_evidence_gives_the_same_bytes(tmp_path: Path) -> None:
    source, text = quoted(record(TINY / "sources" / "abara2019.yaml"))
    for name in "ab":
        export.write_project([source], {source.source: text}, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_transcript_with_its_quotes_comes_back(tmp_path: Path) -> None:
    source = record(TINY / "cases" / "kisumu-interview.yaml")
    text = (TINY / "cases" / "kisumu-interview.txt").read_text(encoding="utf-8")
    lost = export.write_project([source], {source.source: text}, tmp_path / "k.qdpx")
    arrival = refi.read(tmp_path / "k.qdpx", Lexicon())
    assert arrival.documents == {source.source: text}
    (after,) = arrival.sources
    assert after.type == source.type
    placed = [
        item.quote for coding in source.codings for claim in coding.claims for item in claim.evidence if item.quote
    ]
    assert sorted(str(item.quote) for coding in after.codings for claim in coding.claims for item in claim.evidence
                  if item.quote) == sorted(placed)  # fmt: skip
    assert lost == ()


def test_pyrefiqda_opens_it_with_the_same_codings(tmp_path: Path) -> None:
    source, text = quoted(record(TINY / "sources" / "abara2019.yaml"))
    export.write_project([source], {source.source: text}, tmp_path / "a.qdpx")
    project = RefiProject.load(tmp_path / "a.qdpx", str(tmp_path / "out"))
    (read,) = project.sources.text_source
    found = {(one.start_position, one.end_position, one.name) for one in read.plain_text_selection}
    items = [item for coding in source.codings for claim in coding.claims for item in claim.evidence]
    assert found == {(item.selector.start, item.selector.end, item.quote) for item in items if item.selector}
    names: dict[str, str] = {}

    def collect(codes: list[object]) -> None:
        for code in codes:
            names[code.guid] = code.name  # type: ignore[attr-defined]
            collect(code.code)  # type: ignore[attr-defined]

    collect(project.code_book.codes.code)
    first = read.plain_text_selection[0]
    claim = source.codings[0].claims[0]
    coded = {names[coding.code_ref.target_guid] for coding in first.coding}
    assert {claim.id, claim.effect.value, claim.status.value} <= coded
    assert {user.name for user in project.users.user} == {coding.coder for coding in source.codings}
    written = (tmp_path / "out").rglob("*.txt")
    assert [file.read_bytes().decode() for file in written] == [text]


def test_what_has_no_place_in_a_project_is_said_and_further_evidence_goes_along(tmp_path: Path) -> None:
    source, text = quoted(record(TINY / "sources" / "abara2019.yaml"))
    (coding,) = source.codings
    first, *others = coding.claims
    more = first.evidence[0].model_copy(update={"quote": None, "selector": None, "paraphrase": "as told; elsewhere"})
    bare = [claim.model_copy(update={"evidence": [more]}) for claim in others]
    first = first.model_copy(update={"evidence": [*first.evidence, more]})
    changed = source.model_copy(update={"codings": [coding.model_copy(update={"claims": [first, *bare]})]})
    lost = export.write_project(
        [changed, record(TINY / "sources" / "costa2020.yaml")], {source.source: text}, tmp_path / "a.qdpx"
    )
    assert {finding.subject for finding in lost} == {
        *(f"abara2019/{coding.coder}/{claim.id}" for claim in bare), "costa2020",
    }  # fmt: skip
    arrival = refi.read(tmp_path / "a.qdpx", Lexicon())
    assert arrival.sources[0].codings[0].claims == [first.model_copy(update={"links": []})]
    assert [finding.rule for finding in arrival.findings] == ["not-kept"], "its link led to a claim left behind"


def test_a_claim_of_no_case_and_one_of_another_case_stay_so(tmp_path: Path) -> None:
    source, text = quoted(record(TINY / "sources" / "abara2019.yaml"))
    (coding,) = source.codings
    (case,) = coding.cases
    for cases, named in (([case], [case.id, None]), ([case, Case(id="other", label="O")], [None, "other"])):
        claims = [claim.model_copy(update={"case": one}) for claim, one in zip(coding.claims, named, strict=False)]
        changed = coding.model_copy(update={"cases": cases, "claims": claims})
        made = source.model_copy(update={"codings": [changed]})
        export.write_project([made], {source.source: text}, tmp_path / "a.qdpx")
        assert refi.read(tmp_path / "a.qdpx", Lexicon()).sources == (made,)


def test_a_document_without_passages_comes_back_with_a_coder_of_its_own(tmp_path: Path) -> None:
    source, text = quoted(record(TINY / "sources" / "abara2019.yaml"))
    other = source.model_copy(update={"source": "bare", "document": "bare.txt"})
    bare = other.model_copy(update={"codings": [Coding(coder="ben", note="nothing in it"), Coding(coder="cleo")]})
    path = tmp_path / "a.qdpx"
    assert export.write_project([source, bare], {"abara2019": text, "bare": text}, path) == ()
    assert schema().validate(xml_of(path)), schema().error_log
    arrival = refi.read(path, Lexicon())
    assert arrival.sources[0] == source
    assert arrival.sources[1].codings == [Coding(coder="ben", note="nothing in it")]
    assert arrival.findings == ()


@given(
    claim=st.text(min_size=1, max_size=12).filter(lambda text: text == " ".join(text.split()) and text.isprintable()),
    words=st.text(min_size=1, max_size=40).filter(lambda text: text.strip() and (text.isprintable() or "\n" in text)),
)
@settings(max_examples=60, deadline=None)
def test_any_id_and_any_words_come_back(tmp_path_factory: pytest.TempPathFactory, claim: str, words: str) -> None:
    if any((ord(one) < 32 and one != "\n") or 127 <= ord(one) < 160 or one in "\ufffe\uffff" for one in claim + words):
        return  # a record holds no control characters
    source, text = quoted(record(TINY / "sources" / "abara2019.yaml"))
    (coding,) = source.codings
    told = {"id": claim, "rival_explanation": " ".join(words.split()), "links": []}
    mechanism = coding.claims[0].mechanisms[0].model_copy(update={"reasoning": words, "note": words})
    one = coding.claims[0].model_copy(update={**told, "mechanisms": [mechanism]})
    source = source.model_copy(update={"codings": [coding.model_copy(update={"claims": [one], "note": words})]})
    path = tmp_path_factory.getbasetemp() / "any.qdpx"
    export.write_project([source], {source.source: text}, path)
    assert refi.read(path, Lexicon()).sources == (source,)


# Codebook


def codes_of(root: etree._Element, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for code in root.iterfind("{*}Code"):
        names = (*above, code.get("name", ""))
        yield names
        yield from codes_of(code, names)


def test_the_codebook_holds_every_concept_and_the_reader_knows_them_all(tmp_path: Path) -> None:
    path = tmp_path / "all.qdc"
    export.write_codebook(path)
    data = path.read_bytes()
    assert data.startswith(b"<?xml"), "without a byte order mark"
    arrival = codebook.read(path, Lexicon())
    assert (arrival.queue, arrival.findings) == ((), ())
    words = scheme.load()
    (tally,) = arrival.tallies
    folders, settings_said = 3 * 6 + 2 + 5, 4 + 4 + 5 + 5 + 4
    assert tally.came == tally.kept == 3 * len(words.factors) + len(words.actors) + folders + settings_said
    root = etree.fromstring(data)
    assert root.tag == "{urn:QDA-XML:codebook:1.0}CodeBook"
    names = list(codes_of(next(root.iterfind("{*}Codes"))))
    assert len(names) == len(set(names)) == tally.came
    assert ("Mechanism", "relational factors", "trust") in names
    assert any(len(path) > 3 for path in names), "narrower below broader"
    guids = re.findall(rb'guid="([^"]+)"', data)
    assert len(guids) == len(set(guids))
    export.write_codebook(tmp_path / "again.qdc")
    assert (tmp_path / "again.qdc").read_bytes() == data
    loaded = RefiCodebook.load(path)
    assert [code.name for code in loaded.codes.code][:4] == ["Context", "Mechanism", "Outcome", "Actor"]


def test_the_codebook_is_valid_as_the_codebook_of_a_project(tmp_path: Path) -> None:
    export.write_codebook(tmp_path / "all.qdc")
    text = (tmp_path / "all.qdc").read_text(encoding="utf-8").partition("?>")[2]
    inner = re.sub(r'<CodeBook xmlns="[^"]+" origin="[^"]+">', "<CodeBook>", text)
    wrapped = etree.fromstring(f'<Project xmlns="urn:QDA-XML:project:1.0" name="x">{inner}</Project>')
    assert schema().validate(wrapped), schema().error_log


@pytest.mark.parametrize("role", ROLES)
def test_every_concept_in_every_role_is_read_from_its_code(role: str) -> None:
    words = scheme.load()
    for concept in words.actors if role == "actor" else words.factors:
        found = meaning(concept_code(role, concept).path)
        assert (found.role, Lexicon().concept(found.wording, found.role, "")) == (role, concept)


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be written"):
        export.write_codebook(tmp_path / "absent" / "all.qdc")
    with pytest.raises(Failure, match="cannot be written"):
        export.write_project([], {}, tmp_path)
