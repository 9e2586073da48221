"""Breaks the ontology, the shapes and the queries in one place at a time, and asks whether a test fails.

`python -m tests.mutations [--sample N] [--seed N] [--only PATH]` copies the repository, and for each place that can be
broken writes the broken file into a copy, runs the tests that could notice, and puts the file back. What no test
notices survives: it is listed, and the exit code is 1, unless `EQUIVALENT` says why nobody could notice.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from pyoxigraph import RdfFormat, Store, parse

from kg.prefixes import with_prefixes
from tools.tokens import tokens

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
PATIENCE = 300
"""Seconds after which tests that hang count as having noticed."""

TIMELESS = "not under_a_second"
"""Tests that measure time fail on a busy machine whatever is broken."""

NOTICING: dict[str, tuple[str, ...]] = {
    "shapes/style/": ("test_style.py",),
    "shapes/": ("test_validate.py",),
    "queries/checks/judged-": ("test_judgements.py",),
    "queries/checks/counter-case-": ("test_judgements.py",),
    "queries/checks/": ("test_across.py",),
    "queries/rules/": ("test_rules.py", "test_synthesis.py", "test_reason.py"),
    "queries/questions/cq05-": ("test_path_questions.py",),
    "queries/questions/cq06-": ("test_path_questions.py",),
    "queries/questions/": ("test_ask.py", "test_query.py"),
    "queries/paths/": ("test_paths.py", "test_path_questions.py", "test_query.py"),
    "queries/synthesis/": ("test_tensions.py", "test_judgements.py", "test_query.py"),
    "queries/": ("test_trace.py", "test_query.py", "test_cli.py"),
    "ontology/": ("test_axioms.py", "test_ontology.py", "test_reason.py", "test_style.py", "test_validate.py"),
}
"""Which tests could notice, by the beginning of a file's path; the first that fits counts. Quick ones first."""

EQUIVALENT: dict[str, str] = {
    "queries/checks/case-years-differ.rq: without DISTINCT in “( COUNT ( DISTINCT ?year )”": (
        "A graph says a year of a case once."
    ),
    "queries/checks/organisation-spelt-otherwise.rq: without DISTINCT in “( COUNT ( DISTINCT ?case )”": (
        "A case has a name once."
    ),
    "queries/checks/type-spelt-otherwise.rq: without DISTINCT in “( COUNT ( DISTINCT ?case )”": (
        "A case has a type of one name once."
    ),
    "queries/checks/same-passage.rq: without HAVING ( COUNT ( DISTINCT ?source ) > 1 )": (
        "It only makes the join that follows a small one."
    ),
    "queries/checks/same-passage.rq: without DISTINCT in “( COUNT ( DISTINCT ?source )”": (
        "It only makes the join that follows a small one."
    ),
    "queries/checks/unused-concept.rq: without DISTINCT in “{ { SELECT DISTINCT ?used WHERE”": (
        "What is taken away twice is gone."
    ),
    **dict.fromkeys(
        (
            f"queries/rules/context-one-side-only.rq: without DISTINCT in “( COUNT ( DISTINCT ?{name} )”"
            for name in ("openSupport", "openHindrance")
        ),
        "It is asked only whether there is none.",
    ),
    **dict.fromkeys(
        (
            f"queries/rules/{rule}.rq: without DISTINCT in “{{ {{ SELECT DISTINCT ?factor ?outcome”"
            for rule in ("tension", "one-side-only", "context-one-side-only")
        ),
        "It only spares the joins that follow.",
    ),
    "queries/questions/cq12-patterns-across-settings.rq: without ?pattern a pm:RecurrentPattern": (
        "Nothing else that is derived has a factor, an outcome and an effect."
    ),
}
"""Mutations that change nothing that anybody could see, each with the reason."""

AXIOMS = {
    "rdfs:subClassOf", "rdfs:subPropertyOf", "rdfs:domain", "rdfs:range", "owl:inverseOf", "owl:equivalentClass",
    "owl:propertyChainAxiom", "owl:members",
}  # fmt: skip
LISTING = {"owl:propertyChainAxiom", "owl:members", "owl:oneOf", "owl:intersectionOf"}
FILLING = {"owl:someValuesFrom", "owl:hasValue"}
DESCRIBING = {"sh:path", "sh:message", "sh:prefixes", "sh:order", "sh:name", "sh:description", "sh:inversePath"}
"""What is said of a shape and constrains nothing by itself; to remove a path would only make the shape unreadable."""
OPERATORS = {
    "!=": "=", "=": "!=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "&&": "||", "||": "&&",
    "pm:supports": "pm:hinders", "pm:hinders": "pm:supports", "pm:present": "pm:absent", "pm:absent": "pm:present",
}  # fmt: skip
OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")


@dataclass(frozen=True)
class Mutation:
    """A file broken in one place: where, what kind of thing is broken and how, and its new text."""

    path: str
    line: int
    kind: str
    what: str
    text: str

    @property
    def name(self) -> str:
        """What is broken, wherever in its file it stands."""
        return f"{self.path}: {self.what}"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Edit:
    """A piece of text to be replaced."""

    start: int
    end: int
    what: str
    instead: str = ""
    kind: str = ""


class Text:
    """The tokens of a text, with where brackets close."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [token for token in tokens(text) if token.kind != "comment"]
        self.closing: dict[int, int] = {}
        opened: list[int] = []
        for at, token in enumerate(self.tokens):
            if token.text in OPENING:
                opened.append(at)
            elif token.text in CLOSING:
                self.closing[opened.pop()] = at

    def after(self, at: int) -> int:
        """The token after a term, which may be a bracket with all that is in it."""
        at = self.closing.get(at, at) + 1
        while at < len(self.tokens) and (self.tokens[at].text == "^^" or self.tokens[at].kind == "language"):
            at += 1 + (self.tokens[at].text == "^^")
        return at

    def end(self, at: int) -> int:
        """Where a token ends in the text."""
        return self.tokens[at].start + len(self.tokens[at].text)

    def cut(self, first: int, last: int, what: str, kind: str = "") -> Edit:
        """An edit that takes tokens out, from the first up to the last and without it."""
        return Edit(self.tokens[first].start, self.end(last - 1), f"without {what}", kind=kind)

    def words(self, first: int, last: int) -> str:
        """Tokens as they are said in a report."""
        found = " ".join(token.text for token in self.tokens[first:last])
        return found if len(found) < 100 else f"{found[:97]}…"


@dataclass(frozen=True)
class Clause:
    """A predicate with its objects in Turtle: the tokens where each of them begins, and the one after them."""

    subject: str
    predicate: int
    objects: tuple[int, ...]
    end: int


def clauses(text: Text) -> Iterator[Clause]:
    """Every predicate with its objects in a Turtle text, those in brackets after those that hold them."""
    at = 0
    while at < len(text.tokens):
        if text.tokens[at].text in ("@prefix", "@base"):
            while text.tokens[at].text != ".":
                at += 1
            at += 1
            continue
        subject = text.tokens[at].text
        end = text.after(at)
        while text.tokens[end].text != ".":
            end = text.after(end)
        yield from _listed(text, subject, text.after(at), end)
        at = end + 1


def _listed(text: Text, subject: str, at: int, end: int) -> Iterator[Clause]:
    while at < end:
        if text.tokens[at].text == ";":
            at += 1
            continue
        predicate, objects = at, []
        at = text.after(at)
        while at < end and text.tokens[at].text != ";":
            if text.tokens[at].text != ",":
                objects.append(at)
            at = text.after(at)
        yield Clause(subject, predicate, tuple(objects), at)
        for each in objects:
            yield from _nested(text, subject, each)


def _nested(text: Text, subject: str, at: int) -> Iterator[Clause]:
    if text.tokens[at].text == "[":
        yield from _listed(text, subject, at + 1, text.closing[at])
    elif text.tokens[at].text == "(":
        inner = at + 1
        while inner < text.closing[at]:
            yield from _nested(text, subject, inner)
            inner = text.after(inner)


def axiom_edits(text: Text) -> Iterator[Edit]:
    """Every axiom of an ontology taken out, and every member of a list in one."""
    for clause in clauses(text):
        predicate = text.tokens[clause.predicate].text
        if predicate == "a":
            for before, each in zip(clause.objects, clause.objects[1:], strict=False):
                said = f"{clause.subject} a {text.tokens[each].text}"
                yield text.cut(text.after(before), text.after(each), said, text.tokens[each].text.partition(":")[2])
            continue
        kind = predicate.partition(":")[2]
        said = f"{clause.subject} {text.words(clause.predicate, clause.end)}"
        if predicate in AXIOMS:
            yield text.cut(clause.predicate, clause.end, said, kind)
        if predicate in LISTING:
            yield from member_edits(text, clause, kind)
        if predicate in FILLING:
            start, end = text.tokens[clause.predicate].start, text.end(clause.end - 1)
            yield Edit(start, end, f"any value in {said}", "owl:someValuesFrom owl:Thing", kind)


def member_edits(text: Text, clause: Clause, kind: str) -> Iterator[Edit]:
    """Every member of the lists in a clause taken out."""
    for each in clause.objects:
        if text.tokens[each].text != "(":
            continue
        at = each + 1
        while at < text.closing[each]:
            said = f"{text.words(at, text.after(at))} in {text.tokens[clause.predicate].text} of {clause.subject}"
            if kind == "members":
                said += f" with {text.tokens[each + 1].text}"
            yield text.cut(at, text.after(at), said, f"member of {kind}")
            at = text.after(at)


def shape_edits(text: Text) -> Iterator[Edit]:
    """Every constraint, target and severity of a shape taken out, members of lists, and its query broken."""
    for clause in clauses(text):
        predicate = text.tokens[clause.predicate].text
        if predicate in ("sh:select", "shape:repair"):
            token = text.tokens[clause.objects[0]]
            quotes = 3 if token.text.startswith('"""') else 1
            for edit in query_edits(Text(token.text[quotes:-quotes])):
                start = token.start + quotes
                what = f"{clause.subject}: {edit.what}"
                yield Edit(
                    start + edit.start,
                    start + edit.end,
                    what,
                    edit.instead,
                    f"{predicate.partition(':')[2]}, {edit.kind}",
                )
        elif predicate.startswith("sh:") and predicate not in DESCRIBING:
            kind = predicate.partition(":")[2]
            said = f"{clause.subject} {text.words(clause.predicate, clause.end)}"
            yield text.cut(clause.predicate, clause.end, said, kind)
            yield from member_edits(text, clause, kind)
        elif predicate == "shape:exemptFrom":
            yield text.cut(clause.predicate, clause.end, f"{clause.subject} exempt", "exemption")


def query_edits(text: Text) -> Iterator[Edit]:
    """Every pattern and filter taken out, operators and order turned round, numbers raised, DISTINCT dropped."""
    for at, token in enumerate(text.tokens):
        word = token.text.upper() if token.kind == "word" else ""
        place = f"in “{text.words(max(at - 3, 0), at + 3)}”"
        if token.text in OPERATORS and not _declares(text, at):
            instead = OPERATORS[token.text]
            kind = "operator" if token.kind == "sign" else "value"
            yield Edit(token.start, text.end(at), f"{instead} instead of {token.text} {place}", instead, kind)
        elif token.text == "!" and text.tokens[at + 1].text != "(":
            yield text.cut(at, at + 1, f"! {place}", "operator")
        elif token.text in ("*", "+") and not token.apart and text.tokens[at - 1].kind == "name":
            yield text.cut(at, at + 1, f"{token.text} {place}", "path")
        elif word == "DISTINCT":
            yield text.cut(at, at + 1, f"DISTINCT {place}", "DISTINCT")
        elif word == "DESC":
            yield Edit(token.start, text.end(at), f"ASC instead of DESC {place}", "ASC", "order")
        elif word == "NOT" and text.tokens[at + 1].text.upper() == "IN":
            yield text.cut(at, at + 1, f"NOT {place}", "operator")
        elif token.text.isdigit():
            yield Edit(
                token.start, text.end(at), f"one more than {token.text} {place}", str(int(token.text) + 1), "number"
            )
        elif word in ("FILTER", "OPTIONAL", "MINUS", "HAVING"):
            last = at + 1
            while text.tokens[last].text not in ("(", "{"):
                last += 1
            last = text.after(last)
            yield text.cut(at, last, text.words(at, last), word)
        elif token.text == "{":
            yield from pattern_edits(text, at + 1, text.closing[at])


def _declares(text: Text, at: int) -> bool:
    """Whether a sign stands in GROUP_CONCAT's SEPARATOR, not in a comparison."""
    return text.tokens[at - 1].text.upper() == "SEPARATOR"


def pattern_edits(text: Text, at: int, end: int) -> Iterator[Edit]:
    """Every triple pattern that stands directly in a group taken out."""
    while at < end:
        token = text.tokens[at]
        if token.text.upper() == "SELECT":
            return
        if _keyword(text, at) or token.text in ("{", "."):
            while at < end and text.tokens[at].text not in ("(", "{", "."):
                at += 1
            at = text.after(at)
            continue
        subject, first = at, text.after(at)
        parts = []
        at = first
        while at < end and text.tokens[at].text not in (".", "{", "}") and not _keyword(text, at):
            if text.tokens[at].text == ";":
                parts.append((first, at))
                first = at + 1
            at = text.after(at)
        parts.append((first, at))
        for number, (start, stop) in enumerate(parts):
            said = f"{text.tokens[subject].text} {text.words(start, stop)}"
            if len(parts) == 1:
                stop += at < end and text.tokens[at].text == "."
                yield text.cut(subject, stop, said, "pattern")
            elif start < stop:
                yield text.cut(start, stop + (number == 0), said, "pattern")
        at += at < end and text.tokens[at].text == "."


def _keyword(text: Text, at: int) -> bool:
    token = text.tokens[at]
    return token.kind == "word" and token.text not in ("a", "true", "false")


def readable(path: Path, text: str) -> bool:
    """Whether a broken file can still be read: what cannot be is noticed by whatever reads it."""
    try:
        if path.suffix == ".rq":
            Store().query(text)
        else:
            for triple in parse(text, format=RdfFormat.TURTLE):
                if re.search(r"#(select|repair)$", triple.predicate.value):
                    Store().query(with_prefixes(triple.object.value.replace("$this", "?this")))
    except (SyntaxError, ValueError):
        return False
    return True


def breakable(root: Path) -> list[Path]:
    """The files that are broken: the axioms, the shapes and the queries."""
    axioms = [root / "ontology" / name for name in ("core.ttl", "provenance.ttl", "external.ttl")]
    return [*axioms, *sorted((root / "shapes").rglob("*.ttl")), *sorted((root / "queries").rglob("*.rq"))]


def mutations(root: Path) -> Iterator[Mutation]:
    """Everything that can be broken in one place, file by file."""
    for path in breakable(root):
        text = Text(path.read_bytes().decode())
        edits = query_edits if path.suffix == ".rq" else axiom_edits if path.parent.name == "ontology" else shape_edits
        for edit in edits(text):
            broken = text.text[: edit.start] + edit.instead + text.text[edit.end :]
            if readable(path, broken):
                name = path.relative_to(root).as_posix()
                line = text.text.count("\n", 0, edit.start) + 1
                yield Mutation(name, line, f"{name.rpartition('/')[0]}: {edit.kind}", edit.what, broken)


def noticing(path: str) -> list[str]:
    """The tests that could notice a change of a file, the quickest first."""
    patterns = next(files for start, files in NOTICING.items() if path.startswith(start))
    return [f"tests/{file.name}" for each in patterns for file in sorted((ROOT / "tests").glob(each))]


class Copy:
    """A copy of the repository in which one file at a time is broken."""

    def __init__(self, place: Path) -> None:
        self.root = place / "repository"
        skipped = shutil.ignore_patterns(".*", "build", "dist", "__pycache__")
        shutil.copytree(ROOT, self.root, ignore=skipped)
        self.temporary = place / "temporary"
        found = self.run("-c", "import kg; print(kg.__file__)").stdout.strip()
        if not found.startswith(str(self.root)):
            raise RuntimeError(f"the tests of the copy would test {found}")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Python in the copy, with the copy's package before any that is installed."""
        surroundings = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root, env=surroundings, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def test(self, files: Sequence[str]) -> str | None:
        """The first test of some files that fails; None where all pass."""
        options = ("-x", "-q", "-n", "0", "-k", TIMELESS, "-p", "no:cacheprovider", f"--basetemp={self.temporary}")
        try:
            done = self.run("-m", "pytest", *options, *files)
        except subprocess.TimeoutExpired:
            return f"no end after {PATIENCE} s"
        if done.returncode == 0:
            return None
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return failed[0] if failed else (done.stdout + done.stderr)[-500:]

    def notices(self, mutation: Mutation) -> str | None:
        """The first test that fails once a file is broken."""
        path = self.root / mutation.path
        before = path.read_bytes()
        path.write_bytes(mutation.text.encode())
        try:
            return self.test(noticing(mutation.path))
        finally:
            path.write_bytes(before)


def run(chosen: Sequence[Mutation]) -> tuple[Counter[str], list[Mutation]]:
    """Tries mutations, two at a time, and tells how each went; how many of each kind there were, and the survivors.

    Raises:
        RuntimeError: A test fails although nothing is broken.
    """
    survivors: list[Mutation] = []
    with tempfile.TemporaryDirectory(prefix="mutations-") as place, ThreadPoolExecutor(WORKERS) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(WORKERS):
            copies.put(Copy(Path(place) / f"{number}"))

        def sound(files: tuple[str, ...]) -> str | None:
            copy = copies.get()
            try:
                return copy.test(files)
            finally:
                copies.put(copy)

        def attempt(mutation: Mutation) -> tuple[Mutation, str | None]:
            copy = copies.get()
            try:
                return mutation, copy.notices(mutation)
            finally:
                copies.put(copy)

        for failed in pool.map(sound, sorted({tuple(noticing(mutation.path)) for mutation in chosen})):
            if failed:
                raise RuntimeError(f"nothing is broken yet, and still: {failed}")
        for number, (mutation, noticed) in enumerate(pool.map(attempt, chosen), 1):
            if noticed is None:
                survivors.append(mutation)
            told = "survives" if noticed is None else f"noticed by {noticed.removeprefix('FAILED ').split(' - ')[0]}"
            print(f"{number}/{len(chosen)} {mutation}: {told}", file=sys.stderr, flush=True)
    return Counter(mutation.kind for mutation in chosen), survivors


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs from the command line; 1 if something survives that is not known to be equivalent."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=str(__doc__).splitlines()[0])
    parser.add_argument("--sample", type=int, metavar="N", help="try so many, chosen at random, and not all")
    parser.add_argument("--seed", type=int, help="of the choice; one is chosen and told without it")
    parser.add_argument("--only", default="", metavar="PATH", help="only files whose path begins so, such as shapes/")
    parser.add_argument("--list", action="store_true", help="only say what would be broken")
    asked = parser.parse_args(arguments)
    found = [mutation for mutation in mutations(ROOT) if mutation.path.startswith(asked.only)]
    stale = sorted(set(EQUIVALENT) - {mutation.name for mutation in found}) if not asked.only else []
    chosen = [mutation for mutation in found if mutation.name not in EQUIVALENT]
    if asked.sample is not None and asked.sample < len(chosen):
        seed = asked.seed if asked.seed is not None else random.randrange(1_000_000)
        print(f"seed {seed}", file=sys.stderr)
        chosen = random.Random(seed).sample(chosen, asked.sample)
    if asked.list:
        print(*chosen, sep="\n")
        return 0
    tally, survivors = run(chosen)
    alive = Counter(mutation.kind for mutation in survivors)
    for kind, count in sorted(tally.items()):
        print(f"{kind}: {count - alive[kind]} of {count} noticed")
    print(f"all: {len(chosen) - len(survivors)} of {len(chosen)} noticed, {len(found) - len(chosen)} not tried")
    for mutation in survivors:
        print(f"survives: {mutation}")
    for name in stale:
        print(f"declared equivalent, and is no mutation any more: {name}")
    return 1 if survivors or stale else 0


if __name__ == "__main__":
    sys.exit(main())
