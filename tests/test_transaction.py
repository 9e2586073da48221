"""Imports are transactions: all of a file or nothing, nothing overwritten silently, twice the same changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kg import evidence
from kg.errors import Failure, UsageError
from kg.findings import Finding, Severity
from kg.intake import transaction
from kg.intake.arrival import Arrival, Manner, Tally
from kg.intake.transaction import Change, carry_out, join
from kg.records import Source, Studies
from tests.conftest import SHIPPED, TINY


def source(name: str = "bora2024", coder: str = "ada", claims: tuple[str, ...] = ("c1",), **slots: Any) -> Source:
    made = [
        {
            "id": claim,
            "mechanisms": [{"factor": "trust"}],
            "outcome": {"factor": "equity"},
            "effect": "supports",
            "status": "supported",
            "evidence": [{"locator": "p. 1"}],
        }
        for claim in claims
    ]
    codings = [{"coder": coder, "claims": made}]
    return Source.model_validate({"source": name, "type": "journal-article", "codings": codings, **slots})


def spoken(start: int = 3, **slots: Any) -> Source:
    told = source("talk", type="interview", document="talk.txt", **slots).model_dump(mode="json", exclude_none=True)
    told["codings"][0]["claims"][0]["evidence"][0] |= {"quote": "trust", "selector": {"start": start, "end": start + 5}}
    return Source.model_validate(told)


def arrival(*sources: Source, manner: Manner = Manner.update, **rest: Any) -> Arrival:
    return Arrival("in.xlsx", manner, sources, **rest)


def bring(arrived: Arrival, into: Path) -> dict[str, Change]:
    joined = join(arrived, into)
    carry_out(joined, into)
    return {change.file: change.change for change in joined.changes}


def record(into: Path, file: str) -> Source:
    reading = evidence.read(next(unit for unit in evidence.find_units(into)[0] if unit.file == file))
    assert isinstance(reading.record, Source)
    return reading.record


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_new_records_become_files_where_they_belong(tmp_path: Path) -> None:
    into = tmp_path / "evidence"
    interview = source("talk", type="interview", document="talk.txt")
    studies = Studies.model_validate({"studies": [{"id": "s", "label": "One study"}]})
    changes = bring(arrival(source(), interview, documents={"talk": "Hello.\n"}, studies=studies), into)
    assert changes == {
        "sources/bora2024.yaml": Change.added,
        "cases/talk.yaml": Change.added,
        "cases/talk.txt": Change.added,
        "studies.yaml": Change.added,
    }
    assert record(into, "sources/bora2024.yaml") == source()
    assert (into / "cases" / "talk.txt").read_text(encoding="utf-8") == "Hello.\n"
    assert sorted(files(into)) == sorted(changes)


def test_twice_the_same_changes_nothing(tmp_path: Path) -> None:
    into = tmp_path / "evidence"
    arrived = arrival(source(title="A"), source("talk", type="interview", document="talk.txt"), documents={"talk": "x"})
    bring(arrived, into)
    before = {path: path.stat().st_mtime_ns for path in into.rglob("*")}
    assert set(bring(arrived, into).values()) == {Change.unchanged}
    assert {path: path.stat().st_mtime_ns for path in into.rglob("*")} == before


def test_the_shipped_evidence_brought_into_itself_changes_nothing(tmp_path: Path) -> None:
    readings = [evidence.read(unit).record for unit in evidence.find_units(SHIPPED)[0]]
    sources = tuple(one for one in readings if isinstance(one, Source))
    for manner in Manner:
        joined = join(arrival(*sources, manner=manner), SHIPPED)
        assert {change.change for change in joined.changes} == {Change.unchanged}
        assert joined.findings == ()


def test_update_takes_what_has_its_id_and_keeps_the_rest(tmp_path: Path) -> None:
    bring(arrival(source(claims=("c1", "c2"), title="Old", year=2024)), tmp_path)
    newer = source(claims=("c2", "c3"), title="New")
    joined = join(arrival(newer), tmp_path)
    carry_out(joined, tmp_path)
    found = record(tmp_path, "sources/bora2024.yaml")
    assert (found.title, found.year) == ("New", 2024)
    assert [claim.id for claim in found.codings[0].claims] == ["c1", "c2", "c3"]
    (change,) = joined.changes
    assert ("title: Old" in change.before, "title: New" in change.after) == (True, True)


def test_another_coder_stands_beside_the_first(tmp_path: Path) -> None:
    bring(arrival(source()), tmp_path)
    bring(arrival(source(coder="bo")), tmp_path)
    assert [coding.coder for coding in record(tmp_path, "sources/bora2024.yaml").codings] == ["ada", "bo"]


def test_replacing_takes_the_place_of_the_whole_coding_of_that_coder_only(tmp_path: Path) -> None:
    bring(arrival(source(claims=("c1", "c2"))), tmp_path)
    bring(arrival(source(coder="bo")), tmp_path)
    bring(arrival(source(claims=("c2",)), manner=Manner.replace_codings), tmp_path)
    ada, bo = record(tmp_path, "sources/bora2024.yaml").codings
    assert ([claim.id for claim in ada.claims], [claim.id for claim in bo.claims]) == (["c2"], ["c1"])


def test_filling_fills_what_is_empty_and_reports_what_differs(tmp_path: Path) -> None:
    bring(arrival(source(title="Ours", year=2024)), tmp_path)
    joined = join(arrival(source(title="Theirs", doi="10.1000/x", year=2024), manner=Manner.fill), tmp_path)
    carry_out(joined, tmp_path)
    found = record(tmp_path, "sources/bora2024.yaml")
    assert (found.title, found.doi, found.year) == ("Ours", "10.1000/x", 2024)
    assert [(one.severity, one.rule, one.subject, one.what) for one in joined.findings] == [
        (Severity.warning, "conflict", "bora2024", "title is “Theirs” here and “Ours” in the record, which was kept.")
    ]


def test_an_error_keeps_everything_out(tmp_path: Path) -> None:
    fault = Finding(Severity.error, "cell", "in.xlsx", None, "no", spot="claims!D12")
    assert join(arrival(source(), findings=(fault,)), tmp_path).refused
    dangling = source().model_copy(update={"codings": source().codings * 2})  # one coder twice
    joined = join(arrival(source("other2020"), dangling), tmp_path)
    assert joined.refused
    assert [(one.rule, one.file, one.spot) for one in joined.findings] == [("repeated-id", "in.xlsx", "bora2024")]
    assert files(tmp_path) == {}


def test_a_quote_is_checked_against_the_document_that_arrives_with_it(tmp_path: Path) -> None:
    right = spoken()
    assert not join(arrival(right, documents={"talk": "We trust."}), tmp_path).refused
    wrong = join(arrival(right, documents={"talk": "We  trust."}), tmp_path)
    assert [(one.rule, one.remedy) for one in wrong.findings] == [("selector", "The quote stands at 4 to 9.")]


def test_a_newer_text_must_hold_every_quote_that_stands(tmp_path: Path) -> None:
    bring(arrival(spoken(), documents={"talk": "We trust."}), tmp_path)
    before = files(tmp_path)
    for newer in (spoken(), spoken(coder="bo", start=4)):
        joined = join(arrival(newer, documents={"talk": "We  trust."}), tmp_path)
        assert [(one.rule, one.severity) for one in joined.findings] == [("selector", Severity.error)]
    assert files(tmp_path) == before


def test_a_text_without_a_record_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "talk.txt").write_text("Of somebody else.", encoding="utf-8")
    joined = join(arrival(spoken(), documents={"talk": "We trust."}), tmp_path)
    assert [one.what for one in joined.findings] == [
        f"{tmp_path / 'cases' / 'talk.txt'} stands already, with another text, and no record is beside it."
    ]
    assert joined.refused


@pytest.mark.parametrize("file", ["../out.yaml", "/tmp/out.yaml", "sources/../../out.yaml"])
def test_a_plan_that_leads_outside_of_the_folder_is_refused(tmp_path: Path, file: str) -> None:
    into = tmp_path / "evidence"
    (into / transaction.STAGE).mkdir(parents=True)
    (into / transaction.STAGE / transaction.PLAN).write_text(json.dumps([file]), encoding="utf-8")
    with pytest.raises(Failure, match="is no plan of an import"):
        transaction.resume(into)


def test_ids_that_differ_in_capitals_only_are_refused(tmp_path: Path) -> None:
    bring(arrival(source()), tmp_path)
    joined = join(arrival(source("Bora2024"), source("Other"), source("other")), tmp_path)
    assert [one.what.partition(":")[0] for one in joined.findings] == [
        "Bora2024 and bora2024 differ in nothing but capitals",
        "other and Other differ in nothing but capitals",
    ]


def test_what_is_hidden_is_no_record_that_stands(tmp_path: Path) -> None:
    bring(arrival(source()), tmp_path / ".old")
    assert bring(arrival(source()), tmp_path) == {"sources/bora2024.yaml": Change.added}
    (tmp_path / "sources" / "bora2024.yaml").rename(tmp_path / "sources" / "bora2024.YAML")
    assert bring(arrival(source()), tmp_path) == {"sources/bora2024.YAML": Change.unchanged}


def test_a_file_that_has_errors_is_left_alone_and_named(tmp_path: Path) -> None:
    bring(arrival(source()), tmp_path)
    path = tmp_path / "sources" / "bora2024.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("trust", "trsut"), encoding="utf-8")
    before = files(tmp_path)
    joined = join(arrival(source(title="New")), tmp_path)
    assert [one.rule for one in joined.findings] == ["record-stands"]
    assert str(path) in joined.findings[0].remedy
    assert files(tmp_path) == before


def test_comments_that_would_be_lost_are_named(tmp_path: Path) -> None:
    bring(arrival(source()), tmp_path)
    path = tmp_path / "sources" / "bora2024.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# see the notebook\n", encoding="utf-8")
    assert [one.rule for one in join(arrival(source()), tmp_path).findings] == []
    (note,) = join(arrival(source(title="New")), tmp_path).findings
    assert (note.severity, note.rule) == (Severity.note, "comment")
    assert "“# see the notebook”" in note.what


def test_a_source_in_a_bulk_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bulk.jsonl").write_text(json.dumps({"source": "bora2024", "type": "report"}) + "\n", encoding="utf-8")
    joined = join(arrival(source()), tmp_path)
    assert [(one.rule, "bulk.jsonl" in one.what) for one in joined.findings] == [("record-stands", True)]


@pytest.mark.parametrize("folder", ["judgements", "queue"])
def test_a_file_of_judgements_or_words_is_not_a_source_of_its_name(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "bora2024.yaml").write_text("judge: bora2024\nname: B\n", encoding="utf-8")
    assert bring(arrival(source()), tmp_path) == {"sources/bora2024.yaml": Change.added}


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "studies", "theories"])
def test_a_source_whose_id_is_no_name_for_its_file_is_refused(tmp_path: Path, name: str) -> None:
    shutil.copytree(TINY, tmp_path / "evidence")
    joined = join(arrival(source(name)), tmp_path / "evidence")
    assert joined.refused
    assert [change for change in joined.changes if change.change != Change.unchanged] == []


def test_a_file_instead_of_a_folder_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="is a file: name the evidence folder"):
        join(arrival(source()), tmp_path / "x")


def test_nothing_is_counted_twice_or_lost() -> None:
    Tally("claims", 3, 2, 1)
    with pytest.raises(AssertionError, match=r"claims: 3 ≠ 2 \+ 2"):
        Tally("claims", 3, 2, 2)


# Cut off, refused, at once

KILLED = """
import os, signal, sys
from pathlib import Path
from kg.intake import transaction
from tests.test_transaction import arrival, bring, source

steps = int(sys.argv[2])
real = os.replace
def replace(*arguments):
    global steps
    if steps == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    steps -= 1
    real(*arguments)
transaction.os.replace = replace
bring(arrival(source(), source("zola2024"), source("yara2024")), Path(sys.argv[1]))
"""


@pytest.mark.parametrize("steps", range(5))
def test_a_killed_import_leaves_nothing_or_a_plan_that_the_next_one_carries_out(tmp_path: Path, steps: int) -> None:
    into = tmp_path / "evidence"
    shutil.copytree(TINY, into)
    before = files(into)
    done = subprocess.run([sys.executable, "-c", KILLED, str(into), str(steps)], env={**os.environ})
    assert done.returncode == (-signal.SIGKILL if steps < 4 else 0)
    if steps == 0:  # before the point of no return
        assert not transaction.cut_off(into)
        assert {name: data for name, data in files(into).items() if not name.startswith(".import/")} == before
    elif steps < 4:
        assert transaction.cut_off(into)
        with pytest.raises(UsageError, match="was cut off: run it again"):
            evidence.find_units(into)
    assert transaction.finish(into) is (0 < steps < 4)
    new = {f"sources/{name}2024.yaml" for name in ("bora", "zola", "yara")} if steps else set()
    assert set(files(into)) == set(before) | new
    assert len(evidence.find_units(into)[0]) == len([name for name in before if name.endswith(".yaml")]) + len(new)


def test_a_folder_that_cannot_be_written_is_a_failure_and_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(arrival(source()), tmp_path)
    before = files(tmp_path)
    written: list[Path] = []

    def full(path: Path, text: str) -> None:
        if written:
            raise OSError(28, "No space left on device")
        written.append(path)

    monkeypatch.setattr(transaction, "_write", full)
    with pytest.raises(Failure, match="nothing was imported"):
        bring(arrival(source(title="New"), source("zola2024")), tmp_path)
    assert files(tmp_path) == before


def test_two_imports_at_once_the_second_is_told(tmp_path: Path) -> None:
    with transaction._alone_in(tmp_path), pytest.raises(UsageError, match="is under way: wait"):
        carry_out(join(arrival(source()), tmp_path), tmp_path)


def test_every_field_of_a_source_can_be_updated(tmp_path: Path) -> None:
    slots: dict[str, Any] = {
        "title": "T", "authors": ["A, B"], "year": 2020, "journal": "J", "doi": "10.1000/x", "pmid": "1",
        "pmcid": "PMC1", "url": "https://example.org", "design": "survey", "study": "s", "publishable": False,
    }  # fmt: skip
    assert set(slots) == set(Source.model_fields) - {"source", "type", "document", "codings"}
    bring(arrival(source()), tmp_path)
    bring(arrival(source(**slots)), tmp_path)
    assert record(tmp_path, "sources/bora2024.yaml") == source(**slots)


def test_consent_is_withdrawn_by_an_import_and_given_by_hand_only(tmp_path: Path) -> None:
    bring(arrival(source(publishable=True)), tmp_path)
    bring(arrival(source(publishable=False)), tmp_path)
    assert record(tmp_path, "sources/bora2024.yaml").publishable is False
    joined = join(arrival(source(publishable=True)), tmp_path)
    carry_out(joined, tmp_path)
    assert record(tmp_path, "sources/bora2024.yaml").publishable is False
    assert [one.what for one in joined.findings] == [
        "publishable is “true” here and “false” in the record, which was kept."
    ]


def test_what_is_assumed_fills_what_is_empty_only(tmp_path: Path) -> None:
    bring(arrival(source()), tmp_path)
    assumed = arrival(source(publishable=False), assumed=frozenset({("bora2024", "publishable")}))
    bring(assumed, tmp_path)
    assert record(tmp_path, "sources/bora2024.yaml").publishable is False


def test_claims_that_a_newer_coding_does_not_have_are_named_as_they_go(tmp_path: Path) -> None:
    bring(arrival(source(claims=("c1", "c2"))), tmp_path)
    (finding,) = join(arrival(source(claims=("c1",)), manner=Manner.replace_codings), tmp_path).findings
    assert (finding.severity, finding.rule) == (Severity.warning, "taken-out")
    assert finding.what == "c2 of ada cannot be made of this file any longer: taken out of the record."


def test_what_somebody_writes_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    bring(arrival(source()), tmp_path)
    joined = join(arrival(source(title="New")), tmp_path)
    path = tmp_path / "sources" / "bora2024.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    before = files(tmp_path)
    with pytest.raises(Failure, match="was changed while the import was under way"):
        carry_out(joined, tmp_path)
    assert files(tmp_path) == before
