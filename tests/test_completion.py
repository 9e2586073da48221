"""What the shell offers after Tab, by the functions and in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kg import ask, completion, scheme


def test_ids_are_offered_with_their_questions() -> None:
    assert completion.complete_question("cq04") == [("cq04", ask.read_question("cq04").worded())]
    assert [id_ for id_, _ in completion.complete_question("CQ")] == [question.id for question in ask.questions()]
    assert completion.complete_question("x") == []


@pytest.mark.parametrize(
    ("before", "incomplete", "offered"),
    [
        ([], "", ["outcome=", "kind=", "status="]),
        (["kind=any"], "s", ["status=tested", "status=proposed", "status=all"]),
        ([], "status=", ["status=tested", "status=proposed", "status=all"]),
        ([], "status=p", ["status=proposed"]),
        ([], "outcome=equi", ["outcome=equity"]),
        ([], "outcome=trust,equi", ["outcome=trust,equity"]),
        (["status", "="], "al", ["all"]),  # bash gives the sign as a word of its own
        (["kind=any", "outcome"], "", [*sorted(scheme.load().factors), "any"]),
        (["kind"], "=", ["relational", "motivational", "structural", "contextual", "outcome", "any"]),
        (["outcom", "="], "eq", []),
        (["outcome", "=", "equity"], "st", ["status=tested", "status=proposed", "status=all"]),
        (["outcome", "=", "equity"], "", ["kind=", "status="]),
        (["outcome=equity", "kind=any"], "", ["status=tested", "status=proposed", "status=all"]),
        (["outcome", "=", "status"], "", ["kind=", "status="]),  # a value that is called as a parameter
        ([], "outcom=eq", []),
        ([], "outcome=nothing-like-this", []),
    ],
)
def test_names_and_values_are_offered(before: list[str], incomplete: str, offered: list[str]) -> None:
    assert completion.complete_asked("cq04", before, incomplete) == offered


def test_nothing_is_offered_for_a_question_that_is_not_there() -> None:
    assert completion.complete_asked("cq99", [], "") == []


@pytest.mark.parametrize(
    ("kind", "one", "any_offered"),
    [
        ("factor", "trust", True),
        ("actor", "funder", True),
        ("effect", "no-effect", True),
        ("status", "tested", False),
        ("kind", "relational", True),
        ("country", "UGA", True),
        ("judgement", "statistic", True),
    ],
)
def test_values_are_those_of_the_kind(kind: str, one: str, any_offered: bool) -> None:
    offered = completion.values(ask.Parameter("x", kind, "", ()))
    assert one in offered
    assert ("any" in offered) == any_offered
    assert len(set(offered)) == len(offered)
    assert "trust" in offered or kind != "factor"
    assert "funder" not in offered or kind == "actor"


def test_a_number_has_no_list_and_words_have_none_but_any() -> None:
    assert completion.values(ask.Parameter("least", "number", "", ())) == []
    assert completion.values(ask.Parameter("type", "words", "", ())) == ["any"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["cq0"], [question.id for question in ask.questions() if question.id.startswith("cq0")]),
        (["cq04", ""], ["outcome=", "kind=", "status="]),
        (["cq04", "sta"], ["status=tested", "status=proposed", "status=all"]),
        (["cq04", "status", "=", "p"], ["proposed"]),
        (["cq04", "kind", "=", "any", "status", "="], ["tested", "proposed", "all"]),
        (["cq04", "outcome", "=", "trust,equi"], ["trust,equity"]),
        (["cq04", "outcome", "=", "equity", ""], ["kind=", "status="]),
    ],
)
def test_a_real_bash_offers_them(words: list[str], offered: list[str]) -> None:
    """The function that `kg --show-completion` prints, called with the words as bash splits them."""
    line = ["kg", "ask", *words]
    script = f"""
        eval "$(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 kg --show-completion bash)"
        COMP_WORDS=({" ".join(f"'{word}'" for word in line)}); COMP_CWORD={len(line) - 1}
        _kg_completion kg
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.split() == offered
