"""Records of ROR from a dump, a zip or a table: what can be used is, and the rest is reported, record by record."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import EvidenceError, Failure, UsageError
from kg.external import ror
from kg.external.ror import Name, NameKind, Organisation, Relationship, Status
from tests.ror import RECORDS, SIGNS, SLICE, V2_RECORDS, dump, iso3, made_up, names, record, registry

SHOWN = frozenset({NameKind.display, NameKind.label})


def reasons(path: Path) -> list[str]:
    """What was left out of a file, and why."""
    read = ror.read(path, iso3())
    assert read.came == len(read.organisations) + len(read.findings)
    return [f"{finding.spot}: {finding.what}" for finding in read.findings]


# Ids


def test_every_id_in_the_real_records_has_the_check_digits_that_are_computed() -> None:
    ids = set(registry(SLICE, RECORDS, V2_RECORDS).organisations)
    ids |= {other.ror for each in registry(RECORDS, V2_RECORDS).organisations.values() for other in each.relationships}
    assert len(ids) == 599
    assert {each for each in ids if not ror.is_id(each)} == set()


@pytest.mark.parametrize(
    "text",
    [
        "https://ror.org/01f80g158", "http://ror.org/01f80g185", "https://ror.org/01F80G185", "01f80g185",
        "https://ror.org/01f80g185/", "https://ror.org/11f80g185", "https://ror.org/01f80l185", "",
        "https://ror.org/01f80g185\n", "https://evil.example/01f80g185", "https://ror.org/٠1f80g185",
    ],
)  # fmt: skip
def test_what_only_looks_like_an_id_is_none(text: str) -> None:
    assert not ror.is_id(text)


@given(st.integers(0, 32**6 - 1), st.integers(7, 12), st.sampled_from(SIGNS))
def test_one_wrong_sign_in_an_id_is_seen(number: int, at: int, sign: str) -> None:
    right = made_up(number)
    place = len("https://ror.org/") + at - 6
    wrong = right[:place] + sign + right[place + 1 :]
    assert ror.is_id(right)
    assert ror.is_id(wrong) == (wrong == right)


# What is read


def test_a_record_of_version_2_is_read_with_all_that_is_used_of_it() -> None:
    found = ror.read(RECORDS, iso3()).organisations["https://ror.org/00286hs46"]
    assert found == Organisation(
        ror="https://ror.org/00286hs46",
        names=(
            Name("University of Rwanda", SHOWN),
            Name("Kaminuza Nkuru y’u Rwanda", frozenset({NameKind.alias})),
            Name("NUR", frozenset({NameKind.acronym})),
            Name("National University of Rwanda", frozenset({NameKind.alias})),
            Name("UR", frozenset({NameKind.acronym})),
            Name("Université Nationale du Rwanda", frozenset({NameKind.alias})),
        ),
        countries=frozenset({"RWA"}),
        types=("education", "funder"),
        status=Status.active,
        wikidata=(),
        relationships=(
            Relationship("related", "https://ror.org/05rkvrx68", "University Teaching Hospital of Butare"),
        ),
        established=2013,
    )  # fmt: skip


def test_namibia_is_a_country_and_not_a_missing_value() -> None:
    assert ror.read(RECORDS, iso3()).organisations["https://ror.org/016xje988"].countries == {"NAM"}


def test_a_row_of_a_table_is_read_with_all_that_is_used_of_it() -> None:
    assert ror.read(SLICE, iso3()).organisations["https://ror.org/05c7h4935"] == Organisation(
        ror="https://ror.org/05c7h4935",
        names=(Name("Ministry of Health", SHOWN),),
        countries=frozenset({"GHA"}),
        types=("government",),
        status=Status.active,
        wikidata=("Q6867086",),
        relationships=(Relationship("child", "https://ror.org/052ss8w32"),),
        established=1957,
    )


def test_the_real_files_are_read_whole_and_nothing_in_them_is_left_out() -> None:
    read = [ror.read(path, iso3()) for path in (SLICE, RECORDS, V2_RECORDS)]
    assert [(each.came, len(each.organisations), each.findings) for each in read] == [
        (544, 544, ()),
        (26, 26, ()),
        (11, 11, ()),
    ]


def test_one_that_is_no_more_names_its_successor() -> None:
    gone = registry(V2_RECORDS).organisations["https://ror.org/03kpdys72"]
    assert (gone.name, gone.status) == ("Triemli Hospital", Status.inactive)
    assert gone.successors == ("https://ror.org/04933pe04",)


def test_the_preferred_wikidata_item_stands_first_and_no_item_twice(tmp_path: Path) -> None:
    ids = [{"type": "wikidata", "all": ["Q1", "Q2", "Q1"], "preferred": "Q2"}, {"type": "isni", "all": ["0"]}]
    path = dump(tmp_path / "a.json", record(1, "A", external_ids=ids))
    assert ror.read(path, iso3()).organisations[made_up(1)].wikidata == ("Q2", "Q1")


def test_a_zip_is_read_as_the_dump_in_it(tmp_path: Path) -> None:
    path = tmp_path / "v2.0-ror-data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(RECORDS, "v2.0-ror-data.json")
        archive.writestr("v2.0-ror-data.csv", "id,names\n")
    assert ror.read(path, iso3()) == replaced(ror.read(RECORDS, iso3()))


def replaced(read: ror.Registry) -> ror.Registry:
    return ror.Registry(read.organisations, (), read.came)


def test_of_two_dumps_in_a_zip_that_of_schema_2_is_read(tmp_path: Path) -> None:
    path = tmp_path / "v1.50-ror-data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("v1.50-ror-data.json", json.dumps([{"id": made_up(1), "name": "Old"}]))
        archive.writestr("v1.50-ror-data_schema_v2.json", json.dumps([record(2, "New")]))
    assert [each.name for each in ror.read(path, iso3()).organisations.values()] == ["New"]


@pytest.mark.parametrize(("held", "named"), [([], "none"), (["a.json", "b.json"], "a.json, b.json")])
def test_a_zip_with_no_dump_or_several_is_refused(tmp_path: Path, held: list[str], named: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "")
        for name in held:
            archive.writestr(name, "[]")
    with pytest.raises(UsageError, match=f"must hold one dump ending in .json, and holds {named}: name the dump"):
        ror.read(path, iso3())


def test_a_zip_that_may_do_harm_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../dump.json", "[" + " " * 10_000_000 + "]")
    with pytest.raises(EvidenceError) as caught:
        ror.read(path, iso3())
    assert {finding.what[:24] for finding in caught.value.findings} == {
        "the entry unpacks to 102",
        "the entry's name leads o",
    }


# Records that cannot be used

HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "an id that is none": ({"id": "https://ror.org/01f80g158"}, "https://ror.org/01f80g158 is no id of ROR"),
    "an id elsewhere": ({"id": "javascript:alert(1)"}, "javascript:alert(1) is no id of ROR"),
    "an id that is a number": ({"id": 7}, "7 is no id of ROR"),
    "no id": ({"id": None}, "nothing is no id of ROR"),
    "no name": ({"names": []}, "the record has no name."),
    "names that are no list": ({"names": "A"}, "the record has no name."),
    "a name that is no object": ({"names": ["A"]}, "a name is empty, or not text."),
    "an empty name": ({"names": names(" ")}, "a name is empty, or not text."),
    "markup in a name": ({"names": names("<script>alert(1)</script>")}, "“<script>alert(1)</script>” holds markup."),
    "markup in an alias": ({"names": names("A", alias=["B <img src=x onerror=y>"])}, "holds markup."),
    "a control character": ({"names": names("A\x00B")}, "the name “A�B” holds control characters."),
    "half a character": ({"names": names("A\ud800")}, "holds control characters."),
    "an endless name": ({"names": names("A" * 501)}, "a name has 501 characters, and may have 500."),
    "two names to be shown": ({"names": names("A") + names("B")}, "must have one name to be shown (ror_display)."),
    "no name to be shown": ({"names": names("A", alias=["B"])[1:]}, "must have one name to be shown (ror_display)."),
    "a name of no kind": ({"names": [{"value": "A", "types": ["nick"]}]}, "does not say what kind of name A is."),
    "a status that is none": ({"status": "closed"}, "closed is no status: it is active, inactive, withdrawn."),
    "a status that is a list": ({"status": ["active"]}, "is no status"),
    "a country that is none": (
        {"locations": [{"geonames_details": {"country_code": "XX"}}]},
        "XX is no alpha-2 code of a country that is known here.",
    ),
    "a country that was read as missing": (
        {"locations": [{"geonames_details": {"country_code": None}}]},
        "nothing is no alpha-2 code of a country that is known here.",
    ),
    "a place that is none": ({"locations": ["Kampala"]}, "nothing is no alpha-2 code"),
    "places that are no list": ({"locations": {"a": 1}}, "“locations” is not a list."),
    "a type that breaks out": ({"types": ['a" onclick="x']}, "is no type that ROR has."),
    "a Wikidata id that is none": (
        {"external_ids": [{"type": "wikidata", "all": ["Q7> <urn:x"], "preferred": None}]},
        "Q7> <urn:x is no id of a Wikidata item, such as Q7817.",
    ),
    "a relationship to nobody": (
        {"relationships": [{"type": "parent", "id": "x", "label": "X"}]},
        "x is no id of ROR",
    ),
    "a relationship that is text": ({"relationships": ["parent"]}, "a relationship is not an object."),
    "a year that is none": ({"established": "1922"}, "1922 is no year."),
    "a year that is true": ({"established": True}, "True is no year."),
}  # fmt: skip


@pytest.mark.parametrize(("said", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_record_that_cannot_be_used_is_reported_and_those_around_it_are_read(
    tmp_path: Path, said: dict[str, Any], reason: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([record(1, "A"), record(2, "B", **said), record(3, "C")]), encoding="utf-8")
    read = ror.read(path, iso3())
    assert [each.name for each in read.organisations.values()] == ["A", "C"]
    (finding,) = read.findings
    assert (finding.place, finding.rule) == (f"{path}, record 2", "ror-record")
    assert reason in finding.what
    assert finding.what.isprintable()


def test_a_record_that_is_no_object_or_of_version_1_is_reported(tmp_path: Path) -> None:
    path = dump(tmp_path / "a.json", 7, None, "text", {"id": made_up(1), "name": "Old", "country": {}})
    assert reasons(path) == [
        "record 1: a record is not an object with names and an id.",
        "record 2: a record is not an object with names and an id.",
        "record 3: a record is not an object with names and an id.",
        "record 4: the record is of version 1 of ROR's schema.",
    ]


def test_of_two_records_with_one_id_the_first_is_used_and_the_other_reported(tmp_path: Path) -> None:
    path = dump(tmp_path / "a.json", record(1, "A"), record(1, "A"), record(1, "B"))
    assert [each.name for each in ror.read(path, iso3()).organisations.values()] == ["A"]
    assert reasons(path) == [
        f"record 2: {made_up(1)} stands twice.",
        f"record 3: {made_up(1)} stands twice, and not alike; the first is used.",
    ]


def test_more_records_than_any_dump_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ror.MOST_RECORDS == 1_000_000
    monkeypatch.setattr(ror, "MOST_RECORDS", 10)
    ten = [record(number, "A") for number in range(10)]
    assert len(ror.read(dump(tmp_path / "a.json", *ten), iso3()).organisations) == 10
    with pytest.raises(UsageError, match=r"b\.json holds more than 10 records: no dump of ROR does$"):
        ror.read(dump(tmp_path / "b.json", *ten, record(10, "A")), iso3())


def test_a_file_of_which_hardly_anything_can_be_used_is_refused_before_it_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write(",".join(ror.COLUMNS) + "\n")
        out.writelines("x,,,,,,,\n" for _ in range(1_000_001))
    with pytest.raises(UsageError, match=r"a\.csv has more than 1,000 records that cannot be used; x is no id of ROR"):
        ror.read(path, iso3())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"ror_id": "x"}, "x is no id of ROR: it is https://ror.org/, seven signs and two check digits."),
        ({"name": "<b>A</b>"}, "the name “<b>A</b>” holds markup."),
        ({"status": ""}, "nothing is no status: it is active, inactive, withdrawn."),
        ({"wikidata": "7"}, "7 is no id of a Wikidata item, such as Q7817."),
        ({"relationships": "child:x"}, "x is no id of ROR: it is https://ror.org/, seven signs and two check digits."),
        ({"types": "A B"}, "A B is no type that ROR has."),
    ],
)
def test_a_row_that_cannot_be_used_is_reported_with_its_line(tmp_path: Path, row: dict[str, str], reason: str) -> None:
    sound = {"ror_id": made_up(1), "name": "A", "status": "active", "iso3": "UGA"}
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ror.COLUMNS, restval="")
        writer.writeheader()
        writer.writerows([{**sound, **row}, {**sound, "ror_id": made_up(2)}])
    assert list(ror.read(path, iso3()).organisations) == [made_up(2)]
    assert reasons(path) == [f"line 2: {reason}"]


def test_a_row_with_a_cell_too_many_or_too_few_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head, row = ",".join(ror.COLUMNS), f"{made_up(1)},A,education,active,UGA,,,"
    path.write_text(f"{head}\n{row},more\n{made_up(2)},B\n{row}\n", encoding="utf-8")
    assert list(ror.read(path, iso3()).organisations) == [made_up(1)]
    assert reasons(path) == [
        "line 2: the row has more or fewer cells than the table has columns.",
        "line 3: the row has more or fewer cells than the table has columns.",
    ]


def test_a_table_with_semicolons_is_read_as_one_with_commas(tmp_path: Path) -> None:
    for name, separator in (("a.csv", ","), ("b.csv", ";")):
        with (tmp_path / name).open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out, delimiter=separator)
            writer.writerows([ror.COLUMNS, (made_up(1), "A, B", "education", "active", "UGA", "", "1950", "")])
    with_commas, with_semicolons = (ror.read(tmp_path / name, iso3()) for name in ("a.csv", "b.csv"))
    assert with_commas.organisations == with_semicolons.organisations
    assert list(with_commas.organisations) == [made_up(1)]


# Files that are none

NO_DUMPS: dict[str, tuple[str, bytes, type[Exception], str]] = {
    "an object": ("a.json", b'{"items": []}', UsageError, 'a.json is no dump of ROR: it begins with “{"items": []}”'),
    "nothing": ("a.json", b"", UsageError, "it begins with “nothing”, not with a list of records"),
    "a page": ("a.json", b"<!DOCTYPE html>", UsageError, "it begins with “<!DOCTYPE html>”"),
    "cut within a record": (
        "a.json",
        json.dumps([record(1, "A"), record(2, "B")]).encode()[:-40],
        Failure,
        "cannot be read after record 1: it is cut off or no JSON; fetch it anew",
    ),
    "cut between records": ("a.json", b"[{}, ", Failure, "cannot be read after record 1: it is cut off"),
    "cut at once": ("a.json", b"[", Failure, "cannot be read before the first record: it is cut off"),
    "NaN": ("a.json", b"[NaN]", Failure, "cannot be read before the first record"),
    "a hundred thousand lists in each other": ("a.json", b"[" * 100_000, Failure, "before the first record"),
    "UTF-16": ("a.json", "[]".encode("utf-16"), UsageError, "a.json is not UTF-8"),
    "another ending": ("a.xlsx", b"", UsageError, "a.xlsx is no dump of ROR: expected .json, .zip or .csv"),
    "a table of something else": ("a.csv", b"a,b\n1,2\n", UsageError, "a.csv lacks the column ror_id: a table of ROR"),
    "an unclosed quote": (
        "a.csv",
        (",".join(ror.COLUMNS) + '\n"x').encode(),
        Failure,
        "a.csv, after line 1: unexpected end of data; save the table anew",
    ),
}


@pytest.mark.parametrize(("name", "data", "kind", "said"), NO_DUMPS.values(), ids=NO_DUMPS.keys())
def test_a_file_that_is_no_dump_is_refused_in_one_line(
    tmp_path: Path, name: str, data: bytes, kind: type[Exception], said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(kind) as caught:
        ror.read(tmp_path / name, iso3())
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*none\.json$"):
        ror.read(tmp_path / "none.json", iso3())


def test_records_that_lie_across_chunks_of_a_large_dump_are_read_whole(tmp_path: Path) -> None:
    many = [record(number, f"Hospital {number} é" + "x" * 300) for number in range(1, 4000)]
    path = dump(tmp_path / "a.json", *many)
    assert path.stat().st_size > 2 * 1 << 20
    read = ror.read(path, iso3())
    assert [each.name for each in read.organisations.values()] == [each["names"][0]["value"] for each in many]
    assert read.findings == ()
