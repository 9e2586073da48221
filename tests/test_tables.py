"""Tables from elsewhere: each thing that spreadsheets do to evidence is read, or reported at its cell, or refused."""

from __future__ import annotations

import codecs
import datetime
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from kg.errors import EvidenceError, UsageError
from kg.intake import grid, spreadsheet, tables
from kg.intake.markup import BadMarkup, elements
from kg.intake.tables import Book


def csv(folder: Path, text: str | bytes, name: str = "claims.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def xlsx(folder: Path, fill: Callable[[Any], None], name: str = "book.xlsx") -> Path:
    """A workbook with one sheet `claims`, as a function fills it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "claims"
    fill(sheet)
    path = folder / name
    book.save(path)
    return path


def rows_in(*rows: list[Any]) -> Callable[[Any], None]:
    def fill(sheet: Any) -> None:
        for row in rows:
            sheet.append(row)

    return fill


def edited(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """A workbook with one of its parts changed, as other programs or people may have it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = parts[part].decode()
    after = change(before)
    assert after != before
    parts[part] = after.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


SHEET1 = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"


def shared(path: Path) -> Path:
    """A workbook with its texts in a part of their own, as Excel writes them."""
    strings: list[str] = []

    def take(found: re.Match[str]) -> str:
        strings.append(found.group(1))
        return f't="s"><v>{len(strings) - 1}</v>'

    edited(path, SHEET1, lambda text: re.sub(r't="inlineStr"><is>(.*?)</is>', take, text))
    relation = f'<Relationship Id="rId99" Type="{KIND}" Target="sharedStrings.xml"/></Relationships>'
    edited(path, "xl/_rels/workbook.xml.rels", lambda text: text.replace("</Relationships>", relation))
    items = "".join(f"<si>{string}</si>" for string in strings)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(STRINGS, f'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="{MAIN}">{items}</sst>')
    return path


def values(book: Book) -> list[dict[str, str]]:
    return [{heading: cell.text for heading, cell in row.cells.items()} for row in book.sheets[0].rows]


def said(book: Book) -> list[tuple[str, str, str]]:
    return [(finding.severity.value, finding.rule, finding.spot) for finding in book.findings]


def refusal(path: Path, encoding: str | None = None) -> tuple[str, str]:
    with pytest.raises(EvidenceError) as caught:
        tables.read(path, encoding)
    (finding,) = caught.value.findings
    assert finding.file == str(path)
    assert finding.remedy
    return finding.rule, finding.what


# CSV


def test_a_csv_file_is_read_with_the_cell_of_every_value(tmp_path: Path) -> None:
    book = tables.read(csv(tmp_path, 'id,what\nc1,"trust, and\nmore ""trust"""\n\n,\n0012, x \n'))
    assert book.findings == ()
    (sheet,) = book.sheets
    assert (sheet.name, [(one.text, one.column) for one in sheet.headings]) == ("claims", [("id", "A"), ("what", "B")])
    assert [row.number for row in sheet.rows] == [2, 5]
    assert sheet.rows[0].cells["what"] == tables.Cell('trust, and\nmore "trust"', "B2")
    assert sheet.rows[1].cells["id"] == tables.Cell("0012", "A5")
    assert sheet.rows[1].cells["what"].text == " x "


@pytest.mark.parametrize("text", [b"", b"\n\n", b"  \n", codecs.BOM_UTF8, b",,\n;\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: bytes) -> None:
    assert refusal(csv(tmp_path, text)) == ("empty", "the file is empty.")


def test_headings_alone_are_told(tmp_path: Path) -> None:
    book = tables.read(csv(tmp_path, "id,what\n"))
    assert [finding.what for finding in book.findings] == ["the file has headings and 0 rows."]
    assert said(book) == [("warning", "no-rows", "A1")]
    assert book.sheets[0].rows == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, encoding: str) -> None:
    assert values(tables.read(csv(tmp_path, "id,é\nc1,ü😀\n".encode(encoding)))) == [{"id": "c1", "é": "ü😀"}]


def test_a_byte_that_is_not_utf_8_is_named_and_the_encoding_is_asked_for(tmp_path: Path) -> None:
    path = csv(tmp_path, "id,what\nc1,café\n".encode("cp1252"))
    assert refusal(path) == ("encoding", "byte 14 (0xE9, in line 2) is not UTF-8.")
    assert values(tables.read(path, "cp1252")) == [{"id": "c1", "what": "café"}]
    mixed = csv(tmp_path, "id,é\n".encode() + "c1,é\n".encode("latin-1"))
    assert refusal(mixed) == ("encoding", "byte 9 (0xE9, in line 2) is not UTF-8.")


def test_utf_16_that_does_not_say_so_is_recognised(tmp_path: Path) -> None:
    path = csv(tmp_path, "id,what\nc1,x\n".encode("utf-16-le"))
    assert refusal(path) == ("encoding", "the file seems to be UTF-16, and does not say so.")
    assert values(tables.read(path, "utf-16-le")) == [{"id": "c1", "what": "x"}]


@pytest.mark.parametrize("encoding", ["klingon", "base64", "undefined", "utf-16"])
def test_an_encoding_that_is_none_or_not_this_is_no_traceback(tmp_path: Path, encoding: str) -> None:
    with pytest.raises((UsageError, EvidenceError)):
        tables.read(csv(tmp_path, "id\nc1\n"[:-1]), encoding)


def test_control_characters_are_told_at_their_cells(tmp_path: Path) -> None:
    book = tables.read(csv(tmp_path, "id,what\nc1,a\0b\nc2,a\x0bb\nc3,tab\there\n"))
    assert said(book) == [("error", "control-character", "B2"), ("error", "control-character", "B3")]
    assert "U+0000" in book.findings[0].what
    assert values(book)[2] == {"id": "c3", "what": "tab\there"}


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ('id;what\nc1;"a, b"\n', "claims.csv", "a semicolon"),
        ("id\twhat\nc1\ta, b\n", "claims.csv", "a tab"),
        ("id|what\nc1|a, b\n", "claims.csv", None),
        ("sep=|\nid|what\nc1|a, b\n", "claims.csv", "“|”"),
        ('id,what\nc1,"a, b"\n', "claims.tsv", "a comma"),
    ],
)
def test_what_separates_the_cells_is_found_and_told(tmp_path: Path, text: str, name: str, shown: str | None) -> None:
    book = tables.read(csv(tmp_path, text, name))
    if shown is None:  # nothing says so: the row then has more cells than its one heading
        assert said(book) == [("error", "ragged-row", "B2")]
        return
    assert [finding.what for finding in book.findings] == [f"the cells are separated by {shown}."]
    assert values(book) == [{"id": "c1", "what": "a, b"}]


def test_what_is_usual_is_not_told(tmp_path: Path) -> None:
    assert tables.read(csv(tmp_path, "id\twhat\nc1\tx\n", "claims.tsv")).findings == ()


def test_old_and_mixed_line_ends_are_line_ends(tmp_path: Path) -> None:
    assert values(tables.read(csv(tmp_path, "id,what\rc1,x\r\nc2,y\n"))) == [
        {"id": "c1", "what": "x"},
        {"id": "c2", "what": "y"},
    ]


@pytest.mark.parametrize("second", ["what", " What ", "WHAT"])
def test_headings_that_stand_twice_name_both_columns(tmp_path: Path, second: str) -> None:
    book = tables.read(csv(tmp_path, f"id,what,x,{second}\nc1,a,b,c\n"))
    assert said(book) == [("error", "repeated-heading", "D1")]
    assert "two columns, B and D" in book.findings[0].what
    assert values(book) == [{"id": "c1", "what": "a", "x": "b"}]


def test_ragged_rows_are_told(tmp_path: Path) -> None:
    book = tables.read(csv(tmp_path, "a,b,c\n1,2\n1,2,3,4,5\n1,2,3,,\n1,2,3\n"))
    assert said(book) == [("error", "ragged-row", "A2"), ("error", "ragged-row", "D3")]


def test_a_column_without_heading_is_told_once(tmp_path: Path) -> None:
    book = tables.read(csv(tmp_path, "a,,c\n1,2,3\n1,2,3\n"))
    assert said(book) == [("error", "no-heading", "B2")]
    assert values(book) == [{"a": "1", "c": "3"}] * 2


def test_a_quotation_mark_that_nothing_closes_is_told_where_it_opens(tmp_path: Path) -> None:
    book = tables.read(csv(tmp_path, 'id,what\nc1,x\nc2,"y\nc3,z\nc4,z\n'))
    assert said(book) == [("error", "unclosed-quote", "B3")]
    assert "opens in line 3" in book.findings[0].what


def test_lines_within_quotes_count_as_lines(tmp_path: Path) -> None:
    book = tables.read(csv(tmp_path, 'id,what\nc1,"x\ny"\nc2,"z\n'))
    assert said(book) == [("error", "unclosed-quote", "B3")]
    assert "opens in line 4" in book.findings[0].what


def test_one_that_a_later_one_closes_is_told_where_it_opens(tmp_path: Path) -> None:
    book = tables.read(csv(tmp_path, 'id,what\nc1,"x\nc2,"y",\n'))
    assert said(book)[0] == ("error", "unclosed-quote", "B2")
    assert "opens in line 2" in book.findings[0].what


def test_limits_are_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = tables.read(csv(tmp_path, f"id,what\nc1,{'x' * (128 * 1024 + 1)}\nc2,{'x' * 128 * 1024}\n"))
    assert said(book) == [("error", "too-long", "B2")]
    assert "131,073 characters, and may hold 131,072" in book.findings[0].what
    wide = tables.read(csv(tmp_path, ",".join(f"h{at}" for at in range(501)) + "\n"))
    assert said(wide) == [("error", "too-large", "SG1")]
    monkeypatch.setattr(grid, "MOST_ROWS", 3)
    assert said(tables.read(csv(tmp_path, "id\n1\n2\n3\n4\n5\n"))) == [("error", "too-large", "A5")]


def test_two_hundred_thousand_rows_are_read(tmp_path: Path) -> None:
    book = tables.read(csv(tmp_path, "id,what\n" + "c1,x\n" * 200_000))
    assert (len(book.sheets[0].rows), book.findings) == (200_000, ())


# Workbooks


def test_a_workbook_is_read_as_excel_shows_it(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["id", "text", "number", "date", "time", "said", "padded", "tiny"])
        sheet.append(
            ["0012", "=1+1", 12, datetime.date(2026, 1, 31), datetime.datetime(2026, 1, 31, 9, 30), True, 7, 0.1]
        )
        sheet["B2"].data_type = "s"
        sheet["G2"].number_format = "0000"
        sheet["A5"] = " c1\n"
        sheet["C5"] = -0.0000001

    book = tables.read(xlsx(tmp_path, fill))
    first, second = book.sheets[0].rows
    assert {heading: cell.text for heading, cell in first.cells.items()} == {
        "id": "0012",
        "text": "=1+1",
        "number": "12",
        "date": "2026-01-31",
        "time": "2026-01-31T09:30:00",
        "said": "true",
        "padded": "0007",
        "tiny": "0.1",
    }
    assert (second.number, second.cells["id"]) == (5, tables.Cell(" c1\n", "claims!A5"))
    assert second.cells["number"].text == "-1e-07"
    assert said(book) == [("note", "date", "claims!D2")]
    assert book.sheets[0].spot("Q", 7) == "claims!Q7"


def test_a_formula_counts_as_what_it_came_to_and_without_that_it_is_told(tmp_path: Path) -> None:
    path = xlsx(tmp_path, rows_in(["id", "sum"], ["c1", "=1+1"], ["c2", "=1+1"], ["c3", "=A1"]))
    edited(
        path,
        SHEET1,
        lambda text: text.replace("<f>1+1</f><v />", "<f>1+1</f><v>2</v>", 1).replace(
            "<f>1+1</f><v></v>", "<f>1+1</f><v>2</v>", 1
        ),
    )
    book = tables.read(path)
    assert values(book) == [{"id": "c1", "sum": "2"}, {"id": "c2"}, {"id": "c3"}]
    assert said(book) == [("error", "formula", "claims!B3"), ("error", "formula", "claims!B4")]


@pytest.mark.parametrize("shown", ["#REF!", "#N/A", "#DIV/0!", "#NAME?"])
def test_an_error_of_excel_is_told_at_its_cell(tmp_path: Path, shown: str) -> None:
    book = tables.read(xlsx(tmp_path, rows_in(["id", "sum"], ["c1", shown])))
    assert said(book) == [("error", "excel-error", "claims!B2")]
    assert shown in book.findings[0].what


@pytest.mark.parametrize("said_size", ["A1", "A1:B2", "A1:XFD1048576", "nonsense"])
def test_a_wrong_dimension_hides_nothing(tmp_path: Path, said_size: str) -> None:
    path = xlsx(tmp_path, rows_in(["id", "what"], ["c1", "x"], ["c2", "y"]))
    edited(path, SHEET1, lambda text: text.replace('<dimension ref="A1:B3"', f'<dimension ref="{said_size}"'))
    assert [row["id"] for row in values(tables.read(path))] == ["c1", "c2"]


def test_what_is_hidden_is_read_and_told(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        rows_in(["id", "what"], ["c1", "x"], ["c2", "y"], ["c3", "z"])(sheet)
        sheet.row_dimensions[2].hidden = sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        other = sheet.parent.create_sheet("more")
        other.append(["id"])
        other.append(["c4"])
        other.sheet_state = "veryHidden"

    book = tables.read(xlsx(tmp_path, fill))
    assert [row["id"] for row in values(book)] == ["c1", "c2", "c3"]
    assert [sheet.name for sheet in book.sheets] == ["claims", "more"]
    assert sorted(finding.what for finding in book.findings) == [
        "hidden columns of the sheet claims are read all the same, from B on.",
        "hidden rows are read all the same: 2–3.",
        "the sheet more is hidden, and is read all the same.",
    ]


def test_merged_cells_of_a_column_are_each_read_and_others_are_refused(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        rows_in(["id", "source", "what", "more"], ["c1", "s1"], ["c2"], ["c3", "s2", "x"], ["c4", "s3", "y"])(sheet)
        sheet.merge_cells("B2:B3")
        sheet.merge_cells("C4:D4")
        sheet.merge_cells("E1:F9")  # nothing in it

    book = tables.read(xlsx(tmp_path, fill))
    assert [row.get("source") for row in values(book)] == ["s1", "s1", "s2", "s3"]
    assert book.sheets[0].rows[1].cells["source"].spot == "claims!B3"
    assert said(book) == [("error", "merged", "claims!C4"), ("note", "merged", "claims!B2")]
    assert "C4:D4" in book.findings[0].what


@pytest.mark.parametrize("number", [10**15, 12345678901234567890, -(10**19)])
def test_a_number_that_excel_cannot_hold_is_refused(tmp_path: Path, number: int) -> None:
    book = tables.read(xlsx(tmp_path, rows_in(["id", "number"], ["c1", number], ["c2", 999_999_999_999_999])))
    assert said(book) == [("error", "precision", "claims!B2")]
    assert values(book)[1]["number"] == "999999999999999"


def test_dates_count_from_1904_where_the_workbook_does(tmp_path: Path) -> None:
    path = xlsx(tmp_path, rows_in(["id", "date"], ["c1", datetime.date(2026, 1, 31)]))
    assert values(tables.read(path))[0]["date"] == "2026-01-31"
    edited(path, "xl/workbook.xml", lambda text: text.replace("<workbookPr/>", '<workbookPr date1904="1"/>'))
    assert values(tables.read(path))[0]["date"] == "2030-02-01"


def test_a_day_of_strict_workbooks_and_a_percentage_are_what_people_see(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        rows_in(["day", "hour", "share"], [1, 2, 0.2534])(sheet)
        sheet["C2"].number_format = "0%"

    path = xlsx(tmp_path, fill)
    edited(path, SHEET1, lambda text: re.sub(r't="n"><v>1<', 't="d"><v>2026-01-31T00:00:00.000<', text))
    edited(path, SHEET1, lambda text: re.sub(r't="n"><v>2<', 't="d"><v>2026-01-31T09:30:00<', text))
    assert values(tables.read(path)) == [{"day": "2026-01-31", "hour": "2026-01-31T09:30:00", "share": "25.34%"}]


def test_an_impossible_date_is_told(tmp_path: Path) -> None:
    path = xlsx(tmp_path, rows_in(["id", "date"], ["c1", datetime.date(2026, 1, 31)]))
    edited(path, SHEET1, lambda text: text.replace("<v>46053</v>", "<v>1e99</v>"))
    assert said(tables.read(path)) == [("error", "date", "claims!B2")]


def test_escaped_characters_are_characters(tmp_path: Path) -> None:
    path = shared(xlsx(tmp_path, rows_in(["id", "what"], ["c1", "QQ"], ["c2", "PP"])))
    edited(
        path,
        STRINGS,
        lambda text: text.replace("QQ", "_x0041__x000D_\n_x005F_x0041_").replace("PP", "_x0001_"),
    )
    book = tables.read(path)
    assert values(book)[0] == {"id": "c1", "what": "A\n_x0041_"}
    assert said(book) == [("error", "control-character", "claims!B3")]


def test_shared_texts_are_read_whatever_runs_they_are_made_of(tmp_path: Path) -> None:
    path = shared(xlsx(tmp_path, rows_in(["id", "what"], ["c1", " edge "], ["c2", "QQ"])))
    runs = "<r><rPr><b/></rPr><t>bold</t></r><r><t> and not</t></r><rPh><t>aloud</t></rPh>"
    edited(path, STRINGS, lambda text: text.replace("<t>QQ</t>", runs))
    assert values(tables.read(path)) == [{"id": "c1", "what": " edge "}, {"id": "c2", "what": "bold and not"}]
    edited(path, SHEET1, lambda text: text.replace("<v>5</v>", "<v>77</v>"))
    assert said(tables.read(path)) == [("error", "damaged", "claims!B3")]


def test_a_sheet_without_cells_is_passed_over_and_a_workbook_of_such_refused(tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.parent.create_sheet("more").append(["id"])

    assert [sheet.name for sheet in tables.read(xlsx(tmp_path, fill)).sheets] == ["more"]
    assert refusal(xlsx(tmp_path, lambda sheet: None))[0] == "empty"


def test_limits_of_a_sheet_are_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def far(sheet: Any) -> None:
        sheet["A1"] = "id"
        sheet["XFD2"] = "far"

    assert said(tables.read(xlsx(tmp_path, far))) == [("error", "too-large", "claims!SG2")]
    monkeypatch.setattr(grid, "MOST_ROWS", 2)
    assert said(tables.read(xlsx(tmp_path, rows_in(["id"], [1], [2], [3])))) == [("error", "too-large", "claims!A4")]


@pytest.mark.parametrize(
    ("name", "data", "rule", "what"),
    [
        (
            "a.xls",
            tables._OLE + b"x" * 600,
            "other-kind",
            "the file is a workbook of Excel 97–2003, which is not read.",
        ),
        (
            "a.xlsx",
            tables._OLE + b"x" * 600,
            "misnamed",
            "the file is called .xlsx and is an Office file of before 2007.",
        ),
        ("a.xlsx", tables._OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted", "the workbook is encrypted."),
        ("a.xlsm", b"PK\x03\x04", "other-kind", "the file is a workbook that can hold macros, which is not read."),
        ("a.ods", b"PK\x03\x04", "other-kind", "the file is a workbook of OpenDocument, which is not read."),
        ("a.xlsx", b"id,what\n", "misnamed", "the file is called .xlsx and is not a workbook."),
        ("a.csv", b"PK\x03\x04...", "misnamed", "the file is called .csv and is a zip archive."),
        ("a.csv", b"<html><table>", "misnamed", "the file is called .csv and is a web page."),
        ("a.xlsx", b"", "empty", "the file is empty."),
    ],
)
def test_another_kind_of_file_is_refused_by_name(tmp_path: Path, name: str, data: bytes, rule: str, what: str) -> None:
    assert refusal(csv(tmp_path, data, name)) == (rule, what)


def test_a_document_or_a_workbook_with_macros_called_xlsx_is_refused(tmp_path: Path) -> None:
    from docx import Document

    Document().save(str(tmp_path / "a.xlsx"))
    assert refusal(tmp_path / "a.xlsx")[0] == "misnamed"
    path = xlsx(tmp_path, rows_in(["id"], ["c1"]))
    edited(path, "[Content_Types].xml", lambda text: text.replace("sheet.main+xml", "sheet.macroEnabled.main+xml"))
    assert refusal(path) == ("other-kind", "the workbook holds macros; none was run.")


def test_a_wrong_call_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv", csv(tmp_path, "x", "a.docx")):
        with pytest.raises(UsageError):
            tables.read(path)


@pytest.mark.parametrize("part", [SHEET1, STRINGS, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_a_document_type_is_refused_wherever_it_stands(tmp_path: Path, part: str) -> None:
    path = shared(xlsx(tmp_path, rows_in(["id"], ["c1"])))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'

    def change(text: str) -> str:
        head, mark, rest = text.partition("?>")
        return f"{head}{mark}{bomb}{rest}" if mark else bomb + text

    edited(path, part, change)
    rule, what = refusal(path)
    assert (rule, "declares a document type" in what) == ("damaged", True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_document_type_is_refused_before_anything_is_parsed(encoding: str) -> None:
    with pytest.raises(BadMarkup, match="declares a document type"):
        list(elements("<!DOCTYPE x [ this is no declaration ]> nor is this an element".encode(encoding), "x"))


def test_a_document_type_in_an_encoding_of_its_own_is_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path, rows_in(["id"], ["c1"]))
    hidden = '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x [+ADwAIQ-ENTITY a "b"+AD4]+AD4'
    edited(path, SHEET1, lambda text: hidden + text)
    assert refusal(path)[0] == "damaged"


def test_a_bomb_and_a_name_that_climbs_are_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path, rows_in(["id"], ["c1"]))
    edited(path, SHEET1, lambda text: text.replace("</worksheet>", " " * 5_000_000 + "</worksheet>"))
    assert refusal(path)[0] == "archive"
    path = xlsx(tmp_path, rows_in(["id"], ["c1"]))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../evil.xml", "x")
    assert refusal(path)[0] == "archive"


def test_a_sheet_that_is_missing_is_told(tmp_path: Path) -> None:
    path = xlsx(tmp_path, rows_in(["id"], ["c1"]))
    edited(path, "xl/_rels/workbook.xml.rels", lambda text: text.replace("sheet1.xml", "sheet9.xml"))
    assert said(tables.read(path)) == [("error", "damaged", "claims!A1")]


def test_two_readers_agree(tmp_path: Path) -> None:
    chosen = random.Random(7)
    words = ["trust", "ünïcode 😀", "two\nlines", " edge ", "_x0041_x", "'quoted'", 3, 2.5, True, None, None]

    def fill(sheet: Any) -> None:
        sheet.append([f"h{at}" for at in range(12)])
        for _ in range(200):
            sheet.append([chosen.choice(words) for _ in range(12)])

    path = xlsx(tmp_path, fill)
    ours = {cell.spot: cell.text for row in tables.read(path).sheets[0].rows for cell in row.cells.values()}
    theirs = {
        f"claims!{cell.coordinate}": str(cell.value).lower() if isinstance(cell.value, bool) else str(cell.value)
        for row in load_workbook(path)["claims"].iter_rows(min_row=2)
        for cell in row
        if cell.value is not None
    }
    assert {spot: text for spot, text in ours.items() if "x0041" not in theirs[spot]} == {
        spot: text for spot, text in theirs.items() if "x0041" not in text
    }
    assert ours.keys() == theirs.keys()


# Whatever is done to a file, it is read, or what is wrong with it is told

CSV = 'id,what,"how much"\nc1,"trust, and\nmore",3\nc2,"a ""b""",\nc3,ü😀,9\n'.encode()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    def fill(sheet: Any) -> None:
        rows_in(["id", "what", "date"], ["c1", "trust", datetime.date(2026, 1, 31)], ["c2", "=1+1", 2.5])(sheet)
        sheet.merge_cells("A5:A6")

    return shared(xlsx(tmp_path_factory.mktemp("sound"), fill)).read_bytes()


def readable(path: Path) -> None:
    refused: EvidenceError | None = None
    sheets: tuple[tables.Sheet, ...] = ()
    try:
        sheets = tables.read(path).sheets
    except EvidenceError as error:
        refused = error
    assert refused is None or (refused.findings and all(finding.what for finding in refused.findings))
    for sheet in sheets:
        spots = [cell.spot for row in sheet.rows for cell in row.cells.values()]
        assert len(spots) == len(set(spots))


def damaged(data: st.DataObject, sound: bytes) -> bytes:
    """Bytes that are cut off, or of which some are changed."""
    found = bytearray(sound[: data.draw(st.integers(0, len(sound)))] if data.draw(st.booleans()) else sound)
    for at, byte in data.draw(
        st.lists(st.tuples(st.integers(0, max(len(found) - 1, 0)), st.integers(0, 255)), max_size=6)
    ):
        if found:
            found[at] = byte
    return bytes(found)


FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@FUZZ
@given(data=st.data())
def test_a_damaged_csv_file_is_read_or_told(tmp_path: Path, data: st.DataObject) -> None:
    readable(csv(tmp_path, damaged(data, CSV)))


@FUZZ
@given(text=st.text(alphabet='a,;"\n\t\r é\0', max_size=60))
def test_any_text_is_read_or_told(tmp_path: Path, text: str) -> None:
    readable(csv(tmp_path, text))


@FUZZ
@given(data=st.data())
def test_a_damaged_workbook_is_read_or_told(tmp_path: Path, sound: bytes, data: st.DataObject) -> None:
    readable(csv(tmp_path, damaged(data, sound), "a.xlsx"))


@FUZZ
@given(
    data=st.data(),
    part=st.sampled_from([SHEET1, STRINGS, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]),
)
def test_a_workbook_with_a_damaged_part_is_read_or_told(
    tmp_path: Path, sound: bytes, data: st.DataObject, part: str
) -> None:
    """The archive is sound and what is in it is not, which is as far as most damage to a whole file never comes."""
    path = csv(tmp_path, sound, "a.xlsx")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts[part].decode()
    wanted = data.draw(st.sampled_from(sorted(set(re.findall(r'"[^"]*"|>[^<]+<|</?[a-z]+', text)))))
    other = data.draw(
        st.sampled_from(
            [
                '"-1"',
                '"99999999999"',
                '"é"',
                '""',
                ">1e999<",
                ">nan<",
                ">-5<",
                "><",
                "<x",
                "",
                '"A0"',
                '"s"',
                '"e"',
                '"d"',
            ]
        )
    )
    parts[part] = text.replace(wanted, other, data.draw(st.integers(1, 3))).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, held in parts.items():
            archive.writestr(name, held)
    readable(path)


def test_spreadsheet_knows_its_limit() -> None:
    assert spreadsheet.MOST_BYTES == 300_000_000
    assert [grid.letters(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(grid.position_of(grid.letters(at)) == at for at in range(2000))
    assert [grid.position_of(name) for name in ("", "1", "É", "ABCD")] == [-1, -1, -1, -1]
