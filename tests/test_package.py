"""The wheel: it carries all that it needs, and answers where there is no checkout."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from email.parser import Parser
from pathlib import Path

import pytest

from tests.conftest import ROOT

DATA = ("evidence", "ontology", "queries", "shapes")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    isolation = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", *isolation, "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def members(wheel: Path) -> list[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed into."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--no-compile", "--target", str(target), str(wheel)], check=True, capture_output=True)
    return target


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder for the user's cache."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def outside(
    installed: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python with the installed package, in a folder that has nothing to do with the checkout."""
    hidden = ("KG_GRAPH", "PYTHONSAFEPATH", "COLUMNS")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)

    return run


def files(folder: Path) -> set[str]:
    """The files below a folder of the checkout that are for the wheel."""
    return {path.relative_to(ROOT).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_carries_code_and_data_and_nothing_else(members: list[str]) -> None:
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "kg").rglob("*.py")}
    code |= files(ROOT / "kg" / "templates") | files(ROOT / "kg" / "intake" / "qda" / "schemas")
    code |= files(ROOT / "kg" / "plot" / "outlines")
    data = {f"kg/_data/{name}" for folder in DATA for name in files(ROOT / folder)}
    described = {name for name in members if ".dist-info/" in name}
    assert set(members) - described == code | data
    assert len(members) == len(set(members))
    assert {Path(name).name for name in described} == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", *LICENCES}


LICENCES = ("LICENSE", "LICENSE-DATA")


@pytest.mark.parametrize(
    "name",
    [
        "kg/_data/evidence/sources/jones2013.yaml",
        "kg/_data/evidence/studies.yaml",
        "kg/_data/ontology/core.ttl",
        "kg/_data/ontology/prefixes.ttl",
        "kg/_data/queries/trace/matrix.rq",
        "kg/_data/queries/rules/factor-outcome-link.rq",
        "kg/_data/shapes/claim.ttl",
    ],
)
def test_what_the_wheel_cannot_do_without_is_in_it(members: list[str], name: str) -> None:
    assert name in members


def test_nothing_in_the_wheel_is_a_test_or_a_leftover(members: list[str]) -> None:
    assert [name for name in members if re.search(r"(^|/)(tests?|build|\.[^/]+|__pycache__)(/|$)|\.pyc$", name)] == []


def test_the_wheel_is_described_as_the_project_says(wheel: Path, members: list[str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        described = next(name for name in members if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(described).decode())
        entry_points = archive.read(next(name for name in members if name.endswith("/entry_points.txt"))).decode()
    assert (metadata["Name"], metadata["Version"]) == (PROJECT["name"], PROJECT["version"])
    assert metadata["License-Expression"] == PROJECT["license"]
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert entry_points == "[console_scripts]\nkg = kg.__main__:main\n"


def test_outside_a_checkout_the_installed_package_builds_into_the_cache_and_answers(
    outside: Callable[..., subprocess.CompletedProcess[str]], installed: Path, cache: Path, tmp_path: Path
) -> None:
    where = outside("-c", "import kg; from kg import resources; print(kg.__file__); print(resources.root())")
    assert where.stdout.splitlines() == [str(installed / "kg" / "__init__.py"), str(installed / "kg" / "_data")]
    version = outside("-c", f"from importlib.metadata import version; print(version({PROJECT['name']!r}))")
    assert version.stdout == f"{PROJECT['version']}\n"

    first = outside("-m", "kg", "trace", "--factor", "trust")
    assert first.returncode == 0
    told = re.fullmatch(r"No graph yet: building the shipped evidence into (.*)\.\n", first.stderr)
    assert told is not None
    built = Path(told[1])
    assert built.is_relative_to(cache / "partnership-mechanisms-kg")
    assert re.search(r"\btrust +partnership-functioning +\d", first.stdout)
    assert (built / "current" / "manifest.json").is_file()

    again = outside("-m", "kg", "trace", "--format", "csv")
    assert (again.returncode, again.stderr.startswith("kg: All 187 codings are machine-assisted")) == (0, True)
    header, *rows = again.stdout.splitlines()
    assert header == "factor,outcome,supports,hinders,mixed,no_effect,studies"
    assert [row for row in rows if not re.fullmatch(r"[a-z-]+,[a-z-]+(,\d+){5}", row)] == []
    assert [row for row in rows if row.startswith("trust,partnership-functioning,")] != []
    assert [row for row in rows if row.startswith("trust,service-delivery,")] != []

    page = outside("-c", "from kg import findings_page; print(findings_page.page([], ['here'], '', '1'))")
    assert page.stdout.startswith("<!DOCTYPE html>\n")

    assert list(tmp_path.iterdir()) == []
