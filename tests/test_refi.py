"""A QDA project becomes sources: what its coders joined becomes claims, and nothing else does; all is accounted for."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pyrefiqda import RefiProject  # type: ignore[import-untyped]

from kg import evidence
from kg.evidence import Unit
from kg.export.qda.refi import write_project
from kg.findings import Severity
from kg.intake import consent, transaction
from kg.intake.arrival import Arrival, Manner
from kg.intake.lexicon import Lexicon
from kg.intake.qda import refi, refi_passages
from kg.intake.qda.codes import meaning
from kg.records import Claim
from kg.vocabulary import SourceType
from tests.conftest import ROOT
from tests.qda import REAL, TEXT, Mark, guid, project, selection_guid

PARTS = (
    Mark("trusted them", ["Mechanism/trust"]),
    Mark("records were shared", ["Outcome/practice-change"]),
    Mark("The grant ended early", ["Context/funding-termination"]),
)


def arrive(path: Path, **said: str) -> Arrival:
    return refi.read(path, Lexicon({(wording.replace("_", " "), ""): concept for wording, concept in said.items()}))


def claims(arrival: Arrival) -> list[Claim]:
    return [claim for source in arrival.sources for coding in source.codings for claim in coding.claims]


def told(arrival: Arrival, rule: str) -> list[str]:
    return [finding.what for finding in arrival.findings if finding.rule == rule]


def tallies(arrival: Arrival) -> dict[str, tuple[int, int, int]]:
    return {one.what: (one.came, one.kept, one.reported) for one in arrival.tallies}


def with_codes(*codes: str, marks: Sequence[Mark] = PARTS) -> list[Mark]:
    return [Mark(mark.quote, [*mark.codes, *codes], mark.coder, mark.memo) for mark in marks]


# Real files


def test_quotes_of_qualcoder_stand_where_it_says(tmp_path: Path) -> None:
    arrival = arrive(REAL / "qualcoder_partnership_cmo.qdpx")
    assert arrival.manner == Manner.replace_codings
    assert arrival.errors == ()
    assert tallies(arrival) == {
        "documents": (2, 2, 0), "passages": (9, 0, 9), "codes on passages": (9, 0, 9), "codes": (12, 6, 6),
        "cases": (2, 0, 2),
    }  # fmt: skip
    assert [source.source for source in arrival.sources] == ["case01_interview", "case02_fieldnote"]
    assert all([coding.coder for coding in source.codings] == ["ana", "ben"] for source in arrival.sources)
    assert not any(text.startswith("\ufeff") for text in arrival.documents.values())
    assert "😀" in arrival.documents["case01_interview"]
    assert told(arrival, "not-verified") == told(arrival, "shifted") == []
    assert len(told(arrival, "not-joined")) == 9
    assert {queued.wording for queued in arrival.queue} == {
        "prior relationship", "fragmented financing", "shared governance", "continuity of care",
        "partnership dissolution", "district health office",
    }  # fmt: skip
    assert arrival.queue[0].places == ("code “Context/C: prior relationship”",)


def said_by_its_coders(path: Path) -> Path:
    """The project of QualCoder with what the convention asks for written into its memos."""
    with zipfile.ZipFile(REAL / "qualcoder_partnership_cmo.qdpx") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "project.qde":
                said = b"claim: 1\neffect: supports\nstatus: supported</Description>"
                for memo in (b"C for CMO-1", b"M for CMO-1", b"O for CMO-1"):
                    data = data.replace(memo + b"</Description>", said)
            new.writestr(name, data)
    return path


def test_passages_of_qualcoder_become_claims_once_its_coders_say_so(tmp_path: Path) -> None:
    """Nine passages, every one verified."""
    path = said_by_its_coders(tmp_path / "said.qdpx")
    arrival = arrive(path, prior_relationship="prior-collaboration", continuity_of_care="service-delivery")
    (claim,) = claims(arrival)
    assert claim.id == "c1"
    assert [item.quote for item in claim.evidence] == [
        "We had worked with the clinic for ten years", "we already trusted them",
        "nobody was lost between hospital and clinic",
    ]  # fmt: skip
    text = arrival.documents["case01_interview"]
    for item in claim.evidence:
        assert item.selector is not None
        assert text[item.selector.start : item.selector.end] == item.quote
        assert text[: item.selector.start].endswith(item.selector.prefix or "")
        assert text[item.selector.end :].startswith(item.selector.suffix or "")
    assert [item.locator for item in claim.evidence] == ["paragraph 2", "paragraph 2", "paragraph 3"]
    assert all(item.layer is None for item in claim.evidence)
    assert tallies(arrival)["passages"] == (9, 3, 6)
    assert any("shared governance” stands for; it has no outcome" in what for what in told(arrival, "not-joined")), (
        "ben's"
    )


def test_the_claims_of_qualcoder_leave_as_a_valid_project_with_the_same_passages(
    tmp_path: Path,
) -> None:
    arrival = arrive(
        said_by_its_coders(tmp_path / "said.qdpx"),
        prior_relationship="prior-collaboration",
        continuity_of_care="service-delivery",
    )
    assert write_project(arrival.sources, arrival.documents, tmp_path / "again.qdpx") == ()
    with zipfile.ZipFile(tmp_path / "again.qdpx") as archive:
        written = etree.fromstring(archive.read("project.qde"))
    assert etree.XMLSchema(
        etree.parse(ROOT / "kg" / "intake" / "qda" / "schemas" / "REFI-QDA_Project_1.0.xsd")
    ).validate(written)
    was = RefiProject.load(said_by_its_coders(tmp_path / "said.qdpx"), str(tmp_path / "was"))
    now = RefiProject.load(tmp_path / "again.qdpx", str(tmp_path / "now"))
    kept = {"We had worked with the clinic for ten years", "we already trusted them"}
    kept.add("nobody was lost between hospital and clinic")
    before = [passage for passage in passages_of(was) if passage[3] in kept]
    assert len(before) == 3
    assert passages_of(now) == before


def passages_of(project: Any) -> list[tuple[str, int, int, str, str]]:
    """Each coded passage as pyrefiqda sees it: document, start, end, name, and who coded it."""
    users = {user.guid: user.name for user in project.users.user}
    return sorted(
        (source.name.removesuffix(".txt"), one.start_position, one.end_position, one.name, users[one.creating_user])
        for source in project.sources.text_source
        for one in source.plain_text_selection
    )


def test_a_project_of_atlas_without_its_sources_is_reported_entry_by_entry() -> None:
    arrival = arrive(REAL / "atlasti8_refi_standard_project.qdpx")
    assert arrival.sources == ()
    assert tallies(arrival) == {
        "documents": (12, 0, 12), "passages": (12, 0, 12), "codes on passages": (14, 0, 14), "codes": (14, 0, 14),
        "cases": (0, 0, 0),
    }  # fmt: skip
    absent = [finding for finding in arrival.findings if finding.rule == "no-text"]
    assert len(absent) == 12
    assert "sources/88293C71-CB70-4AB7-8413-C24110A19C2E.txt" in {finding.spot for finding in absent}
    assert len(told(arrival, "not-verified")) == 12
    assert len(told(arrival, "no-role")) == 14
    assert arrival.errors == ()


# Joining


@pytest.mark.parametrize(
    "codes",
    [
        ["CMO/1", "Effect/supports", "Status/supported"],
        ["Claim.1", "Effect: Supports", "STATUS/Supported"],
        ["CMOC 1", "effect.supports", "Status.supported"],
    ],
)
def test_passages_that_share_a_code_for_a_claim_join(tmp_path: Path, codes: list[str]) -> None:
    (claim,) = claims(arrive(project(tmp_path / "p.qdpx", with_codes(*codes))))
    assert claim.model_dump(exclude_defaults=True, mode="json") == {
        "id": "c1",
        "contexts": [{"factor": "funding-termination"}],
        "mechanisms": [{"factor": "trust"}],
        "outcome": {"factor": "practice-change"},
        "effect": "supports",
        "status": "supported",
        "evidence": [
            {"locator": "paragraph 1", "quote": "trusted them",
             "selector": {"start": 7, "end": 19, "prefix": "Nurses ", "suffix": TEXT[19:49]}},
            {"locator": "paragraph 1", "quote": "records were shared",
             "selector": {"start": 24, "end": 43, "prefix": TEXT[:24], "suffix": TEXT[43:73]}},
            {"locator": "paragraph 2", "quote": "The grant ended early",
             "selector": {"start": 45, "end": 66, "prefix": TEXT[15:45], "suffix": TEXT[66:96]}},
        ],
    }  # fmt: skip


def test_passages_join_by_a_line_in_their_notes_and_say_the_rest_of_the_record(tmp_path: Path) -> None:
    memo = "claim: one\neffect: hinders\nstatus: proposed\nstate: absent\nreasoning: they feared blame\nlayer: author"
    marks = [
        Mark("trusted them", ["Mechanism/trust"], memo=memo),
        Mark("records were shared", ["Outcome/practice-change"], memo="Claim: one\ndirection: decreased"),
    ]
    arrival = arrive(project(tmp_path / "p.qdpx", marks))
    (claim,) = claims(arrival)
    assert (claim.id, claim.effect, claim.status, claim.outcome.direction) == (
        "one",
        "hinders",
        "proposed",
        "decreased",
    )
    assert (claim.mechanisms[0].state, claim.mechanisms[0].reasoning) == ("absent", "they feared blame")
    assert [item.layer for item in claim.evidence] == ["author", None]
    assert arrival.findings == ()
    assert tallies(arrival)["passages"] == (2, 2, 0)


def test_passages_join_by_links_and_by_sets(tmp_path: Path) -> None:
    marks = with_codes("Effect/supports", "Status/supported")
    ends = [selection_guid(mark) for mark in marks]
    link = '<Link guid="{}" originGUID="{}" targetGUID="{}"/>'
    links = f"<Links>{link.format(guid('l1'), ends[0], ends[1])}{link.format(guid('l2'), ends[2], ends[1])}</Links>"
    (linked,) = claims(arrive(project(tmp_path / "p.qdpx", marks, more=links)))
    assert linked.id == f"linked-{ends[0][:8]}"
    assert len(linked.evidence) == 3
    members = "".join(f'<MemberSource targetGUID="{end}"/>' for end in ends)
    sets = f'<Sets><Set guid="{guid("s")}" name="Trust story">{members}</Set></Sets>'
    (grouped,) = claims(arrive(project(tmp_path / "p.qdpx", marks, more=sets)))
    assert (grouped.id, grouped.evidence) == ("Trust story", linked.evidence)


def test_a_link_between_two_claims_joins_nothing_more(tmp_path: Path) -> None:
    marks = [*with_codes("CMO/1", "Effect/supports", "Status/supported", marks=PARTS[:2]),
             *with_codes("CMO/2", marks=PARTS[2:]), Mark("nobody came back", ["Outcome/partner-burden"])]  # fmt: skip
    ends = [selection_guid(mark) for mark in marks]
    links = "".join(f'<Link guid="{guid(end)}" originGUID="{end}" targetGUID="{ends[-1]}"/>' for end in ends[1:3])
    arrival = arrive(project(tmp_path / "p.qdpx", marks, more=f"<Links>{links}</Links>"))
    assert [(claim.id, len(claim.evidence)) for claim in claims(arrival)] == [("c1", 2)]
    assert any("linked passages belong to several claims (c1, c2)" in what for what in told(arrival, "not-joined"))


SAY = "Say it with a code, such as Effect/supports, or a line in a note on one of its passages: “effect: supports”."
MAP = "Say in the map what they mean, or that they are to be skipped."


@pytest.mark.parametrize(
    ("codes", "why", "remedy"),
    [
        (["CMO/1", "Status/supported"], "no effect is said", SAY),
        (["CMO/1", "Effect/supports"], "no status is said", SAY),
        (["CMO/1", "Effect/supports", "Effect/hinders", "Status/supported"],
         "effect is said to be both “supports” and “hinders”", "Keep one of the two."),
        (["CMO/1", "Effect/suports", "Status/supported"], "effect cannot be “suports”. Write one of supports, hinders,",
         "Mend the code or the note that says it."),
        (["CMO/1", "Effect/supports", "Status/supported", "Outcome/partner-burden"], "it has 2 outcomes",
         "Give each outcome a claim of its own."),
        (["CMO/1", "Effect/supports", "Status/supported", "Mechanism/zeitgeist"],
         "nobody has said which concept the code “Mechanism/zeitgeist” stands for", MAP),
        (["CMO/1", "Status/supported", "Mechanism/zeitgeist"],
         "the code “Mechanism/zeitgeist” stands for; no effect is said", f"{MAP} {SAY}"),
    ],
)  # fmt: skip
def test_a_claim_of_which_not_all_is_said_is_named_with_its_passages_and_not_made(
    tmp_path: Path, codes: list[str], why: str, remedy: str
) -> None:
    arrival = arrive(project(tmp_path / "p.qdpx", with_codes(*codes)))
    assert claims(arrival) == []
    (finding,) = [finding for finding in arrival.findings if finding.rule == "not-joined"]
    assert why in finding.what
    assert finding.severity == Severity.warning
    assert finding.remedy == remedy
    assert [related.what.split(":")[0] for related in finding.related] == [
        "talk.txt, characters 7 to 19", "talk.txt, characters 24 to 43", "talk.txt, characters 45 to 66",
    ]  # fmt: skip
    assert tallies(arrival)["passages"] == (3, 0, 3)


def test_a_link_to_a_claim_that_was_not_made_is_left_out_and_named(tmp_path: Path) -> None:
    marks = with_codes("CMO/1", "Effect/supports", "Status/supported")
    marks[0] = Mark(marks[0].quote, marks[0].codes, memo="links: c2, other/ana/c7")
    arrival = arrive(project(tmp_path / "p.qdpx", [*marks, Mark("nobody came back", ["CMO/2", "Mechanism/mistrust"])]))
    (claim,) = claims(arrival)
    assert [link.to for link in claim.links] == ["other/ana/c7"]
    assert told(arrival, "not-kept") == ["claim c1 is linked with c2, which was not made: the link was left out."]
    assert not transaction.join(arrival, tmp_path / "mine").refused


def test_a_mechanism_must_be_among_the_passages(tmp_path: Path) -> None:
    arrival = arrive(
        project(tmp_path / "p.qdpx", with_codes("CMO/1", "Effect/supports", "Status/proposed", marks=PARTS[1:]))
    )
    assert "it has no mechanism" in told(arrival, "not-joined")[0]


def test_passages_of_two_coders_or_two_documents_never_join(tmp_path: Path) -> None:
    codes = ("CMO/1", "Effect/supports", "Status/supported")
    marks = with_codes(*codes)
    marks[1] = Mark(marks[1].quote, marks[1].codes, coder="ben")
    arrival = arrive(project(tmp_path / "p.qdpx", marks))
    assert claims(arrival) == []
    assert [coding.coder for coding in arrival.sources[0].codings] == ["ana", "ben"]
    marks = [Mark(mark.quote, mark.codes, document=name) for mark, name in zip(with_codes(*codes), "aba", strict=True)]
    assert claims(arrive(project(tmp_path / "p.qdpx", marks, {"a": TEXT, "b": TEXT}))) == []


def test_one_coded_passage_of_two_coders_is_evidence_of_each(tmp_path: Path) -> None:
    codes = ["CMO/1", "Effect/supports", "Status/supported", "Mechanism/trust", "Outcome/practice-change"]
    marks = [Mark("trusted them", codes, coder) for coder in ("ana", "ben")]
    arrival = refi.read(project(tmp_path / "p.qdpx", marks), Lexicon(), {"ana": "coder-1"})
    (source,) = arrival.sources
    assert [(coding.coder, len(coding.claims)) for coding in source.codings] == [("coder-1", 1), ("ben", 1)]
    assert source.codings[0].claims == source.codings[1].claims


def test_of_two_coders_of_one_passage_each_has_only_their_own_codes(tmp_path: Path) -> None:
    codes = ["CMO/1", "Effect/supports", "Status/supported", "Mechanism/trust", "Outcome/practice-change"]
    marks = [Mark("trusted them", [*codes, *(f"{code}@ben" for code in codes[:3]), "Mechanism/mistrust@ben"])]
    arrival = arrive(project(tmp_path / "p.qdpx", [*marks, Mark("Nurses", [], coder="ben")]))
    ana, ben = arrival.sources[0].codings
    assert [mechanism.factor for mechanism in ana.claims[0].mechanisms] == ["trust"]
    assert ben.claims == []
    assert "it has no outcome" in told(arrival, "not-joined")[0]
    assert tallies(arrival)["passages"] == (3, 1, 2)
    assert tallies(arrival)["codes on passages"] == (9, 5, 4)


def test_passages_in_one_sentence_are_offered_and_not_joined(tmp_path: Path) -> None:
    marks = [
        Mark("The grant ended early", ["Context/funding-termination"]),
        Mark("nobody came back", ["Mechanism/trust"]),
        Mark("Nurses", ["Outcome/practice-change"]),
    ]
    arrival = arrive(project(tmp_path / "p.qdpx", marks))
    assert claims(arrival) == []
    (offered,) = told(arrival, "may-belong")
    assert "“The grant ended early”" in offered
    assert "“nobody came back”" in offered
    assert "Nurses" not in offered
    assert len(told(arrival, "not-joined")) == 3


def test_passages_that_overlap_over_the_end_of_a_sentence_are_offered_together(tmp_path: Path) -> None:
    marks = [Mark("them. So records", ["Mechanism/trust"]), Mark("records were shared", ["Outcome/practice-change"]),
             Mark("grant ended", ["Outcome/practice-change"])]  # fmt: skip
    (offered,) = told(arrive(project(tmp_path / "p.qdpx", marks)), "may-belong")
    assert "“them. So records” (Mechanism/trust); “records were shared”" in offered


def test_a_memo_goes_to_the_one_factor_it_can_be_of(tmp_path: Path) -> None:
    marks = with_codes("CMO/1", "Effect/supports", "Status/supported")
    marks[0] = Mark(marks[0].quote, marks[0].codes, memo="said with a smile")
    (claim,) = claims(arrive(project(tmp_path / "p.qdpx", marks)))
    assert claim.mechanisms[0].note == "said with a smile"
    marks[0] = Mark(
        marks[0].quote, [*marks[0].codes, "Context/crisis-urgency"], memo="said with a smile\nstate: absent"
    )
    arrival = arrive(project(tmp_path / "p.qdpx", marks))
    assert claims(arrival)[0].mechanisms[0].note is None
    assert len(told(arrival, "not-kept")) == 2, "the memo and the state could each be of either"


STORY = (
    Mark("Nurses", ["Context/old friends"], memo="claim: 1\nstate: absent\nso they told me"),
    Mark("trusted them", ["Mechanism/trust"], memo="claim: 1\neffect: supports\nstatus: supported"),
    Mark("records were shared", ["Outcome/practice-change"], memo="claim: 1\ndirection: increased"),
)


def test_what_is_said_of_a_code_that_stays_out_is_said_of_no_other_factor(tmp_path: Path) -> None:
    path = project(tmp_path / "p.qdpx", STORY)
    arrival = refi.read(path, Lexicon({("old friends", "context"): "skip"}))
    (claim,) = claims(arrival)
    assert claim.contexts == []
    assert (claim.mechanisms[0].state, claim.mechanisms[0].note) == (None, None)
    assert [item.quote for item in claim.evidence] == ["trusted them", "records were shared"]
    code = "“Context/old friends”"
    assert told(arrival, "not-kept") == [
        f"“state: absent” belongs to {code}, which the map skips; it was left out.",
        f"“note: so they told me” belongs to {code}, which the map skips; it was left out.",
    ]
    assert told(arrival, "not-joined") == [
        "“Nurses” (Context/old friends) is no evidence of claim c1: the map skips every factor that is coded there."
    ]
    assert tallies(arrival)["passages"] == (3, 2, 1)
    assert tallies(arrival)["codes on passages"] == (3, 2, 1)


def test_what_is_said_of_a_code_that_nobody_knows_yet_waits_with_it(tmp_path: Path) -> None:
    marks = [STORY[0], Mark(STORY[1].quote, STORY[1].codes, memo=f"{STORY[1].memo}\nstate: present"), STORY[2]]
    path = project(tmp_path / "p.qdpx", marks)
    (what,) = told(arrive(path), "not-joined")
    assert what == "claim c1 was not made: nobody has said which concept the code “Context/old friends” stands for."
    (claim,) = claims(arrive(path, old_friends="prior-collaboration"))
    assert (claim.contexts[0].state, claim.mechanisms[0].state) == ("absent", "present")
    assert claim.contexts[0].note == "so they told me"


def test_a_passage_with_another_factor_or_with_none_stays_evidence(tmp_path: Path) -> None:
    """A line that could be of the factor that is left out or of the other is of neither."""
    marks = [
        Mark("Nurses", ["Context/old friends", "Context/crisis-urgency"], memo="claim: 1\nstate: absent"),
        *STORY[1:],
        Mark("nobody came back", ["State/low"], memo="claim: 1"),
    ]
    arrival = refi.read(project(tmp_path / "p.qdpx", marks), Lexicon({("old friends", "context"): "skip"}))
    (claim,) = claims(arrival)
    assert len(claim.evidence) == 4
    assert (claim.contexts[0].state, claim.mechanisms[0].state) == (None, None)
    assert told(arrival, "not-kept") == [
        "“state: absent” was left out: it could be said of several factors there, “Context/old friends” or "
        "“Context/crisis-urgency”.",
        "“state: low” was left out: it could be said of no factor that is coded there.",
    ]


def test_a_note_on_a_code_is_of_that_code_and_of_its_claim_only(tmp_path: Path) -> None:
    marks = [
        Mark("trusted them", ["Mechanism/trust", "CMO/1", "CMO/2"], memo="effect: supports\nstatus: supported"),
        Mark("records were shared", ["Outcome/practice-change", "CMO/1", "CMO/2"]),
    ]
    notes, shape = "", {}
    said = {"CMO/1": "layer: participant\na thought", "Mechanism/trust": "they relied on each other"}
    for code, line in said.items():
        ref = f'<CodeRef targetGUID="{guid("code " + code)}"/>'
        note = f'<Note guid="{guid("n " + code)}" name="n"><PlainTextContent>{line}</PlainTextContent></Note>'
        notes += note
        shape[ref] = f'{ref}<NoteRef targetGUID="{guid("n " + code)}"/>'
    path = project(tmp_path / "p.qdpx", marks, more=f"<Notes>{notes}</Notes>", shape=shape)
    arrival = arrive(path)
    one, two = claims(arrival)
    assert [item.layer for item in (*one.evidence, *two.evidence)] == ["participant", "participant", None, None]
    assert {mechanism.note for claim in (one, two) for mechanism in claim.mechanisms} == {"they relied on each other"}
    assert [claim.outcome.note for claim in (one, two)] == [None, None]
    assert set(told(arrival, "not-kept")) == {"“note: a thought” was left out: it cannot be said of the code “CMO/1”."}


def test_a_paragraph_is_counted_from_its_first_word() -> None:
    text = "One.\n\n  Two.\nThree."
    starts = (text.index(word) for word in ("One", "Two", "Three", ".\n\n"))
    assert [refi_passages._paragraph(text, start) for start in starts] == [1, 2, 3, 1]


@pytest.mark.parametrize(
    ("noted", "line", "why"),
    [
        (0, "state: absent", "belongs to “Context/old friends”, which the map skips; it was left out."),
        (1, "direction: increased", "was left out: it cannot be said of the code “Mechanism/trust”."),
    ],
)
def test_a_note_on_a_code_that_cannot_count_is_named(tmp_path: Path, noted: int, line: str, why: str) -> None:
    plain = [Mark(mark.quote, mark.codes, memo=mark.memo.partition("\nstate")[0]) for mark in STORY]
    plain[1] = STORY[1]
    coded = f'<CodeRef targetGUID="{guid("code " + STORY[noted].codes[0])}"/>'
    notes = f'<Notes><Note guid="{guid("n")}" name="n"><PlainTextContent>{line}</PlainTextContent></Note></Notes>'
    shape = {coded: f'{coded}<NoteRef targetGUID="{guid("n")}"/>'}
    path = project(tmp_path / "p.qdpx", plain, more=notes, shape=shape)
    arrival = refi.read(path, Lexicon({("old friends", "context"): "skip"}))
    assert told(arrival, "not-kept") == [f"“{line}” {why}"]
    assert claims(arrival)[0].mechanisms[0].state is None


# Codes


@pytest.mark.parametrize(
    ("names", "role", "wording", "settings"),
    [
        (["Mechanisms", "M: trust"], "mechanism", "trust", ()),
        (["mechanism.trust"], "mechanism", "trust", ()),
        (["M/relational/trust"], "mechanism", "trust", ()),
        (["O", "Equity"], "outcome", "Equity", ()),
        (["Study", "ACTORS", "Nurses"], "actor", "Nurses", ()),
        (["CMO", "1", "Context", "crisis"], "context", "crisis", (("claim", "1"),)),
        (["Mechanism", "Context"], "mechanism", "Context", ()),
        (["Outcome", "Status"], "outcome", "Status", ()),
        (["C. difficile"], "", "C. difficile", ()),
        (["Coke::diet"], "", "Coke::diet", ()),
        (["Effect", "no effect"], "", "", (("effect", "no effect"),)),
        (["Mechanism"], "mechanism", "", ()),
    ],
)
def test_a_code_is_what_its_name_and_place_say(
    names: list[str], role: str, wording: str, settings: tuple[tuple[str, str], ...]
) -> None:
    found = meaning(names)
    assert (found.role, found.wording, found.settings) == (role, wording, settings)


def test_what_people_say_of_a_code_is_followed(tmp_path: Path) -> None:
    marks = with_codes("CMO/1", "Effect/supports", "Status/supported", "Context/weather", "Actor/big wigs")
    path = project(tmp_path / "p.qdpx", marks)
    lexicon = Lexicon({("weather", "context"): "skip", ("big wigs", "actor"): "partnership-leader"})
    arrival = refi.read(path, lexicon)
    (claim,) = claims(arrival)
    assert [context.factor for context in claim.contexts] == ["funding-termination"]
    assert [actor.kind for actor in claim.actors] == ["partnership-leader"]
    assert told(arrival, "skipped") == ["it stays out, as the map says."]
    assert tallies(arrival)["codes on passages"] == (18, 15, 3)


# Cases, documents, users

CASES = """<Variables><Variable guid="{v1}" name="Country" typeOfVariable="Text"/>
<Variable guid="{v2}" name="start" typeOfVariable="Integer"/><Variable guid="{v3}" name="mood" typeOfVariable="Text"/>
</Variables><Cases><Case guid="{c1}" name="Kumi link"><VariableValue><VariableRef targetGUID="{v1}"/>
<TextValue>Uganda; gbr, Atlantis</TextValue></VariableValue><VariableValue><VariableRef targetGUID="{v2}"/>
<IntegerValue>2009</IntegerValue></VariableValue><VariableValue><VariableRef targetGUID="{v3}"/>
<TextValue>good</TextValue></VariableValue><{ref} targetGUID="{target}"/></Case></Cases>"""


def cases_of(ref: str, target: str) -> str:
    return CASES.format(ref=ref, target=target, **{name: guid(name) for name in ("v1", "v2", "v3", "c1")})


@pytest.mark.parametrize("ref", ["SourceRef", "SelectionRef"])
def test_cases_come_with_what_their_variables_say(tmp_path: Path, ref: str) -> None:
    marks = with_codes("CMO/1", "Effect/supports", "Status/supported")
    target = guid("source talk.txt") if ref == "SourceRef" else selection_guid(marks[0])
    arrival = arrive(project(tmp_path / "p.qdpx", marks, cases=cases_of(ref, target)))
    (coding,) = arrival.sources[0].codings
    assert [case.model_dump(exclude_defaults=True) for case in coding.cases] == [
        {"id": "kumi-link", "label": "Kumi link", "countries": ["UGA", "GBR"], "start": 2009}
    ]
    assert coding.claims[0].case == "kumi-link"
    assert any("Atlantis" in what for what in told(arrival, "variable"))
    assert any("“mood”" in what for what in told(arrival, "variable"))
    assert tallies(arrival)["cases"] == (1, 1, 0)


def test_a_document_is_what_a_set_says_and_ids_stay_apart(tmp_path: Path) -> None:
    member = f'<MemberSource targetGUID="{guid("source a b.txt")}"/>'
    sets = f'<Sets><Set guid="{guid("s")}" name="Interviews">{member}</Set></Sets>'
    documents = {"a b.txt": TEXT, "A-B.docx": TEXT, "a-b": TEXT}
    arrival = arrive(project(tmp_path / "p.qdpx", [], documents, more=sets))
    ids = [source.source for source in arrival.sources]
    assert ids[0] == "a-b"
    assert len({name.casefold() for name in ids}) == 3
    assert [source.type for source in arrival.sources] == [
        SourceType.interview,
        SourceType.document,
        SourceType.document,
    ]
    assert ids == [source.source for source in arrive(project(tmp_path / "q.qdpx", [], documents, more=sets)).sources]


@pytest.mark.parametrize(
    ("creator", "creating", "coder"),
    [("", "", "ana"), ("", "ben", "ben"), ("ben", "", "ben"), ("ben", "ana", "ana"), ("ghost", "phantom", "ana")],
)
def test_no_coder_is_invented_where_the_project_names_users(
    tmp_path: Path, creator: str, creating: str, coder: str
) -> None:
    """Of a document without passages: whoever made it, or the project, or else the first user."""
    marks = [Mark("trusted them", ["Mechanism/trust"]), Mark("Nurses", ["Mechanism/trust"], coder="ben")]
    shape = {
        'name="small"': f'name="small" creatingUserGUID="{guid(creator)}"' if creator else 'name="small"',
        'name="bare.txt"': f'name="bare.txt" creatingUser="{guid(creating)}"' if creating else 'name="bare.txt"',
    }
    path = project(tmp_path / "p.qdpx", marks, {"talk.txt": TEXT, "bare.txt": TEXT}, shape=shape)
    talk, bare = arrive(path).sources
    assert [coding.coder for coding in talk.codings] == ["ana", "ben"]
    assert [coding.coder for coding in bare.codings] == [coder]


# Into a folder


def test_a_second_import_changes_nothing(tmp_path: Path) -> None:
    path, into = (
        project(tmp_path / "p.qdpx", with_codes("CMO/1", "Effect/supports", "Status/supported")),
        tmp_path / "mine",
    )
    joined = transaction.join(arrive(path), into)
    assert not joined.refused
    transaction.carry_out(joined, into)
    assert sorted(file.name for file in into.rglob("*") if file.is_file()) == ["talk.txt", "talk.yaml"]
    record = evidence.read(
        Unit(into / "cases" / "talk.yaml", "cases/talk.yaml", 1, (into / "cases" / "talk.yaml").read_bytes())
    )
    assert record.record == arrive(path).sources[0]
    assert {change.change for change in transaction.join(arrive(path), into).changes} == {"unchanged"}


def test_a_project_in_which_nothing_is_joined_does_not_undo_claims_that_stand(tmp_path: Path) -> None:
    into = tmp_path / "mine"
    good = project(tmp_path / "p.qdpx", with_codes("CMO/1", "Effect/supports", "Status/supported"))
    transaction.carry_out(transaction.join(arrive(good), into), into)
    unjoined = project(tmp_path / "q.qdpx", PARTS)
    assert {change.change for change in transaction.join(arrive(unjoined), into).changes} == {"unchanged"}


@pytest.mark.parametrize(("said", "publishable"), [("", False), ("publishable: yes", True), ("publishable: no", False)])
def test_a_document_stays_out_of_exports_until_somebody_says_otherwise(
    tmp_path: Path, said: str, publishable: bool
) -> None:
    into = tmp_path / "evidence"
    path = tmp_path / "ward.qdpx"
    description = f"<Description>{said}</Description>" if said else ""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "project.qde",
            '<Project xmlns="urn:QDA-XML:project:1.0" name="ward"><Sources>'
            '<TextSource guid="a0000000-0000-4000-8000-000000000001" name="ward" plainTextPath="internal://ward.txt">'
            f"{description}</TextSource></Sources></Project>",
        )
        archive.writestr("sources/ward.txt", "We trusted them.")
    arrival = consent.withheld(refi.read(path, Lexicon()))
    assert [source.publishable for source in arrival.sources] == [publishable]
    assert ("consent" in [finding.rule for finding in arrival.findings]) is not bool(said)
    transaction.carry_out(transaction.join(arrival, into), into)
    (file,) = (into / "cases").glob("*.yaml")
    mended = file.read_text(encoding="utf-8").replace("type: document", "type: interview")
    file.write_text(re.sub("publishable: .*", f"publishable: {str(not publishable).lower()}", mended), encoding="utf-8")
    joined = transaction.join(consent.withheld(refi.read(path, Lexicon())), into)
    (change,) = (one for one in joined.changes if one.file.endswith(".yaml"))
    assert "type: interview" in change.after
    now = not said and not publishable  # what the project does not say, the file says; consent is given by hand only
    assert f"publishable: {str(now).lower()}" in change.after
