"""External data beside the evidence: what is kept of it, what it says in RDF, and what is told of its defects."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, Store, serialize
from typer.testing import CliRunner

import kg
from kg import iris, pipeline, query
from kg.cli import app
from kg.errors import EvidenceError, Failure, KgError, UsageError
from kg.external import countries, dataset, indicators, mapping
from kg.external.dataset import DataSet, DataUnit, Kind
from kg.pipeline import Built
from kg.terms import PM
from tests.conftest import QUESTIONS, ROOT, SHIPPED

SAID = {
    "title": "A table",
    "publisher": "An invented office",
    "url": "https://example.org/data",
    "licence": "https://creativecommons.org/publicdomain/zero/1.0/",
    "retrieved": "2026-01-31",
}
CODES = """iso2,iso3,m49,name_en,region,sub_region,intermediate_region,ldc,lldc,sids,geonames_id,wikidata_iri,capital
UG,UGA,800,Uganda,Africa,Sub-Saharan Africa,Eastern Africa,x,x,,226074,https://www.wikidata.org/wiki/Q1036,Kampala
NA,NAM,516,Namibia,Africa,Sub-Saharan Africa,Southern Africa,,,,3355338,,Windhoek
AF,AFG,4,Afghanistan,Asia,Southern Asia,,x,x,,1149361,https://www.wikidata.org/wiki/Q889,Kabul
"""
HISTORY = """iso3,economy,fiscal_year,gni_year,income_code,income_group,note
GHA,Ghana,FY10,2008,L,Low income,
GHA,Ghana,FY11,2009,L,Low income,
GHA,Ghana,FY12,2010,LM,Lower middle income,
GHA,Ghana,FY14,2012,LM,Lower middle income,provisional
XKX,Kosovo,FY10,2008,LM,Lower middle income,
UGA,Uganda,FY89,1987,,,
"""


def a_set(name: str, kind: Kind, **more: str) -> DataSet:
    return DataSet.model_validate({"name": name, "kind": kind.value, **SAID, **more})


def a_unit(described: DataSet, table: str) -> DataUnit:
    path = Path("evidence") / "external" / described.name / dataset.TABLE
    return DataUnit(path, f"external/{described.name}/data.csv", 1, text_of(described), table=table.encode())


def text_of(described: DataSet) -> bytes:
    from kg import writing

    return writing.text(writing.plain(described)).encode()


def mapped(described: DataSet, table: str) -> tuple[set[str], list[tuple[int | None, str, str]]]:
    """What a table says, a statement a line, and what is found in it."""
    read = dataset.read(a_unit(described, table))
    assert read.described == described
    assert read.findings == []
    module, findings = mapping.build_module(read, described)
    assert {quad.graph_name for quad in module.quads} == {iris.external_graph(described.name)}
    lines = (serialize((quad.triple for quad in module.quads), format=RdfFormat.N_TRIPLES) or b"").decode().splitlines()
    assert len(lines) == len(set(lines)), "a statement stands twice"
    return set(lines), [(found.line, found.what, found.remedy) for found in findings]


def said_of(lines: set[str], subject: str) -> set[str]:
    """What is said of a subject, in short."""
    short = {
        "https://w3id.org/partnership-mechanisms/data/": "data:",
        "https://w3id.org/partnership-mechanisms/ontology#": "pm:",
        "https://w3id.org/partnership-mechanisms/graph/": "graph:",
        "http://purl.org/linked-data/cube#": "qb:",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
        "http://www.w3.org/2000/01/rdf-schema#": "rdfs:",
        "http://www.w3.org/2001/XMLSchema#": "xsd:",
        "https://schema.org/": "schema:",
    }
    found = set()
    for line in lines:
        for base, prefix in short.items():
            line = line.replace(f"<{base}", f"<{prefix}")
        node, _, rest = line.removesuffix(" .").partition(" ")
        if node == f"<{subject}>":
            found.add(rest.replace("<", "").replace(">", "").replace('"', ""))
    return found


# Files


def test_a_data_set_that_is_saved_is_read_as_it_was(tmp_path: Path) -> None:
    described = a_set("beds", Kind.indicators, version="3", note="Says NA: Namibia")
    described = described.model_copy(update={"left_out": {"no value": 2}, "digest": ["ab", "cd"]})
    row = {"indicator": "SH.MED.BEDS.ZS", "iso3": "NAM", "year": "2009", "value": "2.7"}
    dataset.save(tmp_path, described, [row])
    units, findings = dataset.find_units(tmp_path)
    assert findings == []
    (read,) = map(dataset.read, units)
    assert (read.described, read.findings, [line.cells for line in read.rows]) == (described, [], [row])
    assert sorted(path.name for path in (tmp_path / "external" / "beds").iterdir()) == ["data.csv", "dataset.yaml"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])).map(str.strip), min_size=6, max_size=6))
def test_whatever_stands_in_a_cell_is_read_as_it_was_written(cells: list[str]) -> None:
    columns = dataset.COLUMNS[Kind.groups]
    row = dict(zip(columns, cells, strict=True))
    read = dataset.read(a_unit(a_set("a", Kind.groups), dataset.table_text(columns, [row, row])))
    assert ([line.cells for line in read.rows], [line.line for line in read.rows]) == ([row, row], [2, 3])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_table_ends_in_a_traceback(text: str) -> None:
    for kind in Kind:
        described = a_set("a", kind)
        headed = ",".join(dataset.COLUMNS[kind]) + "\n" + text
        for table in (text, headed):
            read = dataset.read(a_unit(described, table))
            assert all(found.line and found.remedy for found in read.findings)
            mapping.build_module(read, described)


FAULTS: Mapping[str, tuple[str, str, str]] = {
    "no YAML": ("name: [", "iso3", "dataset.yaml:1"),
    "an unknown key": ("name: a\nkind: groups\nlicense: x\n", "iso3", "dataset.yaml:"),
    "another name": (text_of(a_set("b", Kind.groups)).decode(), "iso3", "dataset.yaml:1"),
    "other columns": (text_of(a_set("a", Kind.groups)).decode(), "iso3,group\nUGA,x\n", "data.csv:1"),
    "a ragged row": (
        text_of(a_set("a", Kind.groups)).decode(),
        "iso3,grouping,group,from,until,note\nUGA,un-region,Africa,,\n",
        "data.csv:2",
    ),
    "a quote that is not closed": (
        text_of(a_set("a", Kind.groups)).decode(),
        'iso3,grouping,group,from,until,note\n"UGA,un-region',
        "data.csv:2",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_files_is_told_with_its_place_and_keeps_the_graph_before(fault: str, tmp_path: Path) -> None:
    shutil.copytree(QUESTIONS / "evidence", tmp_path / "evidence", ignore=shutil.ignore_patterns("external"))
    pipeline.build(tmp_path / "evidence", tmp_path / "build")
    before = (tmp_path / "build" / "current").resolve()
    described, table, place = FAULTS[fault]
    folder = tmp_path / "evidence" / "external" / "a"
    folder.mkdir(parents=True)
    (folder / "dataset.yaml").write_text(described, encoding="utf-8")
    (folder / "data.csv").write_text(table, encoding="utf-8")
    with pytest.raises(EvidenceError) as told:
        pipeline.build(tmp_path / "evidence", tmp_path / "build")
    assert [found.remedy != "" for found in told.value.findings]
    assert f"external/a/{place}" in told.value.findings[0].place
    assert (tmp_path / "build" / "current").resolve() == before


# What rows say


def test_a_country_has_its_codes_and_namibia_is_not_a_missing_value() -> None:
    lines, findings = mapped(
        a_set("codes", Kind.countries), "iso3,iso2,m49,geonames,wikidata\nNAM,NA,516,3355338,\nUGA,UG,8,226074,Q1036\n"
    )
    assert findings == []
    assert said_of(lines, "data:country/NAM") == {
        "pm:iso2 NA",
        "pm:m49 516",
        "schema:sameAs https://sws.geonames.org/3355338/",
    }
    assert said_of(lines, "data:country/UGA") == {
        "pm:iso2 UG",
        "pm:m49 008",
        "schema:sameAs https://sws.geonames.org/226074/",
        "schema:sameAs http://www.wikidata.org/entity/Q1036",
    }


def test_a_membership_has_the_calendar_years_that_its_period_touches() -> None:
    lines, findings = mapped(
        a_set("groups", Kind.groups),
        "iso3,grouping,group,from,until,note\n"
        "GHA,income-group,Low income,2009-07-01,2011-06-30,FY10 to FY11\n"
        "GHA,un-region,Africa,,,\n"
        "GHA,income-group,Lower middle income,2011-07-01,,\n"
        "GHA,who-region,A region that is new,,,\n",
    )
    assert findings == []
    assert said_of(lines, "data:membership/groups/GHA/1") == {
        "rdf:type pm:Membership",
        "pm:memberCountry data:country/GHA",
        "pm:memberOf data:group/income-group/low-income",
        "pm:firstYear 2009^^xsd:integer",
        "pm:lastYear 2011^^xsd:integer",
        "pm:period 2009-07-01/2011-06-30",
        "pm:note FY10 to FY11",
    }
    assert said_of(lines, "data:membership/groups/GHA/2") == {
        "rdf:type pm:Membership",
        "pm:memberCountry data:country/GHA",
        "pm:memberOf data:group/un-region/africa",
    }
    assert "pm:period 2011-07-01/.." in said_of(lines, "data:membership/groups/GHA/3")
    # What the ontology knows is not said again in the data set
    assert said_of(lines, "data:group/income-group/lower-middle-income") == set()
    assert said_of(lines, "data:group/who-region/a-region-that-is-new") == {
        "rdf:type pm:CountryGroup",
        "pm:grouping pm:whoRegion",
        "rdfs:label A region that is new",
    }


def test_an_observation_keeps_value_and_unit_as_published_and_names_the_one_before() -> None:
    lines, findings = mapped(
        a_set("doctors", Kind.indicators),
        "indicator,iso3,year,value\nHWF_0001,MWI,2018,1.52\nHWF_0001,MWI,2016,0.310\nUNHEARD.OF,MWI,2016,1E-3\n",
    )
    assert findings == []
    assert said_of(lines, "data:observation/doctors/HWF_0001/MWI/2018") == {
        "rdf:type qb:Observation",
        "qb:dataSet graph:external/doctors",
        "pm:indicator data:indicator/HWF_0001",
        "pm:observedCountry data:country/MWI",
        "pm:observedYear 2018^^xsd:integer",
        "pm:observedValue 1.52^^xsd:decimal",
        "pm:unitOfValue pm:perTenThousandPeople",
        "pm:observedAfter data:observation/doctors/HWF_0001/MWI/2016",
    }
    # What nobody has described has no unit, and is an indicator that the ontology does not name
    assert "pm:unitOfValue" not in str(said_of(lines, "data:observation/doctors/UNHEARD.OF/MWI/2016"))
    assert "pm:observedValue 0.001^^xsd:decimal" in said_of(lines, "data:observation/doctors/UNHEARD.OF/MWI/2016")
    assert "rdf:type pm:Indicator" in said_of(lines, "data:indicator/UNHEARD.OF")
    assert said_of(lines, "data:indicator/HWF_0001") == set()


def test_every_impossible_row_is_told_at_its_line_and_the_others_are_kept() -> None:
    bad = {
        2: ("WLD,2000,1", "“WLD” is not a country."),
        3: ("NA,2000,1", "“NA” is not a country."),
        4: ("UGA,20000,1", "year is “20000”."),
        5: ("UGA,2001,much", "value is “much”."),
        6: ("UGA,2001,NaN", "value is “NaN”."),
        7: ("UGA,2001,Infinity", "value is “Infinity”."),
        8: ("UGA,2001,1_000", "value is “1_000”."),
        9: ("UGA,2001,١٢", "value is “١٢”."),
        10: ("UGA,2001,1e8000000", "value is “1e8000000”."),
        11: ("UGA,2001,1e21", "value is “1e21”."),
        12: ("UGA,2001,-1", "value is -1, below zero, where no indicator here can be."),
    }
    table = "indicator,iso3,year,value\n" + "".join(f"HWF_0001,{row}\n" for row, _ in bad.values())
    table += "HWF_0001,UGA,2002,1\nHWF_0001,UGA,2002,2\nHWF 0001> <x,UGA,2003,1\n"
    lines, findings = mapped(a_set("a", Kind.indicators), table)
    assert [(line, what) for line, what, _ in findings] == [
        *((line, what) for line, (_, what) in bad.items()),
        (14, "HWF_0001 UGA 2002 stands in line 13 already."),
        (15, "indicator is “HWF 0001> <x”."),
    ]
    assert len([line for line in lines if "Observation>" in line]) == 1


@pytest.mark.parametrize(
    ("kind", "row", "what"),
    [
        (Kind.countries, "UGA,uga,800,226074,Q1036", "iso2 is “uga”."),
        (Kind.countries, "UGA,UG,800,226074,Q1036> .", "wikidata is “Q1036> .”."),
        (Kind.countries, "UGA,UG,800,../x,Q1036", "geonames is “../x”."),
        (Kind.groups, "UGA,wealth,Low,,,", "there is no grouping “wealth”."),
        (Kind.groups, "UGA,un-region,…,,,", "the group is empty."),
        (Kind.groups, "UGA,un-region,Africa,2009,,", "from is “2009”."),
        (
            Kind.groups,
            "UGA,un-region,Africa,2010-01-01,2009-01-01,",
            "the membership ends on 2009-01-01, before it begins on 2010-01-01.",
        ),
    ],
)
def test_what_a_cell_cannot_be_is_refused(kind: Kind, row: str, what: str) -> None:
    _, findings = mapped(a_set("a", kind), ",".join(dataset.COLUMNS[kind]) + f"\n{row}\n")
    assert [(line, said) for line, said, _ in findings] == [(2, what)]


# Places


@pytest.mark.parametrize("place", ["external", "external/a", "external/a/data.csv", "external/a/dataset.yaml"])
def test_a_data_set_is_checked_by_itself_wherever_it_is_named(place: str, tmp_path: Path) -> None:
    row = {"iso3": "XXX", "grouping": "un-region", "group": "Africa"}
    dataset.save(tmp_path, a_set("a", Kind.groups), [row])
    (found,) = pipeline.check(tmp_path / place)
    assert (found.rule, found.file, found.line, found.what) == (
        "external-row",
        (tmp_path / "external" / "a" / "data.csv").as_posix(),
        2,
        "“XXX” is not a country.",
    )
    with pytest.raises(UsageError, match="is external data: name the evidence folder"):
        pipeline.build(tmp_path / place, tmp_path / "build")


def test_what_is_no_data_set_is_told_and_a_review_is_none(tmp_path: Path) -> None:
    external = tmp_path / "external"
    for name in ("organisations", "empty", "half", ".hidden"):
        (external / name).mkdir(parents=True)
    (external / "organisations" / "review.csv").write_text("")
    (external / "half" / "data.csv").write_text("iso3\n")
    (external / "loose.csv").write_text("iso3\n")
    units, findings = dataset.find_units(tmp_path)
    assert units == []
    assert [(found.rule, found.file) for found in findings] == [
        ("not-a-data-set", f"external/{name}") for name in ("empty", "half", "loose.csv")
    ]


@pytest.mark.parametrize("name", ["data.csv", "dataset.yaml"])
@pytest.mark.parametrize("special", ["device", "pipe"])
def test_what_is_no_regular_file_is_told_and_not_waited_for(name: str, special: str, tmp_path: Path) -> None:
    dataset.save(tmp_path, a_set("a", Kind.groups), [])
    path = tmp_path / "external" / "a" / name
    path.unlink()
    if special == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    units, (found,) = dataset.find_units(tmp_path)
    assert (units, found.what) == ([], "the data set cannot be read: is no regular file.")
    with pytest.raises(UsageError, match="cannot be read: is no regular file"):
        countries.read(path, countries.Given("2026-01-31"))
    with pytest.raises(Failure, match="cannot be read: is no regular file"):
        indicators.read(path)


# Tables of countries


def link(tmp_path: Path, text: str, *options: str) -> tuple[int, str]:
    """Links a table into an evidence folder; the exit code and what was said."""
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    (tmp_path / "evidence").mkdir(exist_ok=True)
    arguments = ["link", "countries", str(tmp_path / "table.csv"), "--into", str(tmp_path / "evidence"), *options]
    result = CliRunner().invoke(app, arguments)
    if isinstance(result.exception, KgError):
        return result.exception.exit_code, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def kept(tmp_path: Path, name: str) -> list[dict[str, str]]:
    text = (tmp_path / "evidence" / "external" / name / "data.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_crosswalk_gives_codes_and_regions_and_namibia_is_told(tmp_path: Path) -> None:
    code, said = link(tmp_path, CODES, "--retrieved", "2026-11-22")
    assert code == 0
    assert kept(tmp_path, "country-codes") == [
        {"iso3": "UGA", "iso2": "UG", "m49": "800", "geonames": "226074", "wikidata": "Q1036"},
        {"iso3": "NAM", "iso2": "NA", "m49": "516", "geonames": "3355338", "wikidata": ""},
        {"iso3": "AFG", "iso2": "AF", "m49": "004", "geonames": "1149361", "wikidata": "Q889"},
    ]
    assert [(row["iso3"], row["grouping"], row["group"]) for row in kept(tmp_path, "un-regions")][:3] == [
        ("UGA", "un-region", "Africa"),
        ("UGA", "un-sub-region", "Sub-Saharan Africa"),
        ("NAM", "un-region", "Africa"),
    ]
    assert "data.csv:3: note: NAM: Namibia has no item of Wikidata here." in said


def test_fiscal_years_become_periods_and_a_break_or_a_change_ends_one(tmp_path: Path) -> None:
    code, said = link(tmp_path, HISTORY, "--retrieved", "2026-11-22", "--version", "FY26")
    assert code == 0
    assert [tuple(row.values()) for row in kept(tmp_path, "income-groups")] == [
        ("GHA", "income-group", "Low income", "2009-07-01", "2011-06-30", "FY10 to FY11"),
        ("GHA", "income-group", "Lower middle income", "2011-07-01", "2012-06-30", "FY12"),
        ("GHA", "income-group", "Lower middle income", "2013-07-01", "2014-06-30", "FY14; FY14 provisional"),
    ]
    assert "6 rows read, 3 written" in said
    assert "1 (no country with an ISO 3166-1 code (XKX)), 1 (no group given)" in said


@pytest.mark.parametrize("before", ["sep=;\r\n", "\n\n"])
def test_what_stands_before_the_headings_moves_the_lines(tmp_path: Path, before: str) -> None:
    text = HISTORY.replace(",", ";").replace("FY14", "2014")
    (tmp_path / "table.csv").write_bytes(f"{before}{text}".encode())
    (tmp_path / "plain.csv").write_text(text, encoding="utf-8")
    lines = []
    for name in ("table.csv", "plain.csv"):
        with pytest.raises(EvidenceError) as told:
            countries.read(tmp_path / name, countries.Given("2026-01-31"))
        lines.append([found.line for found in told.value.findings])
    assert lines[0] == [line + before.count("\n") for line in lines[1] if line]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_that_a_spreadsheet_saved_with_other_separators_is_the_same(tmp_path: Path, separator: str) -> None:
    saved = io.StringIO()
    csv.writer(saved, delimiter=separator).writerows(csv.reader(io.StringIO(HISTORY)))
    assert link(tmp_path, HISTORY, "--retrieved", "2026-11-22")[0] == 0
    expected = kept(tmp_path, "income-groups")
    code, said = link(tmp_path, saved.getvalue(), "--retrieved", "2026-11-22")
    assert (code, kept(tmp_path, "income-groups")) == (0, expected)
    assert "3 written" in said


def test_a_set_that_takes_the_place_of_another_is_said_to(tmp_path: Path) -> None:
    first, second = (link(tmp_path, HISTORY, "--retrieved", "2026-11-22")[1].splitlines()[0] for _ in range(2))
    assert second == first.removesuffix(".") + ", in place of what stood there."


@pytest.mark.parametrize(
    ("text", "year"), [("FY89", 1989), ("FY00", 2000), ("FY26", 2026), ("FY2026", 2026), ("26", 0)]
)
def test_a_fiscal_year_is_the_year_in_which_it_ends(text: str, year: int) -> None:
    assert countries.fiscal_year(text) == year


def test_a_classification_holds_in_the_fiscal_year_that_is_said(tmp_path: Path) -> None:
    table = "iso3,economy,wb_region,income_group,lending_category\nAFG,Afghanistan,South Asia,Low income,IDA\n"
    assert link(tmp_path, table) == (
        2,
        f"{tmp_path / 'table.csv'} does not say of which fiscal year it is: add --fiscal-year, as FY26",
    )
    assert link(tmp_path, table, "--fiscal-year", "FY23")[0] == 0
    assert [tuple(row.values()) for row in kept(tmp_path, "world-bank-fy23")] == [
        ("AFG", "world-bank-region", "South Asia", "2022-07-01", "2023-06-30", "FY23"),
        ("AFG", "income-group", "Low income", "2022-07-01", "2023-06-30", "FY23"),
    ]


def test_a_fiscal_year_that_is_none_is_said(tmp_path: Path) -> None:
    table = "iso3,economy,wb_region,income_group,lending_category\nAFG,Afghanistan,South Asia,Low income,IDA\n"
    said = "--fiscal-year 2026 is no fiscal year: write it as FY26"
    assert link(tmp_path, table, "--fiscal-year", "2026") == (2, said)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("evidence/sources", "is a part of an evidence folder: name "),
        ("evidence/external", "is a part of an evidence folder: name "),
        ("build", "is a build: name the evidence folder that it was built from with --into"),
        ("nowhere", "name your evidence folder with --into"),
    ],
)
def test_nothing_is_linked_into_a_folder_that_is_no_evidence_folder(tmp_path: Path, place: str, said: str) -> None:
    for name in ("evidence/sources", "evidence/external", "build/releases"):
        (tmp_path / name).mkdir(parents=True)
    code, told = link(tmp_path, HISTORY, "--into", str(tmp_path / place))
    assert (code, said in told) == (2, True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "table.csv"]


def test_who_regions_have_no_period_and_say_so(tmp_path: Path) -> None:
    table = "iso3,who_region_code,who_region_name\nIDN,SEAR,South-East Asia Region\n"
    assert link(tmp_path, table, "--as-of", "2023-02-01")[0] == 0
    assert [tuple(row.values()) for row in kept(tmp_path, "who-regions")] == [
        ("IDN", "who-region", "South-East Asia Region", "", "", "as of 2023-02-01; no period is stated")
    ]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("a,b\n1,2\n", 2, "is no table of countries that is known"),
        ("indicator,iso3,year,value\n", 2, "Indicators are linked by kg link indicators"),
        ('iso3,"m49\n', 3, "table.csv: line 1 is not CSV"),
        ("", 2, "is no table of countries that is known"),
        (HISTORY.replace("FY14", "2014"), 1, "keeps this evidence out"),
        (HISTORY + "GHA,Ghana,FY10,2008,H,High income,\n", 1, "keeps this evidence out"),
        (CODES.replace("wiki/Q889", "wiki/Kabul"), 1, "keeps this evidence out"),
    ],
)
def test_a_table_that_cannot_be_read_writes_nothing(tmp_path: Path, text: str, code: int, said: str) -> None:
    found, told = link(tmp_path, text)
    assert (found, said in told, list((tmp_path / "evidence").iterdir())) == (code, True, [])


def test_every_row_with_too_few_or_many_cells_and_every_doubled_heading_is_told(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(
        "iso3,fiscal_year,income_group,note,note\nGHA,FY10,Low income,,\nGHA,FY11\n\nGHA,FY12,Low income,,,more\n",
        encoding="utf-8",
    )
    with pytest.raises(EvidenceError) as told:
        countries.read(tmp_path / "table.csv", countries.Given("2026-01-31"))
    assert [(found.line, found.what) for found in told.value.findings] == [
        (1, "the column note stands there twice."),
        (3, "the row has 2 cells, and there are 5 columns."),
        (5, "the row has 6 cells, and there are 5 columns."),
    ]


def test_a_country_in_two_groups_at_one_time_is_told() -> None:
    _, findings = mapped(
        a_set("a", Kind.groups),
        "iso3,grouping,group,from,until,note\n"
        "UGA,un-region,Africa,,,\n"
        "UGA,un-region,Asia,,,\n"
        "UGA,income-group,Low income,2000-07-01,2010-06-30,\n"
        "UGA,income-group,High income,2010-06-30,,\n"
        "UGA,income-group,Lower middle income,2010-07-01,,\n",
    )
    assert [(line, what) for line, what, _ in findings] == [
        (3, "UGA is in another group of un-region by line 2, at the same time."),
        (5, "UGA is in another group of income-group by line 4, at the same time."),
    ]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--url", "https://e.org/%zz", "url: “https://e.org/%zz” can be no address in a graph"),
        ("--url", "foo", "url: "),
        ("--url", "http://a b", "url: "),
        ("--version", " ", "version: "),
    ],
)
def test_what_cannot_be_said_of_a_table_is_one_line_and_writes_nothing(
    tmp_path: Path, option: str, value: str, said: str
) -> None:
    code, told = link(tmp_path, HISTORY, option, value)
    assert (code, "\n" in told, list((tmp_path / "evidence").iterdir())) == (2, False, [])
    assert told.startswith(f"the data set income-groups cannot be described: {said}")


def test_an_address_that_no_graph_can_hold_is_told_at_its_line() -> None:
    text = text_of(a_set("a", Kind.groups)).decode()
    wrong = text.replace(SAID["url"], "https://e.org/%zz")
    unit = DataUnit(Path("data.csv"), "external/a/data.csv", 1, wrong.encode(), table=b"")
    (found,) = dataset.read(unit).findings
    line = next(number for number, said in enumerate(wrong.splitlines(), 1) if "%zz" in said)
    assert (found.file, found.line) == ("external/a/dataset.yaml", line)


def test_a_table_that_no_build_could_read_leaves_the_one_before(tmp_path: Path) -> None:
    assert link(tmp_path, CODES)[0] == 0
    before = (tmp_path / "evidence" / "external" / "country-codes" / "data.csv").read_bytes()
    code, told = link(tmp_path, CODES.replace("UG,UGA", "ug,UGA"))
    assert (code, told) == (1, "1 finding keeps this evidence out of the graph")
    assert (tmp_path / "evidence" / "external" / "country-codes" / "data.csv").read_bytes() == before


def test_a_day_is_a_day(tmp_path: Path) -> None:
    assert link(tmp_path, CODES, "--retrieved", "last week") == (
        2,
        "last week is not a day: write it like 2026-11-22",
    )


# Builds


def test_only_the_data_set_that_changed_is_redone_and_what_goes_is_gone(tmp_path: Path) -> None:
    evidence, build = tmp_path / "evidence", tmp_path / "build"
    shutil.copytree(QUESTIONS / "evidence", evidence)
    pipeline.build(evidence, build)
    table = evidence / "external" / "workforce" / "data.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("GBR,2014,28", "GBR,2014,29"), encoding="utf-8")
    changed = pipeline.build(evidence, build)
    assert (changed.redone, changed.removed) == (("external/workforce",), ())
    (row,) = [row for row in kg.open(build).ask("cq37").rows if row["at_least"] == "2.5"]
    assert row["values"] == ("GBR 2.9 (2014, HWF_0001)",)
    shutil.rmtree(evidence / "external")
    gone = pipeline.build(evidence, build)
    assert (gone.redone, gone.removed) == ((), ("external/groups", "external/workforce"))
    graph = kg.open(build)
    assert {row["holds"] for row in graph.external_data().rows} == {"mappings"}
    assert [row["group"] for row in graph.ask("cq36").rows] == [
        "not classified: no partnership is recorded",
        "not classified: no such groups are linked (kg link countries)",
    ]
    store = Store.read_only(str(gone.release.store))
    assert [graph.value for graph in store.named_graphs() if "/external/" in str(graph)] == []


def test_nothing_is_inferred_from_external_data_and_its_graph_stands_alone(small_build: Built) -> None:
    store = Store.read_only(str(small_build.release.store))
    graphs = sorted(str(graph.value) for graph in store.named_graphs() if "external" in str(graph))
    assert graphs == [iris.external_graph("groups").value, iris.external_graph("workforce").value]
    asserted = {quad.triple for quad in store.quads_for_pattern(None, None, None, iris.external_graph("workforce"))}
    others = {quad.triple for quad in store if quad.graph_name != iris.external_graph("workforce")}
    assert asserted & others == set()


# Questions on the shipped evidence


def test_a_case_is_classified_by_the_groups_of_its_own_years(shipped_graph: kg.KnowledgeGraph) -> None:
    """The charter between Ghana and Michigan: Ghana was a low income country until June 2011.

    The contract between two Ghanaian bodies of 2005 and 2006 lies in a low income country, which Ghana is no more.
    """
    rows = shipped_graph.sparql("""
        SELECT DISTINCT ?case ?iso3 ?label ?period
        WHERE {
          VALUES ?case { <https://w3id.org/partnership-mechanisms/data/anderson2014/case/anderson2014-charter>
                         <https://w3id.org/partnership-mechanisms/data/hushie2016/case/gac-waaf> }
          ?case pm:heldMembership ?membership .
          ?membership pm:memberOf ?group ; pm:memberCountry/pm:iso3 ?iso3 ; pm:period ?period .
          ?group pm:grouping pm:incomeGroup ; rdfs:label ?label .
        }
        ORDER BY ?case ?iso3 ?period""")
    assert [(str(row["case"]).rpartition("/")[2], row["iso3"], row["label"], row["period"]) for row in rows] == [
        ("anderson2014-charter", "GHA", "Low income", "1988-07-01/2011-06-30"),
        ("anderson2014-charter", "GHA", "Lower middle income", "2011-07-01/2026-06-30"),
        ("anderson2014-charter", "USA", "High income", "1988-07-01/2026-06-30"),
        ("gac-waaf", "GHA", "Low income", "1988-07-01/2011-06-30"),
    ]


def test_trust_by_income_group_at_the_time_of_the_study(shipped_graph: kg.KnowledgeGraph) -> None:
    counted = (
        "supports",
        "hinders",
        "mixed",
        "no_effect",
        "studies",
        "in_several_groups",
        "by_own_years",
        "approximate",
    )
    rows = {row["group"]: tuple(row[name] for name in counted) for row in shipped_graph.ask("cq36").rows}
    assert rows == {
        "High income": (11, 0, 0, 0, 11, 2, 4, 8),
        "Low income": (2, 0, 0, 0, 2, 1, 1, 1),
        "Lower middle income": (5, 0, 0, 0, 5, 2, 1, 4),
        "not classified: the partnership has no country recorded": (1, 0, 0, 0, 1, 0, 0, 0),
        "not classified: no partnership is recorded": (11, 0, 1, 0, 11, 0, 0, 0),
    }


def test_no_study_of_the_selection_is_lost_between_the_groups(shipped_graph: kg.KnowledgeGraph) -> None:
    claims = {claim for row in shipped_graph.ask("cq36").rows for claim in row["claims"] or ()}  # type: ignore[union-attr]
    traced = {
        row["claim"] for row in shipped_graph.trace(factor="trust", claims=True).rows if row["status"] != "proposed"
    }
    assert claims == traced


# Known defects are shown


def test_the_shipped_tables_have_the_defects_that_are_known(shipped_build: Built) -> None:
    notes = [found for found in shipped_build.findings if found.file.startswith("evidence/external/")]
    assert sorted((Path(found.file).parent.name, found.rule, found.what) for found in notes) == [
        ("country-codes", "country-without-wikidata", "Namibia has no item of Wikidata here."),
        (
            "world-bank-sh-med-beds-zs",
            "observation-jumps",
            "Hospital beds (World Bank) of Barbados goes from 1.2676000595 (1993) to 7.4 (1995).",
        ),
        (
            "world-bank-sh-med-saop-p5",
            "observation-jumps",
            "Specialist surgical workforce (World Bank) of Samoa goes from 7.28 (2014) to 1.6 (2016).",
        ),
    ]


JUMPS = [
    ("2016,0.31", "2018,1.52", True),  # Malawi's doctors, as WHO published them in 2022
    ("2016,1.52", "2018,0.31", True),
    ("2016,0.31", "2019,1.52", False),
    ("2016,0.31", "2018,1.23", False),
    ("2016,0", "2018,1.52", False),
]


@pytest.mark.parametrize(("first", "second", "found"), JUMPS)
def test_a_fourfold_jump_within_two_years_is_told(tmp_path: Path, first: str, second: str, found: bool) -> None:
    rows = [dict(zip(("year", "value"), each.split(","), strict=True)) for each in (first, second)]
    said = [{"indicator": "HWF_0001", "iso3": "MWI", **row} for row in rows]
    dataset.save(tmp_path, a_set("doctors", Kind.indicators), said)
    findings = pipeline.check(tmp_path / "external" / "doctors")
    assert [(each.rule, each.line, each.related[0].line) for each in findings] == (
        [("observation-jumps", 3, 2)] if found else []
    )


def test_a_value_between_ends_a_jump(tmp_path: Path) -> None:
    rows = [
        {"indicator": "HWF_0001", "iso3": "MWI", "year": y, "value": v}
        for y, v in (("2016", "1"), ("2017", "2"), ("2018", "4"))
    ]
    dataset.save(tmp_path, a_set("doctors", Kind.indicators), rows)
    assert pipeline.check(tmp_path / "external" / "doctors") == []


# The data cube

CUBE = "http://purl.org/linked-data/cube#"
CONSTRAINTS = {
    "IC-1: every observation is in exactly one data set": """
        ?obs a qb:Observation . { FILTER NOT EXISTS { ?obs qb:dataSet ?set } } UNION
        { ?obs qb:dataSet ?one , ?other . FILTER(?one != ?other) }""",
    "IC-2: every data set has exactly one structure": """
        ?set a qb:DataSet . { FILTER NOT EXISTS { ?set qb:structure ?dsd } } UNION
        { ?set qb:structure ?one , ?other . FILTER(?one != ?other) }""",
    "IC-3: every structure has a measure": """
        ?dsd a qb:DataStructureDefinition .
        FILTER NOT EXISTS { ?dsd qb:component/qb:measure ?measure . ?measure a qb:MeasureProperty }""",
    "IC-11: every observation has a value for every dimension": """
        ?obs qb:dataSet/qb:structure/qb:component/qb:dimension ?dim . FILTER NOT EXISTS { ?obs ?dim ?value }""",
    "IC-14: every observation has a value for every measure": """
        ?obs qb:dataSet/qb:structure/qb:component/qb:measure ?measure . FILTER NOT EXISTS { ?obs ?measure ?value }""",
}
"""Of the integrity constraints of the RDF Data Cube vocabulary (W3C 2014, section 11) those that can fail here."""


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_what_is_published_is_a_well_formed_cube(shipped_build: Built, constraint: str) -> None:
    store = Store.read_only(str(shipped_build.release.store))
    asked = f"PREFIX qb: <{CUBE}> ASK {{ {{ {CONSTRAINTS[constraint]} }} }}"
    assert not bool(store.query(asked, use_default_graph_as_union=True))


def test_no_two_observations_have_the_same_dimensions(shipped_build: Built) -> None:
    """IC-12, which as it is written compares every observation with every other."""
    store = Store.read_only(str(shipped_build.release.store))
    asked = f"""PREFIX qb: <{CUBE}> PREFIX pm: <{PM.base}>
        SELECT (COUNT(*) AS ?all) (COUNT(DISTINCT ?key) AS ?different) WHERE {{
          ?obs qb:dataSet ?set ; pm:indicator ?i ; pm:observedCountry ?c ; pm:observedYear ?y .
          BIND(CONCAT(STR(?set), STR(?i), STR(?c), STR(?y)) AS ?key) }}"""
    (row,) = store.query(asked, use_default_graph_as_union=True)  # type: ignore[misc]
    assert query.plain(row["all"]) == query.plain(row["different"]) == 6_952


# Status


def test_status_says_whose_how_old_and_under_what_licence(shipped_graph: kg.KnowledgeGraph) -> None:
    found = shipped_graph.external_data(today=date(2026, 12, 2))
    mine = [row for row in found.rows if row["holds"] != "mappings"]
    told = [(row["name"], row["holds"], row["entries"], row["age"], row["publisher"]) for row in mine]
    assert told == [
        ("external/country-codes", "countries", 249, 10, "datasets/country-codes"),
        ("external/income-groups", "groups", 551, 10, "The World Bank"),
        ("external/un-regions", "groups", 496, 10, "datasets/country-codes"),
        ("external/world-bank-fy23", "groups", 431, 10, "The World Bank"),
        ("external/world-bank-fy26", "groups", 430, 10, "The World Bank"),
        ("external/world-bank-sh-med-beds-zs", "indicators", 3_751, 10, "World Bank"),
        ("external/world-bank-sh-med-saop-p5", "indicators", 293, 10, "World Bank"),
        ("external/world-bank-sh-sta-brtc-zs", "indicators", 2_908, 10, "World Bank"),
    ]
    beds = mine[5]
    assert beds["left_out"] == (
        "1141: group of countries",
        "4: no country with an ISO 3166-1 code",
        "962: before 1990",
    )
    assert beds["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    mappings = {row["name"]: row["entries"] for row in found.rows if row["holds"] == "mappings"}
    assert mappings == {
        "alignment/bcio": 25,
        "alignment/cids": 1,
        "alignment/eco": 2,
        "alignment/gmho": 2,
        "alignment/mesh": 2,
        "alignment/mfoem": 3,
        "alignment/ro": 2,
        "alignment/sepio": 8,
        "alignment/wikidata": 1,
    }


def test_nothing_of_who_is_shipped() -> None:
    """Its terms are no licence under which the package could hand it on."""
    described = [dataset.read(unit).described for unit in dataset.find_units(SHIPPED)[0]]
    assert {one.licence for one in described if one} == {
        "https://creativecommons.org/licenses/by/4.0/",
        "https://opendatacommons.org/licenses/pddl/1-0/",
    }
    assert [path for path in (ROOT / "evidence").rglob("*") if "who" in path.name.casefold()] == []


def test_the_command_lists_the_data_sets(small_build: Built, tmp_path: Path) -> None:
    build = small_build.release.folder.parent.parent
    table = CliRunner().invoke(app, ["link", "status", "--graph", str(build)])
    assert (
        table.exit_code,
        "external/workforce: Doctors of three countries\n  9 rows of indicators." in table.output,
    ) == (
        0,
        True,
    )
    listed = CliRunner().invoke(app, ["link", "status", "--graph", str(build), "--format", "json"])
    names = [row["name"] for row in json.loads(listed.output)["data_sets"] if row["holds"] != "mappings"]
    assert names == ["external/groups", "external/workforce"]


# What changed


def test_a_diff_tells_of_a_data_set_as_a_whole(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    shutil.copytree(QUESTIONS / "evidence", evidence)
    pipeline.build(evidence, tmp_path / "before")
    table = evidence / "external" / "workforce" / "data.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("GBR,2014,28", "GBR,2014,29"), encoding="utf-8")
    shutil.rmtree(evidence / "external" / "groups")
    pipeline.build(evidence, tmp_path / "after")
    changes = kg.open(tmp_path / "after").diff(kg.open(tmp_path / "before")).changes
    told = {
        (one.id, one.change): [(slot.name, slot.after) for slot in one.slots]
        for one in changes
        if one.kind == "data set"
    }
    assert told == {("groups", "removed"): [], ("workforce", "changed"): [("rows that differ", 1)]}
    assert [one.id for one in changes if "membership" in one.id or "observation" in one.id] == []
