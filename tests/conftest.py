"""Fixtures that several test files share; none of them is ever written to by a test."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import kg
from kg import pipeline
from kg.fetch import Fetcher
from kg.pipeline import Built
from kg.snapshots import Snapshots
from tests.replay import Serve, Service, only_this_machine

ROOT = Path(__file__).resolve().parent.parent
TINY = ROOT / "tests" / "data" / "tiny"
QUESTIONS = ROOT / "tests" / "data" / "questions"
JUDGEMENTS = ROOT / "tests" / "data" / "judgements"
SHIPPED = ROOT / "evidence"


@pytest.fixture(scope="session")
def tiny_build(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A build of the small invented corpus."""
    return pipeline.build(TINY, tmp_path_factory.mktemp("tiny") / "build")


@pytest.fixture(scope="session")
def tiny_graph(tiny_build: Built) -> kg.KnowledgeGraph:
    """The graph of the small invented corpus."""
    return kg.open(tiny_build.release.folder.parent.parent)


@pytest.fixture(scope="session")
def shipped_build(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A build of the shipped evidence, made once for all test processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "shipped.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return pipeline.build(SHIPPED, shared / "shipped")


@pytest.fixture(scope="session")
def shipped_graph(shipped_build: Built) -> kg.KnowledgeGraph:
    """The graph of the shipped evidence."""
    return kg.open(shipped_build.release.folder.parent.parent)


@pytest.fixture(scope="session")
def small_build(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A build of the invented corpus on which the answers to questions were worked out by hand."""
    return pipeline.build(QUESTIONS / "evidence", tmp_path_factory.mktemp("questions") / "build")


@pytest.fixture(scope="session")
def small_graph(small_build: Built) -> kg.KnowledgeGraph:
    """The graph of that corpus."""
    return kg.open(small_build.release.folder.parent.parent)


@pytest.fixture(scope="session")
def judged_build(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A build of the invented corpus in which two persons judge a pattern and a tension."""
    return pipeline.build(JUDGEMENTS, tmp_path_factory.mktemp("judged") / "build")


@pytest.fixture(scope="session")
def judged_graph(judged_build: Built) -> kg.KnowledgeGraph:
    """The graph of that corpus."""
    return kg.open(judged_build.release.folder.parent.parent)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A copy of the small invented corpus that a test may change."""
    copy = tmp_path / "evidence"
    shutil.copytree(TINY, copy)
    return copy


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody's terminal or shell says of widths and graphs is not a test's."""
    for name in ("COLUMNS", "KG_GRAPH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _nobody_else_is_asked() -> Iterator[None]:
    """No test connects to another machine, or looks one up."""
    with only_this_machine():
        yield


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts services on loopback, which go on until the test ends."""
    with ExitStack() as stack:
        yield lambda script, **how: stack.enter_context(Service(script, **how).serving())


@pytest.fixture
def fetcher(tmp_path: Path, as_a_newcomer: None) -> Fetcher:
    """What asks such services, and does not wait long."""
    return Fetcher(Snapshots(tmp_path / "snapshots"), deadline=5, pause=0.01)


@pytest.fixture
def as_a_newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was fetched before, by no proxy and without any key."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("KG_ROR_CLIENT_ID", raising=False)
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
