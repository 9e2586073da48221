"""The graph as Python users hold it: open one, trace it, query it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import query_words, release, resources
from kg.errors import Failure, UsageError
from kg.frames import Tabular
from kg.query import plain
from kg.store import Answers, LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kg.agreement import Agreement
    from kg.ask import Answer
    from kg.diff import Diff, Side
    from kg.external.status import ExternalData
    from kg.paths import Paths
    from kg.patterns import Patterns
    from kg.plot.picture import Picture
    from kg.release import Release
    from kg.report.report import Report
    from kg.tensions import Tensions
    from kg.trace import Selection, Trace

VARIABLE = "KG_GRAPH"
"""Environment variable that names the graph to use: a build folder or the address of an endpoint."""


_BESIDE = (AssertionError, ArithmeticError, KeyError, IndexError, ValueError)
"""What reading an answer raises that is none to the question."""
_NOT_OURS = "the graph answers beside the question: is it one that kg built?"


@contextmanager
def _as_ours() -> Iterator[None]:
    """Reads an answer of a graph, which need not be one that kg built."""
    try:
        yield
    except _BESIDE as error:
        raise Failure(_NOT_OURS) from error


@dataclass(frozen=True)
class Rows(Tabular):
    """The rows of a query.

    Attributes:
        columns: Names of the variables, in order.
        rows: A dictionary a solution: IRIs and text as text, whole numbers and truth values as such, None if unbound.
        notice: What is to be said beside them, such as that an endpoint's part is lacking.
    """

    columns: tuple[str, ...]
    rows: tuple[dict[str, str | int | bool | None], ...]
    notice: str = ""


class KnowledgeGraph:
    """A graph that can be traced and queried, and tells where studies diverge and what recurs.

    Attributes:
        answers: What answers queries.
        name: What it is called: the name of its release, or its address.
        release: The release that it is, where it is one on disk.
    """

    def __init__(self, answers: Answers, name: str = "", release: Release | None = None) -> None:
        self.answers = answers
        self.name = name
        self.release = release

    def trace(self, *, claims: bool | None = None, **selection: Any) -> Trace:
        """Which factors are reported to support which outcomes, and the claims behind it.

        Args:
            claims: Whether to read the claims; by default where one factor and one outcome are named.
            **selection: The slots of `kg.trace.Selection`; a single word may stand for a list of one.

        Raises:
            UsageError: The selection names what the graph does not know.
            Failure: The graph cannot be asked, or is none that kg built.
        """
        from kg.trace import trace

        asked = _selection(selection)
        with _as_ours():
            return trace(self.answers, asked, claims)

    def ask(self, question: str, **asked: str | int | Iterable[str | int]) -> Answer:
        """The answer to a competency question, such as `graph.ask("cq04", outcome="equity")`.

        Args:
            question: Its id; `kg.questions()` has them all.
            **asked: Its parameters, one word or several; `any` takes a restriction away.

        Raises:
            UsageError: There is no such question or parameter, or the graph does not know a word.
            Failure: The graph cannot be asked, or is none that kg built.
        """
        from kg.ask import ask

        with _as_ours():
            return ask(self.answers, question, asked)

    def agreement(self) -> Agreement:
        """How far those who coded the same sources agree, slot by slot, and which answers change with the coder.

        Raises:
            Failure: The graph cannot be asked, or is none that kg built.
        """
        from kg.agreement import agreement

        with _as_ours():
            return agreement(self.answers)

    def diff(
        self,
        old: KnowledgeGraph | str | Path | None = None,
        question: str | None = None,
        **asked: str | int | Iterable[str | int],
    ) -> Diff:
        """What changed since an older graph, such as `graph.diff()` or `graph.diff(question="cq04", outcome="equity")`.

        Args:
            old: The older graph, or its place as `kg.open` takes it; by default the release before this one.
            question: The id of a question of which to compare the answers; without it everything is compared.
            **asked: The question's parameters.

        Raises:
            UsageError: There is no older graph, none is named and this one is not its build's current release, or one
                of the graphs does not know a word of the question.
            Failure: A graph cannot be asked, or is none that kg built.
        """
        from kg.diff import diff, diff_answers

        before = old if isinstance(old, KnowledgeGraph) else open_graph(self._before() if old is None else old)
        with _as_ours():
            if question is None:
                return diff(before._side(), self._side())
            return diff_answers(before._side(), self._side(), question, asked)

    def _before(self) -> Path:
        current = release.current_folder(self.release.folder.parent.parent) if self.release else None
        if self.release is None or current is None:
            raise UsageError("only a build keeps the release before: name an older graph")
        if current != self.release.folder.resolve():
            raise UsageError(
                f"{self.release.folder.name} is not the current release of its build, which is {current.name}: "
                "name an older graph, or open the build"
            )
        before = release.folder_before(self.release.folder)
        if before is None:
            raise UsageError(
                f"{self.release.folder.parent} keeps one release only: change something and run kg build, "
                "or name an older graph"
            )
        return before

    def _side(self) -> Side:
        from kg.diff import Side

        return Side(self.answers, self.name, self.release.made_from() if self.release else None)

    def tensions(self, factor: str | Iterable[str] = (), outcome: str | Iterable[str] = ()) -> Tensions:
        """Where studies diverge: who reports support, who hindrance, and what stands on one side only.

        Args:
            factor: Ids or labels of factors; none for all.
            outcome: Ids or labels of outcomes; none for all.

        Raises:
            UsageError: The graph does not know a word.
            Failure: The graph cannot be asked, or is none that kg built.
        """
        from kg.tensions import tensions

        with _as_ours():
            return tensions(self.answers, _words(factor), _words(outcome))

    def patterns(self, factor: str | Iterable[str] = (), outcome: str | Iterable[str] = ()) -> Patterns:
        """What three independent studies or more report, with where it was seen and who promoted it.

        Args:
            factor: Ids or labels of factors; none for all.
            outcome: Ids or labels of outcomes; none for all.

        Raises:
            UsageError: The graph does not know a word.
            Failure: The graph cannot be asked, or is none that kg built.
        """
        from kg.patterns import patterns

        with _as_ours():
            return patterns(self.answers, _words(factor), _words(outcome))

    def plot(self, picture: str, /, *, claims: bool = False, claim: str = "", **selection: Any) -> Picture:
        """A picture, such as `graph.plot("matrix", factor="trust").save("trust.svg")`; a notebook shows it.

        Args:
            picture: matrix, funnel, timeline or countries, of a selection; configuration, of one claim; or paths, of
                what `paths` takes, such as `graph.plot("paths", from_="trust", to="equity")`.
            claims: Whether to read the claims behind its marks, as `save("….html")` shows them.
            claim: For a configuration: `source/coder/id`.
            **selection: The slots of `kg.trace.Selection`; a single word may stand for a list of one.

        Raises:
            UsageError: There is no such picture, the graph does not know a word, or nothing answers to the selection.
            Failure: The graph cannot be asked, or is none that kg built.
        """
        from kg import plotting

        if picture not in plotting.KINDS:
            raise UsageError(f"there is no picture “{picture}” (one of {', '.join(plotting.KINDS)})")
        with _as_ours():
            plotting.refuse_unasked(picture, claim, selection)
            if picture == "configuration":
                return plotting.of_claim(self.answers, claim, self.name)
            if picture == "paths":
                return plotting.of_paths(self.answers, self.paths(**selection), claims, self.name)
            asked = _selection(selection)
            if picture == "matrix" and selection.get("min_studies") is None:
                asked = plotting.as_traced(asked)
            return plotting.of_selection(self.answers, picture, asked, claims, self.name)

    def report(self, **selection: Any) -> Report:
        """A report to hand on, such as `graph.report(factor="trust").save("trust.html")`.

        Args:
            **selection: The slots of `kg.trace.Selection`; a single word may stand for a list of one.

        Raises:
            UsageError: The graph does not know a word, or nothing answers to the selection.
            Failure: The graph cannot be asked, or is none that kg built.
        """
        from kg import reporting

        with _as_ours():
            return reporting.report(
                self.answers, _selection(selection), self.name, self.release.day if self.release else None
            )

    def paths(
        self,
        from_: str,
        to: str,
        *,
        thread: bool = False,
        max_length: int = 3,
        least: int = 1,
        status: str = "tested",
    ) -> Paths:
        """Linked claims from a factor to an outcome, such as `graph.paths("communication", "equity")`.

        Args:
            from_: Id or label of the factor where they begin, as a mechanism; `any` for all.
            to: Id or label of the outcome where they end; `any` for all.
            thread: Whether to follow the links of one coding, rather than to join claims of whatever source.
            max_length: The most claims, one after the other: 1 to 6.
            least: The fewest studies that every step of a joined path must have.
            status: Which claims count: `tested`, `proposed` or `all`.

        Raises:
            UsageError: The graph does not know a word, both ends are `any`, or a number is out of range.
            Failure: The graph cannot be asked, or is none that kg built.
        """
        from kg.paths import paths

        with _as_ours():
            return paths(self.answers, from_, to, thread=thread, max_length=max_length, least=least, status=status)

    def external_data(self, today: date | None = None) -> ExternalData:
        """The external data sets that the graph is linked to, each with its source, licence and age.

        Args:
            today: The day from which ages are counted; by default the day it is.

        Raises:
            Failure: The graph cannot be asked, or is none that kg built.
        """
        from kg.external.status import status

        with _as_ours():
            return status(self.answers, today or date.today())

    def sparql(self, text: str, services: Iterable[str] = ()) -> Rows:
        """The rows of a SPARQL query; the project's prefixes need not be declared.

        Args:
            text: The query.
            services: Addresses to which its SERVICE may send a part of it, each exactly as the query names it.

        Raises:
            UsageError: The text is not a query, or names an address that was not allowed.
            Failure: An endpoint cannot be asked.
        """
        from kg.prefixes import with_prefixes

        notice = ""
        if query_words.may_call_out(text):
            from kg import federation

            columns, rows, notice = federation.select(self.answers, with_prefixes(text), services)
        else:
            columns, rows = self.answers.select(with_prefixes(text))
        return Rows(tuple(columns), tuple({name: plain(row[name]) for name in columns} for row in rows), notice)


def _selection(said: Mapping[str, Any]) -> Selection:
    """A selection of what was said; what is None was not."""
    from kg.trace import Selection

    single = {"role", "evidence"}
    slots: dict[str, Any] = {
        name: (value,) if isinstance(value, str) and name not in single else value
        for name, value in said.items()
        if value is not None
    }
    for name in ("min_studies", "min_coders"):
        if type(slots.get(name, 1)) is not int:
            raise UsageError(f"{name} is a whole number, not {slots[name]!r}")
    try:
        return Selection(**slots)
    except TypeError as error:
        known = ", ".join(Selection.__dataclass_fields__)
        raise UsageError(f"a selection has the slots {known}: {error}") from error


def _words(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def default_build() -> Path:
    """Where builds go and graphs are looked for when nobody says otherwise.

    `build/` where we are, if a build is there; else `build/` of the checkout that this code runs from; else, for an
    installed package, the user's cache.
    """
    here = Path("build")
    if release.current_folder(here) is not None:
        return here
    if resources.in_checkout():
        return resources.root() / "build"
    from importlib.metadata import version

    import platformdirs

    name = "partnership-mechanisms-kg"
    return platformdirs.user_cache_path(name, appauthor=False) / version(name) / "build"


def open_graph(
    place: str | Path | None = None, build_missing: Callable[[Path], object] | None = None
) -> KnowledgeGraph:
    """Opens a graph.

    Args:
        place: A build folder, the folder of a release, or the address of a SPARQL endpoint; by default what `KG_GRAPH`
            names, else the default build.
        build_missing: Called with the default build's folder if nothing was built there; without it the shipped
            evidence is built silently.

    Raises:
        UsageError: There is no graph at a place that was named.
        DamagedRelease: The graph is not what the build wrote.
    """
    named = place if place is not None else os.environ.get(VARIABLE) or None
    if named is not None and str(named).startswith(("http://", "https://")):
        from kg.remote import RemoteStore

        endpoint = RemoteStore(str(named))
        return KnowledgeGraph(endpoint, endpoint.url)
    folder = default_build() if named is None else Path(named)
    if named is not None and release.is_release(folder):
        return _opened(release.open_release(folder.resolve()))
    if named is not None and release.current_folder(folder) is None:
        raise UsageError(f"there is no graph in {folder}: {_instead_of(folder)}")
    if release.current_folder(folder) is None:
        (build_missing or _build_shipped)(folder)
    found = release.open_current(folder)
    if found is None:
        raise UsageError(f"there is no graph in {folder}: run kg build")
    return _opened(found)


_GRAPHS = "the folder that kg build wrote to, a release in it, or the address of an endpoint"


def _instead_of(folder: Path) -> str:
    """What to do where a place is no graph; nobody is told to build onto a file or into a folder of something else."""
    if release.may_become_build(folder):
        return f"run kg build --output {folder}, or name another"
    if not folder.is_dir():
        return f"it is a file; name {_GRAPHS}"
    parts = ("sources", "cases", "judgements")
    if any((folder / part).is_dir() for part in parts) or any(folder.glob("*.jsonl")) or any(folder.glob("*.yaml")):
        return f"it holds evidence; run kg build {folder} --output FOLDER with a folder of its own, and name that one"
    return f"it holds other things; name {_GRAPHS}"


def _opened(found: Release) -> KnowledgeGraph:
    store = LocalStore(found.store, found.prepared, release.remedy(found.folder))
    store.open()
    return KnowledgeGraph(store, found.folder.name, found)


def _build_shipped(folder: Path) -> None:
    from kg.pipeline import build

    build(resources.evidence(), folder)
