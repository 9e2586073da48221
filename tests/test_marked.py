"""YAML and JSON as plain data with lines: equal to what was dumped, each line right, and never an exception."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kg.marked import Path, read_json, read_yaml

LONGEST_INTEGER = 18
"""Characters, sign included: a plain integer that is longer stays text, so that no reader of it can lose a digit."""

INTEGERS = st.integers(-(10 ** (LONGEST_INTEGER - 1)) + 1, 10**LONGEST_INTEGER - 1)
SCALARS = st.none() | st.booleans() | INTEGERS | st.text(max_size=20)


def nested(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=20,
    )


ANYTHING = nested(st.text(max_size=12))
SIGNIFICANT = [*"-:?,[]{}#&*!|>'\"%@`~=<.\\", "\n", "\t", " ", "  ", "- ", ": ", "---", "...", "<<", "a", "0", "\x00"]


class WithoutAliases(yaml.SafeDumper):
    """Writes equal parts out, as evidence files must."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def dumped(data: object, **style: Any) -> str:
    text: str = yaml.dump(data, Dumper=WithoutAliases, sort_keys=False, **style)
    return text


SEPARATORS = "\x85\u2028\u2029"
"""Line breaks to YAML 1.1, by which PyYAML writes, and characters like others to YAML 1.2."""

STYLES = [
    pytest.param({"allow_unicode": unicode, "default_flow_style": flow}, id=f"{unicode=}-{flow=}")
    for unicode in (True, False)
    for flow in (True, False)
]


# What was dumped is read back


@pytest.mark.parametrize("style", STYLES)
@given(data=ANYTHING)
@settings(deadline=None)
@example(data={"": ["", {"a\nb": "x\n\n y "}, "\ufeff", "\u2028", "\x85", "\x07", "😀", "é", " lead", "trail "]})
@example(data=["no", "Yes", "on", "y", "null", "~", "true", "012", "0o17", "0x1F", "1_000", "1e3", "1.5", "+1", "-0"])
@example(data=["2020-01-01", "12:30:45", ".inf", "=", "<<", "&a", "*a", "!b", "@c", "`d", "%e", "- f", "# g", "? h"])
def test_whatever_yaml_can_dump_is_read_back_equal(style: dict[str, bool], data: Any) -> None:
    if style["allow_unicode"]:
        data = without(SEPARATORS, data)
    marked = read_yaml(dumped(data, **style))
    assert not marked.problems
    assert marked.data == data
    assert types(marked.data) == types(data)


def without(characters: str, data: Any) -> Any:
    """The data, with these characters taken out of every text and key."""
    if isinstance(data, dict):
        return {without(characters, key): without(characters, value) for key, value in data.items()}
    if isinstance(data, list):
        return [without(characters, value) for value in data]
    return data.translate({ord(character): None for character in characters}) if isinstance(data, str) else data


def types(data: Any) -> Any:
    """The types all through: `1 == True` in Python, and not in evidence."""
    if isinstance(data, dict):
        return {key: types(value) for key, value in data.items()}
    if isinstance(data, list):
        return [types(value) for value in data]
    return type(data)


@given(data=ANYTHING)
@settings(deadline=None)
def test_whatever_json_can_dump_is_read_back_equal(data: Any) -> None:
    for ensure_ascii in (True, False):
        marked = read_json(json.dumps(data, ensure_ascii=ensure_ascii))
        assert not marked.problems
        assert marked.data == data
        assert types(marked.data) == types(data)


CORE_SCHEMA = [
    # plain text, what YAML 1.1 would make of it, what is read
    ("no", False, "no"),
    ("NO", False, "NO"),
    ("yes", True, "yes"),
    ("on", True, "on"),
    ("Off", False, "Off"),
    ("012", 10, "012"),
    ("0012", 10, "0012"),
    ("0x1F", 31, "0x1F"),
    ("0b11", 3, "0b11"),
    ("1_000", 1000, "1_000"),
    ("12:30", 750, "12:30"),
    ("190:20:30", 685230, "190:20:30"),
    ("0.40", 0.4, "0.40"),
    ("1.0", 1.0, "1.0"),
    (".5", 0.5, ".5"),
    ("1.5e+3", 1500.0, "1.5e+3"),
    ("1e3", "1e3", "1e3"),
    (".inf", float("inf"), ".inf"),
    ("0o17", "0o17", "0o17"),
    ("true", True, True),
    ("FALSE", False, False),
    ("tRUE", "tRUE", "tRUE"),
    ("y", "y", "y"),
    ("null", None, None),
    ("~", None, None),
    ("", None, None),
    ("nULL", "nULL", "nULL"),
    ("0", 0, 0),
    ("-7", -7, -7),
    ("+7", 7, 7),
    ("2019", 2019, 2019),
    ("'2019'", "2019", "2019"),
    ('"true"', "true", "true"),
    ("999999999999999999", 999999999999999999, 999999999999999999),
    ("1000000000000000000", 1000000000000000000, "1000000000000000000"),
    ("20201234567890123456", 20201234567890123456, "20201234567890123456"),
]


@pytest.mark.parametrize(
    ("plain", "by_yaml_1_1", "expected"), CORE_SCHEMA, ids=[row[0] or "empty" for row in CORE_SCHEMA]
)
def test_plain_scalars_are_read_by_the_core_schema(plain: str, by_yaml_1_1: object, expected: object) -> None:
    assert yaml.safe_load(f"a: {plain}\n") == {"a": by_yaml_1_1}
    read = read_yaml(f"a: {plain}\n").data["a"]
    assert read == expected
    assert type(read) is type(expected)


def test_a_date_stays_the_text_that_was_written() -> None:
    assert read_yaml("- 2020-01-01\n- 2020-02-30\n- 2001-12-14t21:59:43.10-05:00\n").data == [
        "2020-01-01",
        "2020-02-30",
        "2001-12-14t21:59:43.10-05:00",
    ]


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read_yaml("no: 1\n12: 2\nnull: 3\n2020-01-01: 4\n<<: 5\n=: 6\n").data == {
        "no": 1,
        "12": 2,
        "null": 3,
        "2020-01-01": 4,
        "<<": 5,
        "=": 6,
    }


def test_a_json_number_keeps_its_digits() -> None:
    marked = read_json('{"value": 0.40, "long": 0.12345678901234567890, "n": 20201234567890123456}')
    assert marked.data == {"value": "0.40", "long": "0.12345678901234567890", "n": 20201234567890123456}


# Lines


def renamed(data: Any, names: Iterator[int]) -> Any:
    """The data with every key replaced by one that occurs nowhere else, so that its line can be found in the text."""
    if isinstance(data, dict):
        return {f"key§{next(names)}§": renamed(value, names) for value in data.values()}
    if isinstance(data, list):
        return [renamed(value, names) for value in data]
    return without(f"§{SEPARATORS}", data)


def keys_of(data: Any, path: Path = ()) -> Iterator[Path]:
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, value in parts:
        if isinstance(data, dict):
            yield (*path, name)
        yield from keys_of(value, (*path, name))


@pytest.mark.parametrize("flow", [True, False], ids=["flow", "block"])
@given(data=nested(st.text(max_size=3)), before=st.integers(0, 3))
@settings(deadline=None)
def test_every_key_has_the_line_it_stands_on(flow: bool, data: Any, before: int) -> None:
    data = renamed(data, iter(range(1000)))
    text = "# comment\n" * before + dumped(data, allow_unicode=True, default_flow_style=flow)
    marked = read_yaml(text)
    lines = text.split("\n")
    for path in keys_of(data):
        assert [number for number, line in enumerate(lines, 1) if str(path[-1]) in line] == [marked.line(path)]


def test_entries_and_values_have_the_line_on_which_they_begin() -> None:
    marked = read_yaml("a:\n  - x\n  -\n    - y\n  - b: 1\n    c:\n      2\n\n# end\nd: |\n  e\n  f\ng: h\n")
    assert marked.lines == {
        (): 1,
        ("a",): 1,
        ("a", 0): 2,
        ("a", 1): 4,
        ("a", 1, 0): 4,
        ("a", 2): 5,
        ("a", 2, "b"): 5,
        ("a", 2, "c"): 6,
        ("d",): 10,
        ("g",): 13,
    }


def test_a_part_without_a_line_has_that_of_the_nearest_whole() -> None:
    marked = read_yaml("# nothing\na:\n  b: 1\n")
    assert marked.line(("a", "b", "missing", 3)) == 3
    assert marked.line(("a", "missing")) == 2
    assert marked.line(("missing",)) == 2
    assert read_json('{"a": {"b": 1}}').line(("a", "b")) == 1


def test_line_separators_of_word_processors_count_as_no_line() -> None:
    text = 'a: "x\u2028y\u2029z\u0085"\nb: 1\n'
    assert read_yaml(text).line(("b",)) == 2


# What is refused, and where


REFUSED = [
    # text, line, part of the message
    pytest.param("", 1, "is empty", id="empty"),
    pytest.param("\n \n# comment\n", 1, "is empty", id="comment only"),
    pytest.param("a: 1\nb: [1, 2\nc: 3\n", 3, "not YAML", id="unclosed list"),
    pytest.param("a: 1\nb: c: d\n", 2, "not YAML", id="two colons"),
    pytest.param("a:\n  b: 1\n c: 2\n", 3, "not YAML", id="indentation"),
    pytest.param("a:\n\tb: 1\n", 2, "not YAML", id="tab"),
    pytest.param("a: 1\nb: 'it''s\nc: d\ne: f\n", 2, "not YAML", id="unclosed quote"),
    pytest.param("a: 1\nb: 2\n a: 3\n", 3, "not YAML", id="stray indentation"),
    pytest.param("a: 1\nb:\n  c: x\x00y\n", 3, "not YAML", id="NUL"),
    pytest.param("a: 1\nb:\n  c: é\x07\n", 3, "not YAML", id="control character"),
    pytest.param("a: 1\nb: 2\na: 3\n", 3, "a is given twice (first in line 1)", id="key twice"),
    pytest.param("a:\n  - {b: 1,\n     b: 2}\n", 3, "b is given twice (first in line 2)", id="key twice in flow style"),
    pytest.param("a: 1\n? [b]\n: 2\n", 2, "a key is not plain text", id="list as key"),
    pytest.param("a: 1\n{b: 2}: 3\n", 2, "a key is not plain text", id="record as key"),
    pytest.param("a: 1\nb: &x [1]\nc: *x\n", 2, "anchors and aliases", id="anchor and alias"),
    pytest.param("a: 1\nb:\n  &x c: 1\n", 3, "anchors and aliases", id="anchor on a key"),
    pytest.param("a: 1\n---\n\nb: 2\n", 2, "second document", id="two documents"),
]


@pytest.mark.parametrize(("text", "line", "says"), REFUSED)
def test_what_would_hide_evidence_is_refused_at_its_line(text: str, line: int, says: str) -> None:
    problems = read_yaml(text).problems
    assert [problem.line for problem in problems] == [line]
    assert says in problems[0].what
    assert problems[0].remedy


TAGGED = [
    pytest.param("a: !secret x\n", 1, "!secret", id="own tag"),
    pytest.param("a: 1\nb: !secret 'x'\n", 2, "!secret", id="own tag on quoted text"),
    pytest.param(
        "a: 1\nb: !!python/object/apply:os.system [x]\n", 2, "python/object/apply:os.system", id="Python call"
    ),
    pytest.param("a: 1\nb: !!python/name:os.system ''\n", 2, "python/name:os.system", id="Python name"),
    pytest.param("a: 1\nb: !!str 2020\n", 2, "str", id="text"),
    pytest.param('a: 1\nb: !!int "2020"\n', 2, "int", id="number"),
    pytest.param("a: 1\nb: !!set {c, d}\n", 2, "set", id="set"),
    pytest.param("a: 1\nb: !!binary aGk=\n", 2, "binary", id="binary"),
    pytest.param("a: 1\n!secret b: 2\n", 2, "!secret", id="on a key"),
    pytest.param("!record\na: 1\n", 1, "!record", id="on the whole"),
]


@pytest.mark.parametrize(("text", "line", "tag"), TAGGED)
def test_a_tag_is_refused_at_its_line_and_never_obeyed(text: str, line: int, tag: str) -> None:
    problems = read_yaml(text).problems
    assert [problem.line for problem in problems] == [line]
    assert "tag" in problems[0].what
    assert tag in problems[0].what
    assert problems[0].remedy


def test_ampersands_stars_and_exclamation_marks_in_text_are_only_text() -> None:
    text = "a: Smith & Jones\nb: 3 * 4\nc: '&x *y !z'\nd: wow!\ne: |\n  *f &g !h\n"
    marked = read_yaml(text)
    assert not marked.problems
    assert marked.data == {
        "a": "Smith & Jones",
        "b": "3 * 4",
        "c": "&x *y !z",
        "d": "wow!",
        "e": "*f &g !h\n",
    }


def test_every_key_given_twice_is_reported() -> None:
    problems = read_yaml("a: 1\na: 2\nb:\n  c: 1\n  c: 2\na: 3\n").problems
    assert [(problem.line, problem.what) for problem in problems] == [
        (2, "a is given twice (first in line 1)."),
        (5, "c is given twice (first in line 4)."),
        (6, "a is given twice (first in line 1)."),
    ]


def test_aliases_that_would_grow_without_bound_are_refused_before_they_grow() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    marked = read_yaml(bomb)
    assert marked.data is None
    assert [problem.line for problem in marked.problems] == [1]


NESTED = [pytest.param("[", "]", id="list"), pytest.param("{a: ", "}", id="record"), pytest.param("- ", "", id="entry")]


@pytest.mark.parametrize(("opening", "closing"), NESTED)
@pytest.mark.parametrize("depth", [40, 900])
def test_deep_nesting_is_one_problem(opening: str, closing: str, depth: int) -> None:
    problems = read_yaml(opening * depth + closing * depth).problems
    assert [(problem.line, "nested too deeply" in problem.what) for problem in problems] == [(1, True)]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "], ids=["list", "record", "entry", "key"])
def test_nesting_without_end_is_one_problem_and_no_crash(opening: str) -> None:
    """In a process of its own: what overflows the C stack would take the test run with it."""
    code = (
        "from kg.marked import read_yaml\n"
        f"print([problem.line for problem in read_yaml({opening!r} * 100_000).problems])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, "[1]"), ended.stderr[-500:]


def test_nesting_that_records_need_is_read() -> None:
    text = "[" * 32 + "]" * 32
    assert read_yaml(text).problems == []
    assert read_yaml(text).data == json.loads(text)


JSON_REFUSED = [
    pytest.param('{"a":', "not JSON", id="cut short"),
    pytest.param("{'a': 1}", "not JSON", id="single quotes"),
    pytest.param('{"a": 1} {"b": 2}', "not JSON", id="two records on a line"),
    pytest.param('{"a": NaN}', "NaN is not a JSON number", id="NaN"),
    pytest.param('{"a": -Infinity}', "-Infinity is not a JSON number", id="infinity"),
    pytest.param('{"a": 1, "a": 2}', "a is given twice", id="key twice"),
    pytest.param('{"a": {"b": 1, "b": 2}}', "b is given twice", id="key twice below"),
    pytest.param('{"a": "x\ty"}', "not JSON", id="bare control character"),
    pytest.param('{"a": "\\ud800"}', "surrogate", id="half a character"),
    pytest.param("[" * 100_000, "nested too deeply", id="unclosed and deep"),
    pytest.param("[" * 100_000 + "]" * 100_000, "nested too deeply", id="deep"),
    pytest.param("1" * 5000, "not JSON", id="number of 5,000 digits"),
]


@pytest.mark.parametrize(("text", "says"), JSON_REFUSED)
def test_json_that_cannot_be_trusted_is_refused(text: str, says: str) -> None:
    problems = read_json(text).problems
    assert [problem.line for problem in problems] == [1]
    assert says in problems[0].what
    assert problems[0].remedy


# Never an exception


@given(text=st.text())
@settings(deadline=None)
def test_any_text_gives_data_or_a_problem(text: str) -> None:
    for marked in (read_yaml(text), read_json(text)):
        assert all(problem.line >= 1 and problem.what and problem.remedy for problem in marked.problems)


@given(text=st.lists(st.sampled_from(SIGNIFICANT), max_size=25).map("".join))
@settings(deadline=None, max_examples=500)
def test_any_heap_of_yaml_signs_gives_data_or_a_problem(text: str) -> None:
    marked = read_yaml(text)
    after_the_end = text.count("\n") + 2  # where YAML looks for what is missing
    assert all(1 <= problem.line <= after_the_end for problem in marked.problems)
    assert all(1 <= line <= after_the_end for line in marked.lines.values())


@given(data=ANYTHING, cut=st.integers(0, 200), put=st.sampled_from(SIGNIFICANT))
@settings(deadline=None)
def test_a_spoilt_file_gives_data_or_a_problem(data: Any, cut: int, put: str) -> None:
    for text in (dumped(data, allow_unicode=True), json.dumps(data)):
        spoilt = text[:cut] + put + text[cut:]
        for marked in (read_yaml(spoilt), read_json(spoilt)):
            assert all(problem.what and problem.remedy for problem in marked.problems)
