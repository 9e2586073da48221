"""A picture, the rows that it was drawn from, and the claims behind each of its marks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import Failure, UsageError
from kg.frames import Tabular
from kg.page import anchor, render
from kg.render.rows import write_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.references import Reference
    from kg.trace import TracedClaim

ENDINGS = ("svg", "png", "html", "csv")
WRITTEN = "a picture is written as .svg, .png or .html, its rows as .csv; end its name in one of these"
DOTS = 300
"""Dots of a PNG to an inch, as journals ask."""


@dataclass(frozen=True)
class Behind:
    """What stands behind one mark or several.

    Attributes:
        anchor: Where a page tells it; what marks lead to.
        title: What it is called.
        claims: Ids of the claims, as `source/coder/id`.
    """

    anchor: str
    title: str
    claims: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Picture(Tabular):
    """A picture that can be shown, saved, and checked against its rows.

    Attributes:
        kind: Which of the pictures it is.
        title: What it shows, as its heading.
        description: What is to be seen in it, in words: its text alternative.
        chart: The Altair chart.
        columns: Names of what each row says.
        rows: A row for each mark that stands for evidence; `mark` says in words what it stands for, as in the picture.
        told: What its marks mean, and what they do not say.
        notice: How the evidence was coded, to be said wherever it is shown.
        behind: The claims behind its marks, where they were asked for.
        claims: Those claims, each once.
        references: What their sources are, by id.
        graph: The name of the graph that it was drawn from.
    """

    kind: str
    title: str
    description: str
    chart: Any
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    told: tuple[str, ...]
    notice: str
    behind: tuple[Behind, ...] = ()
    claims: tuple[TracedClaim, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)
    graph: str = ""

    def __repr__(self) -> str:
        """What it shows, where it cannot be shown."""
        return f"<{self.kind}: {self.title}>"

    @cached_property
    def _spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = self.chart.to_dict()
        return spec

    def svg(self, linked: bool = False) -> str:
        """As SVG, with its title and description for those who do not see it.

        Args:
            linked: Whether marks lead to what stands behind them, as in a page that tells it.
        """
        import vl_convert

        drawn = vl_convert.vegalite_to_svg(self._spec if linked else _without_links(self._spec))
        drawn = re.sub(r'xlink:href="[^"#]*#', 'href="#', drawn)  # whatever stands before a fragment was put there
        drawn = re.sub(r'width="([\d.]+)" height="([\d.]+)"', r'width="\1pt" height="\2pt"', drawn, count=1)
        named = f"<title>{escape(self.title, False)}</title><desc>{escape(self.description, False)}</desc>"
        head, rest = drawn.removeprefix("<svg ").split(">", 1)
        return f'<svg role="graphics-document" {head}>{named}{rest}'

    def png(self) -> bytes:
        """As PNG with 300 dots to an inch."""
        import vl_convert

        drawn: bytes = vl_convert.vegalite_to_png(_without_links(self._spec), scale=1, ppi=DOTS)
        return drawn

    def html(self) -> str:
        """As a page of its own: the picture, its rows as a table, and the claims behind each mark."""
        from importlib.metadata import version

        claims = {one.claim: one for one in self.claims}
        return render(
            "picture.html",
            ("findings.css", "picture.css"),
            ("picture.js",),
            picture=self,
            drawn=self.svg(linked=bool(self.behind)),
            anchors={claim: anchor("claim", claim) for claim in claims},
            of={one.anchor: [claims[claim] for claim in one.claims if claim in claims] for one in self.behind},
            version=version("partnership-mechanisms-kg"),
        )

    def save(self, place: str | Path) -> None:
        """Writes it to a file, as the ending says: .svg, .png, .html, or .csv for its rows.

        Raises:
            UsageError: The ending says something else.
            Failure: The file cannot be written.
        """
        path = Path(place)
        ending = path.suffix.lower().removeprefix(".")
        if ending not in ENDINGS:
            raise UsageError(f"{path}: {WRITTEN}")
        written = {"svg": self.svg, "html": self.html, "csv": self._csv}
        try:
            path.write_bytes(self.png() if ending == "png" else written[ending]().encode())
        except OSError as error:
            raise Failure(f"{path} cannot be written: {error.strerror or error}") from error

    def _csv(self) -> str:
        """Its rows, as a spreadsheet reads them."""
        out = StringIO(newline="")
        write_csv(self.columns, self.rows, out)
        return out.getvalue()

    def _repr_svg_(self) -> str:
        """How a notebook shows it."""
        return self.svg()


def _without_links(spec: Any) -> Any:
    """A chart whose marks lead nowhere, since nothing is told beside it."""
    if isinstance(spec, dict):
        return {key: _without_links(value) for key, value in spec.items() if key != "href" or isinstance(value, str)}
    return [_without_links(value) for value in spec] if isinstance(spec, list) else spec


def described(rows: Sequence[Mapping[str, Any]], most: int = 12) -> str:
    """The marks of a picture in words, the first of them where they are many."""
    told = [str(row["mark"]) for row in rows[:most]]
    rest = f" And {len(rows) - most} more marks." if len(rows) > most else ""
    return " ".join(f"{one.rstrip('.')}." for one in told) + rest
