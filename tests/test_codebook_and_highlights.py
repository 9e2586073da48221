"""Codebooks alone say which codes are known; highlights of Taguette become claims where their tags join them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import evidence, importing
from kg.errors import EvidenceError, UsageError
from kg.intake import transaction
from kg.intake.arrival import Arrival
from kg.intake.lexicon import Lexicon
from kg.intake.qda import codebook, highlights
from kg.records import Source
from tests.qda import REAL, guid

# Codebooks


def test_the_codebook_of_qualcoder_is_read_with_its_byte_order_mark() -> None:
    arrival = codebook.read(REAL / "qualcoder_partnership_cmo.qdc", Lexicon())
    assert (arrival.sources, arrival.documents, arrival.errors) == ((), {}, ())
    (tally,) = arrival.tallies
    assert (tally.what, tally.came, tally.kept, tally.reported) == ("codes", 12, 6, 6)
    assert [(queued.slot, queued.wording) for queued in arrival.queue] == [
        ("context", "prior relationship"),
        ("context", "fragmented financing"),
        ("mechanism", "shared governance"),
        ("outcome", "continuity of care"),
        ("outcome", "partnership dissolution"),
        ("actor", "district health office"),
    ]
    assert arrival.queue[2].near[0].concept == "governance"


def test_the_codebook_of_taguette_is_flat_and_a_code_without_a_role_is_asked_about() -> None:
    arrival = codebook.read(REAL / "taguette_partnership_cmo.qdc", Lexicon())
    (tally,) = arrival.tallies
    assert (tally.came, tally.kept, tally.reported) == (5, 1, 4)
    assert [(queued.slot, queued.wording) for queued in arrival.queue][:2] == [
        ("", "interesting"),
        ("context", "prior relationship"),
    ]
    assert arrival.queue[1].places == ("code “Context.prior relationship”",)


@pytest.mark.parametrize("kind", ["codebook:1.0", "codebook:0:4", "project:1.0"])
def test_a_codebook_may_be_of_any_version(tmp_path: Path, kind: str) -> None:
    code = f'<Code guid="{{{guid("a").upper()}}}" name="Mechanism/trust" isCodable="true"/>'
    path = tmp_path / "a.qdc"
    path.write_text(f'<CodeBook xmlns="urn:QDA-XML:{kind}"><Codes>{code}</Codes><Sets/></CodeBook>', encoding="utf-8")
    arrival = codebook.read(path, Lexicon())
    assert (arrival.tallies[0].kept, arrival.queue, arrival.findings) == (1, (), ())


def test_what_is_no_codebook_is_refused_and_bad_guids_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.qdc"
    path.write_text("<Project/>", encoding="utf-8")
    with pytest.raises(EvidenceError) as caught:
        codebook.read(path, Lexicon())
    assert caught.value.findings[0].what == "the document is a Project, not a CodeBook."
    named = {"A": "x", "B": guid("a"), "C": guid("a")}
    codes = "".join(f'<Code guid="{one}" name="{name}" isCodable="true"/>' for name, one in named.items())
    path.write_text(f"<CodeBook><Codes>{codes}</Codes></CodeBook>", encoding="utf-8")
    assert [(error.spot, error.what) for error in codebook.read(path, Lexicon()).errors] == [
        ("code “A”", "it has the GUID “x”, which is none."),
        ("code “C”", "it has the GUID of the code “B”."),
    ]


# Highlights

JOINED = '''id,document,tag,content
1,Case 01,Mechanism.trust,we already trusted them
1,Case 01,CMO.1,we already trusted them
1,Case 01,Effect.supports,we already trusted them
1,Case 01,Status.supported,we already trusted them
2,Case 01,Outcome.equity,"nobody was lost, ""ever"""
2,Case 01,CMO.1,"nobody was lost, ""ever"""
3,Case 01,interesting,lunch was late
4,Case 02,Mechanism.trust,trust again
'''


def arrive(path: Path, text: str | bytes) -> Arrival:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return highlights.read(path, Lexicon())


def tallies(arrival: Arrival) -> dict[str, tuple[int, int, int]]:
    return {one.what: (one.came, one.kept, one.reported) for one in arrival.tallies}


def test_highlights_of_taguette_without_a_tag_for_claims_are_reported_one_by_one() -> None:
    arrival = highlights.read(REAL / "taguette_highlights.csv", Lexicon())
    assert arrival.sources == ()
    assert tallies(arrival) == {"documents": (1, 0, 1), "passages": (4, 0, 4), "codes": (4, 1, 3)}
    assert [finding.spot for finding in arrival.findings if finding.rule == "not-joined"] == [
        "line 2", "line 3", "line 4", "line 5",
    ]  # fmt: skip
    assert [one.wording for one in arrival.queue] == ["prior relationship", "shared governance", "continuity of care"]


def test_tags_join_highlights_into_claims_without_a_place(tmp_path: Path) -> None:
    arrival = arrive(tmp_path / "h.csv", JOINED)
    (source,) = arrival.sources
    assert (source.source, source.type, source.document) == ("case-01", "document", None)
    (coding,) = source.codings
    assert coding.coder == "taguette"
    assert coding.claims[0].model_dump(exclude_defaults=True, mode="json") == {
        "id": "c1",
        "mechanisms": [{"factor": "trust"}],
        "outcome": {"factor": "equity"},
        "effect": "supports",
        "status": "supported",
        "evidence": [
            {"locator": "highlight 1", "quote": "we already trusted them"},
            {"locator": "highlight 2", "quote": 'nobody was lost, "ever"'},
        ],
    }
    assert tallies(arrival) == {"documents": (2, 1, 1), "passages": (4, 2, 2), "codes": (6, 5, 1)}
    joined = transaction.join(arrival, tmp_path / "mine")
    assert not joined.refused
    transaction.carry_out(joined, tmp_path / "mine")
    assert {change.change for change in transaction.join(arrival, tmp_path / "mine").changes} == {"unchanged"}


def test_who_highlighted_is_said_by_people_since_taguette_does_not(tmp_path: Path) -> None:
    """Two who highlight one document are two coders, and neither takes the place of the other."""
    (tmp_path / "h.csv").write_text(JOINED, encoding="utf-8")
    for coder in ("ada", "bo"):
        importing.bring_in(tmp_path / "h.csv", tmp_path / "mine", defaults={"coder": coder})
    ((unit,), _) = evidence.find_units(tmp_path / "mine")
    source = evidence.read(unit).record
    assert isinstance(source, Source)
    assert [coding.coder for coding in source.codings] == ["ada", "bo"]
    with pytest.raises(UsageError, match="effect: a file read as highlights takes only --set coder=NAME"):
        importing.bring_in(tmp_path / "h.csv", tmp_path / "mine", defaults={"coder": "ada", "effect": "supports"})


def test_a_semicolon_and_a_byte_order_mark_of_excel_are_read(tmp_path: Path) -> None:
    plain = arrive(tmp_path / "h.csv", JOINED)
    excel = arrive(tmp_path / "h.csv", b"\xef\xbb\xbf" + JOINED.replace(",", ";").replace("lost;", "lost,").encode())
    assert (excel.sources, excel.tallies) == (plain.sources, plain.tallies)


CUT = "the CSV cannot be read from here on ({})."


@pytest.mark.parametrize(
    ("text", "spot", "what"),
    [
        ("", "line 1", "the column document and tag and content is missing; there are none."),
        ("id,document,content\n", "line 1", "the column tag is missing; there are id, document, content."),
        ("document,tag,content\na,b\nc\n", "line 2", "it has 2 cells, and needs 3."),
        ('document,tag,content\na,b,"open\n', "line 2", CUT.format("unexpected end of data")),
        ("document,tag,content\n\0", "", "the file holds NUL characters."),
        (b"document,tag,content\na,b,caf\xe9\n", "", "byte 28 is no UTF-8."),
        ("document,tag,content\na,b," + "x" * 140_000, "line 2", CUT.format("field larger than field limit (131072)")),
    ],
)  # fmt: skip
def test_what_is_no_export_of_highlights_is_refused(tmp_path: Path, text: str | bytes, spot: str, what: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        arrive(tmp_path / "h.csv", text)
    assert (caught.value.findings[0].spot, caught.value.findings[0].what) == (spot, what)


def test_a_highlight_without_words_or_document_is_named(tmp_path: Path) -> None:
    arrival = arrive(tmp_path / "h.csv", "document,tag,content\na,Mechanism.trust,\n,Mechanism.trust,words\n")
    assert [finding.spot for finding in arrival.findings if finding.rule == "highlight"] == ["line 2", "line 3"]
    assert tallies(arrival)["passages"] == (2, 0, 2)
