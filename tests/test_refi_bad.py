"""Projects, codebooks and highlights that are broken or mean harm: refused or reported, never a traceback."""

from __future__ import annotations

import io
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from kg.errors import EvidenceError, KgError
from kg.findings import Finding
from kg.intake.arrival import Arrival
from kg.intake.lexicon import Lexicon
from kg.intake.qda import codebook, highlights, refi, xml_document
from tests.qda import REAL, TEXT, Mark, guid, project

PARTS = [
    Mark("trusted them", ["Mechanism/trust", "CMO/1", "Effect/supports", "Status/supported"]),
    Mark("records were shared", ["Outcome/practice-change", "CMO/1"]),
]


def refused(path: Path) -> tuple[Finding, ...]:
    with pytest.raises(EvidenceError) as caught:
        refi.read(path, Lexicon())
    return caught.value.findings


def packed(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_what_is_no_project_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.qdpx").write_bytes(b"")
    assert "cannot be opened as a zip archive" in refused(tmp_path / "a.qdpx")[0].what
    (finding,) = refused(packed(tmp_path / "b.qdpx", {"sources/a.txt": b"x"}))
    assert (finding.rule, finding.what) == ("no-project", "there is no project.qde in it, but sources/a.txt.")
    (finding,) = refused(packed(tmp_path / "c.qdpx", {"project.qde": b"<CodeBook/>"}))
    assert "is a CodeBook, not a Project" in finding.what
    (finding,) = refused(packed(tmp_path / "d.qdpx", {"project.qde": b"<Project>\n<Users></Project>"}))
    assert "not well-formed in line 2" in finding.what
    with pytest.raises(KgError, match="cannot be read"):
        refi.read(tmp_path / "absent.qdpx", Lexicon())


def test_tools_may_write_in_their_own_way(tmp_path: Path) -> None:
    """Capitals, braces, a byte order mark, paths without a scheme, a folder around it all: as the plain project."""
    plain = refi.read(project(tmp_path / "p.qdpx", PARTS), Lexicon())
    with zipfile.ZipFile(tmp_path / "p.qdpx") as archive:
        xml = archive.read("project.qde").decode()
        text = archive.read(f"sources/{guid('talk.txt')}.txt")
    for name in (*(f"code {code}" for code in ("Mechanism/trust", "CMO/1")), "ana"):
        xml = xml.replace(f'guid="{guid(name)}"', f'guid="{{{guid(name).upper()}}}"')
    xml = xml.replace("internal://", "texts\\")
    entries = {
        "Study/Project.QDE": b"\xef\xbb\xbf" + xml.encode(),
        f"Study/Sources/{guid('talk.txt').upper()}.TXT": text,
    }
    odd = refi.read(packed(tmp_path / "q.qdpx", entries), Lexicon())
    assert (odd.sources, odd.documents, odd.tallies) == (plain.sources, plain.documents, plain.tallies)
    assert len(plain.sources[0].codings[0].claims) == 1


def test_a_text_that_is_not_there_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = project(
        tmp_path / "p.qdpx", PARTS, {"talk.txt": TEXT, "gone.txt": TEXT}, shape={guid("gone.txt"): "nowhere"}
    )
    arrival = refi.read(path, Lexicon())
    (finding,) = [finding for finding in arrival.findings if finding.rule == "no-text"]
    assert (finding.spot, finding.subject) == ("sources/nowhere.txt", "gone.txt")
    assert [len(source.codings[0].claims) for source in arrival.sources] == [1]


def test_a_text_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = project(tmp_path / "p.qdpx", [], {"talk.txt": b"caf\xc3\xa9"})
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("project.qde")
    name = f"sources/{guid('talk.txt')}.txt"
    arrival = refi.read(packed(tmp_path / "q.qdpx", {"project.qde": xml, name: b"caf\xe9"}), Lexicon())
    assert [finding.what for finding in arrival.findings if finding.rule == "no-text"] == [
        f"the text of “talk.txt” cannot be read: {name}: byte 3 of it is no UTF-8."
    ]


def test_a_bad_guid_and_one_of_two_codes_are_errors_that_name_the_code(tmp_path: Path) -> None:
    shape = {
        f'guid="{guid("code CMO/1")}"': 'guid="17"',
        f'guid="{guid("code Effect/supports")}"': f'guid="{guid("ana")}"',
        f'guid="{guid("code Status/supported")}"': f'guid="{guid("ana")}"',
    }
    arrival = refi.read(project(tmp_path / "p.qdpx", PARTS, shape=shape), Lexicon())
    assert [error.what for error in arrival.errors] == [
        "Code “CMO/1” has the GUID “17”, which is none.",
        f"Code “Status/supported” has the GUID {guid('ana')}, which another code has.",
    ]
    assert [finding.rule for finding in arrival.findings].count("schema") == 1


def test_a_code_that_the_codebook_does_not_have_is_reported(tmp_path: Path) -> None:
    shape = {f'CodeRef targetGUID="{guid("code CMO/1")}"': f'CodeRef targetGUID="{guid("nothing")}"'}
    arrival = refi.read(project(tmp_path / "p.qdpx", PARTS, shape=shape), Lexicon())
    assert arrival.sources[0].codings[0].claims == []
    assert len([finding for finding in arrival.findings if finding.rule == "code"]) == 2


# Harm

BOMB = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
XXE = '<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE b SYSTEM "http://127.0.0.1:9/x.dtd">'


@pytest.mark.parametrize("doctype", [BOMB, XXE, REMOTE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("before", ["", "\ufeff", '<?xml version="1.0"?>\n', "<!-- <a> -->\n<?pi x?>"])
def test_a_doctype_is_refused_before_anything_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doctype: str, encoding: str, before: str
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was parsed, or the network was asked")

    monkeypatch.setattr(etree, "fromstring", never)
    monkeypatch.setattr(socket, "socket", never)
    data = f'{before}{doctype}<Project xmlns="urn:QDA-XML:project:1.0">&a;</Project>'.encode(encoding)
    assert [finding.rule for finding in refused(packed(tmp_path / "p.qdpx", {"project.qde": data}))] == ["doctype"]
    (tmp_path / "c.qdc").write_bytes(data)
    with pytest.raises(EvidenceError) as caught:
        codebook.read(tmp_path / "c.qdc", Lexicon())
    assert [finding.rule for finding in caught.value.findings] == ["doctype"]


def test_an_encoding_that_could_hide_a_doctype_is_refused(tmp_path: Path) -> None:
    data = b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE b><Project/>'
    (finding,) = refused(packed(tmp_path / "p.qdpx", {"project.qde": data}))
    assert (finding.rule, "utf-7" in finding.what) == ("encoding", True)


def test_an_entity_that_is_nowhere_defined_stands_for_nothing(tmp_path: Path) -> None:
    (finding,) = refused(packed(tmp_path / "p.qdpx", {"project.qde": b"<Project>&passwd;</Project>"}))
    assert "not well-formed" in finding.what


@pytest.mark.parametrize("depth", [300, 100_000])
def test_xml_a_hundred_thousand_deep_is_refused(depth: int) -> None:
    data = b"<Project>" + b"<Code>" * depth + b"</Code>" * depth + b"</Project>"
    with pytest.raises(EvidenceError) as caught:
        xml_document.parse(data, "p.qdpx")
    assert [finding.rule for finding in caught.value.findings] == ["xml"]


def test_a_bomb_and_names_that_climb_out_are_refused(tmp_path: Path) -> None:
    bomb = packed(tmp_path / "p.qdpx", {"project.qde": b"<Project/>", "sources/a.txt": bytes(20_000_000)})
    assert "times its size" in refused(bomb)[0].what
    climbing = packed(tmp_path / "q.qdpx", {"project.qde": b"<Project/>", "../sources/a.txt": b"x"})
    assert "leads out of the archive" in refused(climbing)[0].what
    assert not (tmp_path.parent / "sources").exists()


@pytest.mark.parametrize(
    "path", ["internal://../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "relative:///a.txt"]
)
def test_a_path_to_a_text_never_leads_out_of_the_archive(tmp_path: Path, path: str) -> None:
    shape = {f"internal://{guid('talk.txt')}.txt": path}
    arrival = refi.read(project(tmp_path / "p.qdpx", PARTS, shape=shape), Lexicon())
    assert arrival.sources == ()
    assert [finding.rule for finding in arrival.findings].count("no-text") == 1


# Fuzz

SEEDS = {path.name: path.read_bytes() for path in REAL.iterdir() if path.suffix in (".qdpx", ".qdc", ".csv")}
READERS: dict[str, Callable[[Path, Lexicon], Arrival]] = {
    ".qdpx": refi.read, ".qdc": codebook.read, ".csv": highlights.read,
}  # fmt: skip


def xml_of(data: bytes) -> tuple[str, bytes, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next(name for name in archive.namelist() if name.lower().endswith(".qde"))
        return name, archive.read(name), {other: archive.read(other) for other in archive.namelist() if other != name}


def mutated(data: bytes, draw: st.DataObject) -> bytes:
    """A file with some bytes replaced, cut out or doubled, or its end cut off."""
    for _ in range(draw.draw(st.integers(1, 4))):
        start = draw.draw(st.integers(0, max(len(data) - 1, 0)))
        end = min(len(data), start + draw.draw(st.integers(0, 60)))
        put = draw.draw(st.sampled_from([
            b"", b"\x00", b"<", b'"', b"&#0;", b"\xff", b"-1", b"99999999999999999999", b"true", b"claim: 1", b"\r",
            b'"}', data[start:end] * 2, b"<Code guid='x' name='CMO/1'/>", "😀".encode(), b",",
        ]))  # fmt: skip
        data = data[:start] + put + data[end:]
    return data[: draw.draw(st.integers(0, len(data)))] if draw.draw(st.integers(0, 5)) == 0 else data


@pytest.mark.parametrize("name", sorted(SEEDS))
@given(draw=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_that_were_changed_give_findings_and_never_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, name: str, draw: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz-{name}"
    path.write_bytes(mutated(SEEDS[name], draw))
    judge(path)


@given(draw=st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("name", [*sorted(name for name in SEEDS if name.endswith(".qdpx")), "own"])
def test_xml_that_was_changed_gives_findings_and_never_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, name: str, draw: st.DataObject
) -> None:
    base = tmp_path_factory.getbasetemp()
    if name == "own":
        member = f'<MemberSource targetGUID="{guid("source talk.txt")}"/>'
        data = project(
            base / "seed.qdpx", PARTS, more=f'<Sets><Set guid="{guid("s")}" name="x">{member}</Set></Sets>'
        ).read_bytes()
    else:
        data = SEEDS[name]
    entry, xml, others = xml_of(data)
    judge(packed(base / f"xml-{name}.qdpx", {entry: mutated(xml, draw), **others}))


def judge(path: Path) -> None:
    try:
        arrival = READERS[path.suffix](path, Lexicon())
    except EvidenceError as error:
        findings: tuple[Finding, ...] = error.findings
    else:
        findings = arrival.findings
        for source in arrival.sources:
            text = arrival.documents.get(source.source)
            for coding in source.codings:
                for claim in coding.claims:
                    for item in claim.evidence:
                        if item.selector is not None:
                            assert text is not None
                            assert text[item.selector.start : item.selector.end] == item.quote
    assert all(finding.what and finding.file for finding in findings)
