"""Indicators from services and files: every value is kept as it is or counted, and nothing else comes of it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from kg import scheme
from kg.cli import linking_indicators
from kg.errors import Failure, UsageError
from kg.external import dataset, gho, indicators, observations, retrieved, worldbank
from kg.external.indicators import Taken, data_sets, fetched, observed, read, recognised
from kg.external.observations import Cell, LeftOut, Observations, Observed
from kg.external.services import Service as Publisher
from kg.fetch import Fetcher
from tests.conftest import ROOT
from tests.replay import Asked, Reply, Serve, Service

pytestmark = pytest.mark.usefixtures("as_a_newcomer")

DATA = ROOT / "tests" / "data" / "external"
WDI, GHO = DATA / "wdi_SH.MED.SAOP.P5.csv", DATA / "who_gho_five_countries.csv"
COUNTRIES = frozenset(scheme.load().countries)
CODE = "SH.MED.SAOP.P5"


def left_out(found: Observations) -> dict[str, int]:
    """Reasons and numbers, over all indicators."""
    totals: Counter[str] = Counter()
    for (_, reason), number in found.left_out.items():
        totals[reason.value] += number
    return dict(totals)


def adds_up(found: Observations) -> bool:
    return found.taken == len(found.rows) + sum(found.left_out.values())


def value(found: Observations, iso3: str, year: int, code: str = "") -> str:
    (row,) = [row for row in found.rows if (row.iso3, row.year) == (iso3, year) and code in row.indicator]
    return str(row.value)


# Files


def test_a_table_of_world_bank_values_keeps_countries_and_counts_the_rest() -> None:
    found = observed([read(WDI)], COUNTRIES)
    assert (found.taken, len(found.rows), found.findings) == (342, 293, [])
    assert left_out(found) == {"group of countries": 47, "no country with an ISO 3166-1 code": 2}, (
        "Kosovo and the Channel Islands"
    )
    assert found.rows[0] == Observed(CODE, "AFG", 2014, Decimal("0.03"), found.rows[0].row)
    with WDI.open(newline="") as lines:
        source = list(csv.reader(lines))
    for row in found.rows:
        assert source[row.row - 1] == [CODE, row.iso3, source[row.row - 1][2], "true", str(row.year), str(row.value)]


def test_a_table_of_who_values_keeps_the_defect_that_malawi_has() -> None:
    taken = read(GHO)
    found = observed([taken], COUNTRIES, since=2016)
    assert taken.service == Publisher.who
    assert [value(found, "MWI", year, "0001") for year in (2016, 2018, 2020)] == ["0.31", "1.52", "0.5"]
    assert value(found, "MWI", 2020, "HWF_0024") == "0"
    assert {row.iso3 for row in found.rows} == {"AFG", "GBR", "MWI", "NAM", "UGA"}
    assert set(left_out(found)) == {"earlier year"}
    assert adds_up(found)
    assert found.versions == {"HWF_0001": "2022-01-24", "HWF_0024": "2022-01-12"}


def test_the_table_of_whos_site_is_read_by_its_numbers_and_not_by_what_it_shows() -> None:
    found = observed([read(DATA / "who_site_medical_doctors.csv")], COUNTRIES)
    assert [(row.indicator, row.iso3, str(row.value), row.row) for row in found.rows] == [
        ("HWF_0001", "HND", "5", 5),
        ("HWF_0001", "LAO", "3.54", 4),
        ("HWF_0001", "MWI", "0.5", 3),
        ("HWF_0001", "NER", "0.35", 2),
        ("HWF_0002", "IND", "1014538", 6),
        ("HWF_0002", "TCD", "1003", 7),
    ]
    assert (left_out(found), found.findings) == ({}, [])


def test_the_table_of_the_world_banks_site_has_a_column_for_each_year() -> None:
    found = observed([read(DATA / "worldbank_site_physicians.csv")], COUNTRIES)
    assert found.taken == 4 * 62
    assert Counter(row.iso3 for row in found.rows) == {"AFG": 26, "BDI": 21}
    assert (value(found, "AFG", 1960), value(found, "AFG", 2020), value(found, "BDI", 2020)) == (
        "0.035",
        "0.2538",
        "0.0717",
    )
    assert left_out(found) == {"group of countries": 62, "no country with an ISO 3166-1 code": 62, "no value": 77}
    assert found.versions == {"SH.MED.PHYS.ZS": "2023-03-01"}
    assert adds_up(found)


def test_a_table_that_a_spreadsheet_saved_with_semicolons_is_the_same(tmp_path: Path) -> None:
    for name in ("worldbank_site_physicians.csv", "who_site_medical_doctors.csv"):
        original = read(DATA / name).retrieved.cells
        saved = tmp_path / name
        with saved.open("w", newline="") as out, (DATA / name).open(newline="", encoding="utf-8-sig") as of:
            csv.writer(out, delimiter=";").writerows(csv.reader(of))
        assert [replace(cell, file="") for cell in read(saved).retrieved.cells] == [
            replace(cell, file="") for cell in original
        ]


@pytest.mark.parametrize("first", ["Physicians; per 1000 people; rate", "Data\tbank", "A title, without more", "sep=;"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_title_does_not_say_what_separates_the_headings(tmp_path: Path, first: str, separator: str) -> None:
    if (first, separator) == ("sep=;", ","):
        return
    name = "worldbank_site_physicians.csv"
    saved = tmp_path / name
    with saved.open("w", newline="") as out, (DATA / name).open(newline="", encoding="utf-8-sig") as of:
        out.write(f"{first}\r\n")
        csv.writer(out, delimiter=separator).writerows(csv.reader(of))
    expected = [(cell.row + 1, cell.value) for cell in read(DATA / name).retrieved.cells]
    assert [(cell.row, cell.value) for cell in read(saved).retrieved.cells] == expected


def test_an_answer_that_was_saved_is_read_by_what_is_in_it_whatever_it_is_called(tmp_path: Path) -> None:
    saved = tmp_path / "worldbank.csv"
    saved.write_bytes(b"\xef\xbb\xbf" + (DATA / "gho_HWF_0001_excerpt.json").read_bytes())
    with pytest.raises(Failure, match=r"worldbank\.csv does not say which indicator it is of: name it with"):
        read(saved)
    taken = read(saved, "HWF_0001")
    found = observed([taken], COUNTRIES)
    assert taken.service == Publisher.who
    assert [(row.iso3, row.year, str(row.value)) for row in found.rows] == [
        ("GHA", 2010, "0.91"),
        ("LKA", 2020, "11.67"),
        ("UGA", 2024, "2.06"),
    ]
    assert found.versions == {"HWF_0001": "2026-01-23"}


def test_an_answer_that_was_cut_is_refused(tmp_path: Path) -> None:
    """The excerpt holds two of the 3,975 rows that it says there are."""
    path = DATA / "worldbank_SH.XPD.OOPC.CH.ZS_excerpt.json"
    with pytest.raises(Failure, match=r"says that it has 3,975 rows and gives 2, 2 of them different: take it over"):
        read(path)
    told = json.loads(path.read_text(), parse_float=str)
    told[0]["total"] = 2
    whole = tmp_path / "whole"
    whole.write_text(json.dumps(told))
    found = observed([read(whole)], COUNTRIES)
    assert (found.taken, found.rows, left_out(found)) == (2, [], {"group of countries": 2})


NO_INDICATORS = "is no file with indicators that is known: take what the World Bank's or WHO's site gives"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ((DATA / "worldbank_country_excerpt.json").read_bytes(), "is not a page of the World Bank's API"),
        (b"", NO_INDICATORS),
        (b"a,b\n1,2\n", NO_INDICATORS),
        (b"iso3,m49,geonames_id,wikidata_iri\n", "Countries and their groups are linked by kg link countries"),
        (b"x\n" * 50, NO_INDICATORS),
        (b"{}", NO_INDICATORS),
        (b"[1, 2]", NO_INDICATORS),
        (b'{"value": [1]}', "is not a page of WHO's Global Health Observatory"),
        (b'[{"page": 1, "pages": 2, "total": 9}, []]', "is page 1 of 2: ask for all in one, with per_page=20000"),
        (b'[{"message": [{"id": "120", "key": "x", "value": "Not\\u001b valid."}]}]', "says: Not valid; see that"),
        (b'{"value": [], "@odata.nextLink": "x"}', "is one page of several"),
        (b"[" * 100_000, "is not JSON"),
        (
            b"\xff\xfea\x00",
            "byte 0 (in line 1) is not UTF-8; take the file as it was published, or save it as “CSV UTF-8”",
        ),
        (b"PK\x03\x04\x14", "is a ZIP file or a workbook: unpack it, or save the sheet as “CSV UTF-8” in Excel"),
        (b'a,"b\n', "line 1 is not CSV"),
        (b"a\x00b,c\n", NO_INDICATORS),
        (b'a,"b"c\n', "line 1 is not CSV"),
        (b"a" * 200_000 + b",b\n", "line 1 is not CSV"),
    ],
)
def test_what_holds_no_indicators_is_one_plain_error(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(text)
    with pytest.raises(Failure) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_file_that_is_not_there_or_too_large_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failure, match="cannot be read: No such file or directory"):
        read(tmp_path / "none")
    with pytest.raises(Failure, match="cannot be read: Is a directory"):
        read(tmp_path)
    monkeypatch.setattr(indicators, "MOST_BYTES", 1_000)
    with pytest.raises(Failure, match="is larger than 0 MB"):
        read(WDI)


def table(*rows: Sequence[str], columns: Sequence[str] = worldbank.SLICE) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([columns, *rows])
    return out.getvalue().encode()


def judged(tmp_path: Path, text: bytes, **how: Any) -> Observations:
    path = tmp_path / "file.csv"
    path.write_bytes(text)
    found = observed([read(path)], COUNTRIES, **how)
    assert adds_up(found)
    return found


def test_everything_that_cannot_be_read_is_a_finding_at_its_row_and_the_rest_is_kept(tmp_path: Path) -> None:
    rows = [
        ("HWF", "UGA", "Uganda", "true", "2010", "1.5"),
        ("HWF", "UGA", "Uganda", "true", "10", "1.5"),
        ("HWF", "UGA", "Uganda", "true", "２０１０", "1.5"),
        ("HWF", "UGA", "Uganda", "true", "1899", "1.5"),
        ("HWF", "UGA", "Uganda", "true", "2011", "NaN"),
        ("HWF", "UGA", "Uganda", "true", "2011", "inf"),
        ("HWF", "UGA", "Uganda", "true", "2011", "1_000"),
        ("HWF", "UGA", "Uganda", "true", "2011", "1,5"),
        ("HWF", "UGA", "Uganda", "true", "2011", "NA"),
        ("HWF", "UGA", "Uganda", "true", "2011", "1e999"),
        ("HWF", "UGA", "Uganda", "true", "2011", "-1"),
        ("HWF", "UGA", "Uganda", "true", "2011", "9" * 100),
        ("HWF", "NA", "Namibia", "true", "2011", "1"),
        ("HWF", "uga", "Uganda", "true", "2011", "1"),
        ("> . <x", "UGA", "Uganda", "true", "2011", "1"),
        ("h wf", "UGA", "Uganda", "true", "2011", "1"),
        ("..", "UGA", "Uganda", "true", "2011", "1"),
        ("HWF", "UGA", "Uganda", "true", "2012"),
        ("HWF", "UGA", "Uganda", "true", "2012", "\x1b[31m"),
    ]
    found = judged(tmp_path, table(*rows))
    assert [str(row.value) for row in found.rows] == ["1.5"]
    assert left_out(found) == {"cannot be read": 18}
    assert [(one.rule, one.spot) for one in found.findings] == [
        *[("year", f"row {row}") for row in (3, 4, 5)],
        *[("value", f"row {row}") for row in range(6, 14)],
        *[("country-code", f"row {row}") for row in (14, 15)],
        *[("indicator-code", f"row {row}") for row in (16, 17, 18)],
        ("unreadable-row", "row 19"),
        ("value", "row 20"),
    ]
    assert all(str(one).isprintable() and one.remedy for one in found.findings)
    assert str(found.findings[3]).endswith(
        "file.csv, row 6: error: “NaN” is not a number. The value is left out."
        " A number has digits and at most one point, without spaces or commas: 0.31, not 0,31. [value]"
    )


def test_namibia_is_no_missing_value(tmp_path: Path) -> None:
    found = judged(tmp_path, table(("NA", "NAM", "NA", "true", "2010", "1")))
    assert [(row.indicator, row.iso3) for row in found.rows] == [("NA", "NAM")]


def test_values_that_contradict_each_other_are_kept_neither_and_repeated_ones_once(tmp_path: Path) -> None:
    rows = [
        ("A", "UGA", "", "true", "2010", "1.0"),
        ("A", "UGA", "", "true", "2010", "1.00"),
        ("A", "UGA", "", "true", "2010", "2"),
        ("A", "UGA", "", "true", "2010", "1"),
        ("A", "UGA", "", "true", "2011", "7.10"),
        ("A", "UGA", "", "true", "2011", "7.1"),
    ]
    found = judged(tmp_path, table(*rows))
    assert [(row.year, str(row.value)) for row in found.rows] == [(2011, "7.10")]
    assert left_out(found) == {"repeated": 2, "contradicts another value": 3}
    (finding,) = found.findings
    assert finding.what == "A/UGA/2010 is 1.0 in row 2 and 2 in row 4."
    assert [one.what for one in finding.related] == ["row 2: 1.0"]


def test_two_codes_that_would_be_one_data_set_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(table(("HWF_1", "UGA", "", "true", "2010", "1"), ("HWF.1", "UGA", "", "true", "2010", "2")))
    error = run(str(path), "--into", str(tmp_path))[2]
    assert isinstance(error, UsageError)
    assert str(error).startswith("HWF.1 and HWF_1 would both be the data set world-bank-hwf-1: ")
    assert not (tmp_path / "external").exists()


@pytest.mark.parametrize(
    ("code", "name"), [("HWF_", "hwf"), ("A__B.-C", "a-b-c"), ("Adult_curr_cig-smoking", "adult-curr-cig-smoking")]
)
def test_whatever_code_an_indicator_has_its_data_set_has_a_name(tmp_path: Path, code: str, name: str) -> None:
    found = judged(tmp_path, table((code, "UGA", "", "true", "2010", "1")))
    taken = [read(tmp_path / "file.csv")]
    assert [one.described.name for one in data_sets(Publisher.world_bank, taken, found)] == [f"world-bank-{name}"]
    assert indicators.checked(code) == code


def test_more_findings_than_anybody_reads_are_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observations, "MOST_FINDINGS", 3)
    found = judged(tmp_path, table(*[("A", "UGA", "", "true", "2010", "x")] * 10))
    assert (len(found.findings), found.findings[-1].what) == (4, "7 more values cannot be read.")


def test_more_values_than_are_looked_at_are_refused() -> None:
    cells = (Cell("file", row, "A", "UGA", "2010", "1") for row in range(observations.MOST_VALUES + 1))
    with pytest.raises(Failure, match="file brings more than 1,000,000 values: take fewer indicators at a time"):
        Observations(COUNTRIES).add(cells)


def test_parts_of_a_population_are_no_totals_and_groups_of_countries_no_countries(tmp_path: Path) -> None:
    names = [*gho.SITE, "Dim1ValueCode", "Dim2ValueCode", "DateModified"]
    rows = [
        ("A", "Country", "UGA", "2010", "1", "SEX_BTSX", "", "2022-01-24T08:00:00.000Z"),
        ("A", "Country", "UGA", "2010", "2", "SEX_MLE", "", "2022-01-25"),
        ("A", "Country", "UGA", "2010", "3", "SEX_BTSX", "AGEGROUP_YEARS00-04", ""),
        ("A", "Region", "AFR", "2010", "4", "", "", ""),
        ("A", "Country", "XYZ", "2010", "5", "", "", ""),
        ("A", "Country", "UGA", "2011", "", "", "", ""),
    ]
    found = judged(tmp_path, table(*rows, columns=names))
    assert [str(row.value) for row in found.rows] == ["1"]
    assert left_out(found) == {
        "part of a population": 2,
        "group of countries": 1,
        "no country with an ISO 3166-1 code": 1,
        "no value": 1,
    }
    assert found.versions == {"A": "2022-01-24"}


CELL = st.text(max_size=12) | st.sampled_from(["UGA", "KEN", "AFE", "2010", "2011", "1.5", "-2", "A", "SH.X", "true"])


@given(st.lists(st.lists(CELL, min_size=5, max_size=7), max_size=8))
def test_whatever_stands_in_a_table_every_row_is_kept_or_counted(rows: list[list[str]]) -> None:
    text = table(*rows)
    found = observed([recognised(text, "file.csv")], COUNTRIES)
    written = [row for row in csv.reader(io.StringIO(text.decode(), newline="")) if any(map(str.strip, row))][1:]
    assert found.taken == len(written)
    assert adds_up(found)
    for row in found.rows:
        code, iso3, _, _, year, said = (cell.strip() for cell in _record(text, row.row))
        assert (row.indicator, row.iso3, str(row.year), str(row.value)) == (code, iso3, year, said)
        assert row.iso3 in COUNTRIES
        assert row.value >= 0
    assert all(str(one).isprintable() for one in found.findings)


def _record(text: bytes, number: int) -> list[str]:
    """The record of a CSV file that ends in a line."""
    reader = csv.reader(io.StringIO(text.decode(), newline=""))
    for record in reader:
        if reader.line_num == number:
            return record
    raise AssertionError(f"no record ends in line {number}")


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["UGA", "KEN", "GBR"]), st.integers(min_value=1990, max_value=1999)),
        st.decimals(min_value=0, max_value=10**9, places=5).map(lambda number: f"{number:f}"),
        min_size=1,
    )
)
def test_long_and_wide_tables_of_the_same_values_are_read_as_the_same(values: dict[tuple[str, int], str]) -> None:
    years = [str(year) for year in range(1990, 2000)]
    wide = [
        [place, place, "", "A", *(values.get((place, int(year)), "") for year in years), ""]
        for place in sorted({place for place, _ in values})
    ]
    tables = (
        table(*[("A", place, "", "true", str(year), said) for (place, year), said in values.items()]),
        b'"Data Source","World Development Indicators",\n\n' + table(*wide, columns=[*worldbank.WIDE, *years, ""]),
    )
    both = []
    for text in tables:
        found = observed([recognised(text, "file")], COUNTRIES)
        assert found.findings == []
        both.append([(row.iso3, row.year, str(row.value)) for row in found.rows])
    assert both[0] == both[1] == sorted((place, year, said) for (place, year), said in values.items())


# The World Bank's API


def world_bank_rows() -> list[dict[str, Any]]:
    """The rows of the table as the API gives them, with a number where it has one and null where it has none."""
    with WDI.open(newline="") as lines:
        return [
            {
                "indicator": {"id": row["indicator_code"], "value": "Specialist surgical workforce"},
                "country": {"id": row["wb_code"][:2], "value": row["country_name"]},
                "countryiso3code": row["wb_code"],
                "date": row["year"],
                "value": row["value"] if row["wb_code"] != "UGA" else None,
                "unit": "",
                "obs_status": "",
                "decimal": 2,
            }
            for row in csv.DictReader(lines)
        ]


def page(rows: Sequence[Any], number: int, pages: int, total: int, updated: str = "2026-07-13") -> bytes:
    meta = {"page": number, "pages": pages, "per_page": 100, "total": total, "lastupdated": updated}
    text = json.dumps([meta, rows])
    for row in rows:  # numbers as they are written, not as a float would be
        if row["value"] is not None:
            text = text.replace(f'"value": "{row["value"]}", "unit"', f'"value": {row["value"]}, "unit"', 1)
    return text.encode()


def world_bank(edit: Callable[[int, list[dict[str, Any]]], list[dict[str, Any]]] = lambda number, rows: rows) -> Any:
    """A script of the API with pages of a hundred rows, each edited."""
    rows = world_bank_rows()
    chunks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
    target = f"/v2/country/all/indicator/{CODE}?format=json&per_page=100&page="
    return {
        f"{target}{number}": [Reply(page(edit(number, chunk), number, len(chunks), len(rows)))]
        for number, chunk in enumerate(chunks, start=1)
    }


def ask_world_bank(fetcher: Fetcher, service: Service, **how: Any) -> Taken:
    return Taken(Publisher.world_bank, worldbank.fetch(fetcher, CODE, f"{service.base}/v2", per_page=100, **how))


def test_all_pages_of_the_world_bank_are_fetched_and_are_what_the_table_holds(fetcher: Fetcher, serve: Serve) -> None:
    service = serve(world_bank())
    told: list[tuple[str, int, int]] = []
    taken = ask_world_bank(fetcher, service, report=lambda *what: told.append(what))
    assert [asked.target.rpartition("=")[2] for asked in service.asked] == ["1", "2", "3", "4"]
    assert told == [(f"World Bank {CODE}", number, 4) for number in (1, 2, 3, 4)]
    found = observed([taken], COUNTRIES)
    table_rows = [row for row in observed([read(WDI)], COUNTRIES).rows if row.iso3 != "UGA"]
    assert [(row.iso3, row.year, str(row.value)) for row in found.rows] == [
        (row.iso3, row.year, str(row.value)) for row in table_rows
    ]
    assert left_out(found) == {"group of countries": 47, "no country with an ISO 3166-1 code": 2, "no value": 2}
    (one,) = data_sets(Publisher.world_bank, [taken], found)
    assert one.described.version == "2026-07-13"
    assert one.described.url == f"{service.base}/v2/country/all/indicator/{CODE}"
    assert one.described.digest == [answer.digest for answer in taken.retrieved.answers]
    assert len(set(one.described.digest)) == 4
    assert one.described.left_out == left_out(found)
    ask_world_bank(fetcher, service)
    assert len(service.asked) == 4, "the second time from disk"


def _instead(number: int, other: Callable[[list[Any]], list[Any]]) -> Any:
    return world_bank(lambda at, rows: other(rows) if at == number else rows)


BAD_PAGES: dict[str, tuple[Any, str]] = {
    "a row is lost": (_instead(2, lambda rows: rows[1:]), "says that it has 342 rows and gives 341, 341 of them"),
    "a row comes twice": (_instead(2, lambda rows: [rows[0], *rows[:-1]]), "has 342 rows and gives 342, 341 of them"),
    "a page is empty": (_instead(2, lambda rows: []), "has 342 rows and gives 100, 100 of them different"),
    "there are more rows than said": (_instead(1, lambda rows: rows * 4), "has 342 rows and gives 400, 100 of them"),
    "a row is none": (_instead(3, lambda rows: [*rows[1:], {"value": None}]), "is not a page of the World Bank's API"),
}


@pytest.mark.parametrize("name", BAD_PAGES)
def test_pages_that_do_not_add_up_are_refused(fetcher: Fetcher, serve: Serve, name: str) -> None:
    script, said = BAD_PAGES[name]
    with pytest.raises(Failure) as caught:
        ask_world_bank(fetcher, serve(script))
    assert said in str(caught.value)


def test_a_page_that_is_given_for_every_page_is_refused(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"*": [Reply(page(world_bank_rows()[:100], 1, 4, 342))]})
    with pytest.raises(Failure, match="gives page 1 for page 2: try again later"):
        ask_world_bank(fetcher, service)


@pytest.mark.parametrize("service", [Publisher.world_bank, Publisher.who])
@pytest.mark.parametrize("bound", ["MOST_ANSWERS", "MOST_BYTES"])
def test_all_pages_together_are_bounded(
    fetcher: Fetcher, serve: Serve, monkeypatch: pytest.MonkeyPatch, service: Publisher, bound: str
) -> None:
    def ask() -> Taken:
        if service == Publisher.world_bank:
            return ask_world_bank(fetcher, serve(world_bank()))
        return Taken(service, gho.fetch(fetcher, "HWF_0001", f"{serve(who(who_rows(), 10)).base}/api"))

    answers = ask().retrieved.answers
    most = len(answers) if bound == "MOST_ANSWERS" else sum(len(answer.body) for answer in answers)
    monkeypatch.setattr(retrieved, bound, most)
    ask()
    monkeypatch.setattr(retrieved, bound, most - 1)
    with pytest.raises(Failure, match="pages: more than any" if bound == "MOST_ANSWERS" else "MB: more than any"):
        ask()


def test_a_change_between_two_pages_is_noticed(fetcher: Fetcher, serve: Serve) -> None:
    script = world_bank()
    second = next(target for target in script if target.endswith("page=2"))
    script[second] = [Reply(page(world_bank_rows()[100:200], 2, 4, 342, "2026-08-01"))]
    with pytest.raises(Failure, match="changed between two of its pages: ask for it again, with --max-age 0"):
        ask_world_bank(fetcher, serve(script))


def test_a_total_that_no_indicator_has_is_refused_after_one_page(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"*": [Reply(page(world_bank_rows()[:100], 1, 10**7, 10**9))]})
    with pytest.raises(Failure, match="says that it has 1,000,000,000 rows: more than any indicator has"):
        ask_world_bank(fetcher, service)
    assert len(service.asked) == 1


def test_what_the_world_bank_says_of_an_error_is_told_and_not_kept(fetcher: Fetcher, serve: Serve) -> None:
    error = [{"message": [{"id": "120", "key": "Invalid value", "value": "The provided parameter value is not valid"}]}]
    service = serve({"*": [Reply(json.dumps(error).encode())]})
    for _ in range(2):
        with pytest.raises(
            Failure, match="the World Bank says: The provided parameter value is not valid; see that the code is right"
        ):
            ask_world_bank(fetcher, service)
    assert len(service.asked) == 2


def test_an_indicator_without_rows_has_none(fetcher: Fetcher, serve: Serve) -> None:
    service = serve({"*": [Reply(b'[{"page": 0, "pages": 0, "per_page": 0, "total": 0}, null]')]})
    found = observed([ask_world_bank(fetcher, service)], COUNTRIES)
    assert (found.taken, found.rows) == (0, [])


# WHO's API


def who_rows() -> list[dict[str, Any]]:
    with GHO.open(newline="") as lines:
        return [
            {
                "Id": number,
                "IndicatorCode": "HWF_0001",
                "SpatialDimType": "COUNTRY",
                "SpatialDim": row["iso3"],
                "TimeDimType": "YEAR",
                "TimeDim": int(row["year"]),
                "Dim1": None,
                "NumericValue": float(row["value"]),
                "Date": row["source_modified"],
            }
            for number, row in enumerate(csv.DictReader(lines))
            if row["indicator_code"] == "HWF_0001"
        ]


def who(rows: Sequence[Mapping[str, Any]], size: int, **more: Any) -> Callable[[Asked], Reply]:
    """A script of the API that gives so many rows at a time."""

    def reply(asked: Asked) -> Reply:
        path, _, query = asked.target.partition("?")
        if path != "/api/HWF_0001":
            return Reply(b"Not found", "404 Not Found", kind="text/plain")
        at = int(query.removeprefix("$skip=") or 0)
        told: dict[str, Any] = {"@odata.context": "https://ghoapi.azureedge.net/api/$metadata#HWF_0001", **more}
        if at + size < len(rows):
            told["@odata.nextLink"] = f"http://{asked.headers['host']}/api/HWF_0001?$skip={at + size}"
        return Reply(json.dumps({**told, "value": rows[at : at + size]}).encode())

    return reply


@pytest.mark.parametrize(("size", "pages"), [(10_000, 1), (25, 3)])
def test_whos_rows_are_fetched_in_one_page_or_several(fetcher: Fetcher, serve: Serve, size: int, pages: int) -> None:
    rows = who_rows()
    service = serve(who(rows, size))
    taken = fetched(fetcher, Publisher.who, ["HWF_0001"], f"{service.base}/api")
    found = observed(taken, COUNTRIES)
    assert len(service.asked) == pages
    assert (found.taken, len(found.rows), found.findings) == (len(rows), len(rows), [])
    from_table = observed([read(GHO)], COUNTRIES, frozenset({"HWF_0001"}))
    assert [(row.iso3, row.year, row.value) for row in found.rows] == [
        (row.iso3, row.year, row.value) for row in from_table.rows
    ]
    (one,) = data_sets(Publisher.who, taken, found)
    assert (one.described.name, one.described.version) == ("who-hwf-0001", "2022-01-24")


def test_whos_breakdowns_groups_and_empty_values_are_counted(fetcher: Fetcher, serve: Serve) -> None:
    base = {"IndicatorCode": "HWF_0001", "SpatialDimType": "COUNTRY", "SpatialDim": "UGA", "TimeDim": 2010}
    rows = [
        {**base, "Id": 1, "NumericValue": 1.25, "Dim1": "SEX_BTSX"},
        {**base, "Id": 2, "NumericValue": 2, "Dim1": "SEX_FMLE"},
        {**base, "Id": 3, "NumericValue": 3, "SpatialDimType": "REGION", "SpatialDim": "AFR"},
        {**base, "Id": 4, "NumericValue": 4, "SpatialDimType": "WORLDBANKINCOMEGROUP", "SpatialDim": "WB_LI"},
        {**base, "Id": 5, "NumericValue": None, "TimeDim": 2011},
        {**base, "Id": 6, "NumericValue": True, "TimeDim": 2012},
        {**base, "Id": 7, "NumericValue": float("nan"), "TimeDim": 2013},
        {**base, "Id": 8, "NumericValue": [1], "TimeDim": "2014"},
        {**base, "Id": 9, "NumericValue": 1, "SpatialDim": "> . <x"},
        {**base, "Id": 10, "NumericValue": 1, "IndicatorCode": "OTHER"},
    ]
    service = serve(who(rows, 100))
    found = observed(fetched(fetcher, Publisher.who, ["HWF_0001"], f"{service.base}/api"), COUNTRIES, {"HWF_0001"})
    assert [str(row.value) for row in found.rows] == ["1.25"]
    assert left_out(found) == {
        "part of a population": 1,
        "group of countries": 2,
        "no value": 1,
        "cannot be read": 4,
        "another indicator": 1,
    }
    assert [(one.rule, one.spot) for one in found.findings] == [
        ("value", "row 6"),
        ("value", "row 7"),
        ("value", "row 8"),
        ("country-code", "row 9"),
    ]
    assert adds_up(found)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"@odata.nextLink": "http://example.org/api/HWF_0001"}, "has its next page at example.org, and is not"),
        ({"@odata.nextLink": "http://127.0.0.1:1/api/HWF_0001"}, "has its next page at 127.0.0.1:1, and is not"),
        ({"@odata.nextLink": "file:///etc/passwd"}, "has its next page at something that is no address"),
        ({"@odata.nextLink": 7}, "has its next page at something that is no address"),
        ({"@odata.nextLink": "http://[x/"}, "has its next page at something that is no address"),
        ({"@odata.nextLink": "/api/HWF_0001"}, "leads from page to page without an end"),
        ({"@odata.count": 99}, "and says 99: ask for it again, with --max-age 0"),
    ],
)
def test_whos_pages_that_lead_elsewhere_or_do_not_add_up_are_refused(
    fetcher: Fetcher, serve: Serve, more: dict[str, Any], said: str
) -> None:
    service = serve(who(who_rows(), 1_000, **more))
    with pytest.raises(Failure) as caught:
        gho.fetch(fetcher, "HWF_0001", f"{service.base}/api")
    assert said in str(caught.value)


def test_a_page_of_who_that_repeats_rows_is_refused(fetcher: Fetcher, serve: Serve) -> None:
    rows = who_rows()
    service = serve(who([*rows, rows[0]], 20))
    with pytest.raises(Failure, match=f"gives {len(rows) + 1} rows, {len(rows)} of them different"):
        gho.fetch(fetcher, "HWF_0001", f"{service.base}/api")


def test_an_indicator_that_who_does_not_have_is_said(fetcher: Fetcher, serve: Serve) -> None:
    service = serve(who(who_rows(), 20))
    with pytest.raises(Failure, match="/api/HWF_9999 did not answer: 404 Not Found"):
        gho.fetch(fetcher, "HWF_9999", f"{service.base}/api")


@pytest.mark.parametrize("code", ["", "x y", "../country", "A/B", "A?x=1", "A'B", "Ä", "A" * 65, "A\n"])
def test_a_code_that_is_none_is_never_asked_for(fetcher: Fetcher, serve: Serve, code: str) -> None:
    service = serve({"*": [Reply(b"{}")]})
    with pytest.raises(UsageError, match="is no indicator: write a code such as"):
        fetched(fetcher, Publisher.who, [code], service.base)
    assert service.asked == []


# Data sets, and the command


def test_what_is_saved_is_read_again_as_it_was(tmp_path: Path) -> None:
    copy = tmp_path / "downloaded.csv"
    copy.write_bytes(WDI.read_bytes())
    os.utime(copy, (0, datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp()))
    taken = [read(copy)]
    found = observed(taken, COUNTRIES)
    (one,) = data_sets(Publisher.world_bank, taken, found)
    dataset.save(tmp_path, one.described, one.rows)
    (unit,), unreadable = dataset.find_units(tmp_path)
    again = dataset.read(unit)
    assert (again.described, again.findings, unreadable) == (one.described, [], [])
    assert [row.cells for row in again.rows] == list(one.rows)
    assert again.rows[0].cells == {"indicator": CODE, "iso3": "AFG", "year": "2014", "value": "0.03"}
    assert (one.read, len(one.rows), one.described.retrieved) == (342, 293, "2026-01-31")
    assert one.described.digest == [dataset.digest(WDI.read_bytes())]
    assert one.described.left_out == {"group of countries": 47, "no country with an ISO 3166-1 code": 2}


def test_a_value_is_saved_in_digits(tmp_path: Path) -> None:
    rows = [("A", "UGA", "", "true", str(year), said) for year, said in enumerate(("1e3", "1.50E-7", "7.00"), 2010)]
    found = judged(tmp_path, table(*rows))
    (one,) = data_sets(Publisher.world_bank, [read(tmp_path / "file.csv")], found)
    assert [row["value"] for row in one.rows] == ["1000", "0.000000150", "7.00"]


def test_the_licences_of_both_services_are_said() -> None:
    assert {service: told.licence for service, told in indicators.PUBLISHERS.items()} == {
        "world-bank": "https://creativecommons.org/licenses/by/4.0/",
        "who": "https://www.who.int/about/policies/publishing/data-policy/terms-and-conditions",
    }
    assert set(indicators.PUBLISHERS) == set(Publisher)


def test_many_indicators_are_taken_only_by_name(tmp_path: Path) -> None:
    rows = [(f"A{number}", "UGA", "", "true", "2010", "1") for number in range(indicators.MOST_SETS + 1)]
    found = judged(tmp_path, table(*rows))
    taken = [read(tmp_path / "file.csv")]
    with pytest.raises(UsageError, match="there are 51 indicators here: name those that you want with --indicator"):
        data_sets(Publisher.world_bank, taken, found)
    named = judged(tmp_path, table(*rows), only=frozenset({"A7"}))
    assert [one.described.name for one in data_sets(Publisher.world_bank, taken, named)] == ["world-bank-a7"]
    assert named.left_out["A8", LeftOut.other_indicator] == 1


def test_a_data_set_names_only_the_files_that_it_is_made_of(tmp_path: Path) -> None:
    texts = [table((code, "UGA", "", "true", "2010", "1")) for code in ("A", "B")]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.csv").write_bytes(text)
    taken = [read(tmp_path / "0.csv"), read(tmp_path / "1.csv")]
    for _ in range(2):  # values can be looked at twice
        found = observed(taken, COUNTRIES)
        sets = data_sets(Publisher.world_bank, taken, found)
        assert [one.described.digest for one in sets] == [[dataset.digest(text)] for text in texts]


def run(*words: str) -> tuple[int, str, BaseException | None]:
    app = typer.Typer()
    app.command()(linking_indicators.indicators)
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output, result.exception


def test_the_command_reads_files_of_both_services_and_says_what_became_of_them(tmp_path: Path) -> None:
    code, said, _ = run(str(WDI), str(GHO), "--into", str(tmp_path), "--since", "2016")
    assert code == 0
    folder = tmp_path / "external"
    names = ["who-hwf-0001", "who-hwf-0024", "world-bank-sh-med-saop-p5"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert f"who-hwf-0001: 65 rows read, 18 written to {folder}/who-hwf-0001.\n  Left out: 47 (earlier year)." in said
    assert "of Malawi goes from 0.31 (2016) to 1.52 (2018)." in said
    assert said.endswith(
        "Of 412 values 85 are kept. Left out: 278 (earlier year), 47 (group of countries),"
        " 2 (no country with an ISO 3166-1 code).\n"
    )
    assert "HWF_0001,MWI,2018,1.52\n" in (folder / "who-hwf-0001" / "data.csv").read_text()


def test_the_command_asks_a_service_and_then_goes_on_offline(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve(who(who_rows(), 10_000))
    published = indicators.PUBLISHERS[Publisher.who]
    elsewhere = {**indicators.PUBLISHERS, Publisher.who: replace(published, api=f"{service.base}/api")}
    monkeypatch.setattr(indicators, "PUBLISHERS", elsewhere)
    words = ("--from", "who", "--indicator", "HWF_0001", "--into", str(tmp_path))
    code, said, _ = run(*words)
    assert code == 0
    assert said.startswith("who-hwf-0001: 65 rows read, 65 written to ")
    first = (tmp_path / "external" / "who-hwf-0001" / "data.csv").read_bytes()
    assert run(*words, "--offline")[0] == 0
    assert run(*words, "--max-age", "1")[0] == 0
    assert len(service.asked) == 1
    assert run(*words, "--max-age", "0")[0] == 0
    assert len(service.asked) == 2
    assert (tmp_path / "external" / "who-hwf-0001" / "data.csv").read_bytes() == first
    error = run("--from", "who", "--indicator", "HWF_0006", "--into", str(tmp_path), "--offline")[2]
    assert str(error).startswith(f"no snapshot of {service.base}/api/HWF_0006 is at hand")


def test_the_command_ends_with_1_where_a_value_cannot_be_read_and_saves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(table(("A", "UGA", "", "true", "2010", "1"), ("A", "KEN", "", "true", "2010", "many")))
    code, said, _ = run(str(path), "--into", str(tmp_path))
    assert code == 1
    assert "row 3: error: “many” is not a number." in said
    assert "Of 2 values 1 are kept. Left out: 1 (cannot be read)." in said
    assert (tmp_path / "external" / "world-bank-a" / "data.csv").read_text().endswith("A,UGA,2010,1\n")
    (tmp_path / "external" / "world-bank-a").rename(tmp_path / "saved")
    code, said, _ = run(str(path), "--into", str(tmp_path), "--indicator", "B", "--indicator", "A")
    assert (code, "No value is left of B." in said) == (1, True)
    code, said, _ = run(str(path), "--into", str(tmp_path), "--indicator", "B")
    assert (code, said.endswith("No value is left of B.\n")) == (1, True)


@pytest.mark.parametrize(
    "faulty",
    [
        table(("A", "UGA", "", "true", "2010", "0,25"), ("A", "KEN", "", "true", "2010", "1")),
        table(("A", "UGA", "", "true", "2010", "3"), ("A", "UGA", "", "true", "2010", "4")) + b"A,KEN,,true,2010,1\r\n",
    ],
    ids=["decimal comma", "contradiction"],
)
def test_what_can_be_read_in_part_only_takes_no_good_data_sets_place(tmp_path: Path, faulty: bytes) -> None:
    path, folder = tmp_path / "mine.csv", tmp_path / "external" / "world-bank-a"
    path.write_bytes(table(("A", "UGA", "", "true", "2010", "0.25"), ("A", "KEN", "", "true", "2010", "1")))
    assert run(str(path), "--into", str(tmp_path))[0] == 0
    good = {file.name: file.read_bytes() for file in folder.iterdir()}
    path.write_bytes(faulty)
    code, said, _ = run(str(path), "--into", str(tmp_path))
    assert (code, {file.name: file.read_bytes() for file in folder.iterdir()}) == (1, good)
    assert f"so what stands in {folder} stays." in said
    assert said.splitlines()[-1].startswith("Of ")
    shutil.rmtree(folder)
    assert run(str(path), "--into", str(tmp_path))[0] == 1
    assert (folder / "data.csv").read_text().endswith("year,value\nA,KEN,2010,1\n")


def test_a_file_without_values_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(table())
    code, said, _ = run(str(path), "--into", str(tmp_path))
    assert (code, said) == (
        1,
        "Of 0 values 0 are kept. Left out: none.\nThere are headings and no values: is it the whole file?\n",
    )


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), "say what to link: files, or whom to ask and for what"),
        (("--from", "who"), "say what to link"),
        (("--indicator", "A"), "say what to link"),
        (("--from", "who", "--indicator", "a b"), "'a b' is no indicator"),
        ((str(WDI), "--from", "who"), "is of world-bank, not of who: leave --from out"),
        (("--into", "/nowhere"), "there is no folder /nowhere: name your evidence folder with --into"),
    ],
)
def test_a_call_that_cannot_be_carried_out_says_what_to_write(
    tmp_path: Path, words: tuple[str, ...], wanted: str
) -> None:
    into = () if "--into" in words else ("--into", str(tmp_path))
    error = run(*words, *into)[2]
    assert isinstance(error, UsageError)
    assert wanted in str(error)


def test_an_old_snapshot_is_asked_about(fetcher: Fetcher, serve: Serve) -> None:
    service = serve(who(who_rows(), 10_000))
    for _ in range(2):
        gho.fetch(replace(fetcher, max_age=timedelta(0)), "HWF_0001", f"{service.base}/api")
    assert len(service.asked) == 2
