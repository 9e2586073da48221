"""What a source is and where to read it, from a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg import iris, query
from kg.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.store import Answers


@dataclass(frozen=True)
class Reference:
    """A source, for those who want to read it.

    Attributes:
        source: Its id.
        citation: Short citation.
        told: Title, journal and year, as far as they are recorded.
        links: Addresses by what they are called, such as `DOI 10.1/x`.
    """

    source: str
    citation: str
    told: str
    links: dict[str, str]


def references(graph: Answers, sources: Iterable[str]) -> dict[str, Reference]:
    """What sources are, by id.

    Args:
        graph: A graph that answers queries.
        sources: Their ids.
    """
    wanted = [iris.source(source) for source in dict.fromkeys(sources)]
    if not wanted:
        return {}
    found: dict[str, Reference] = {}
    for row in query.run(graph, "trace/sources", {"source": wanted}):
        told = {name: text(value) for name, value in row.items() if value is not None}
        source = iris.ids(told["source"])[-1]
        links = {}
        if "doi" in told:
            links[f"DOI {told['doi']}"] = f"https://doi.org/{told['doi']}"
        if "pmid" in told:
            links[f"PubMed {told['pmid']}"] = f"https://pubmed.ncbi.nlm.nih.gov/{told['pmid']}/"
        if "pmcid" in told:
            links[told["pmcid"]] = f"https://www.ncbi.nlm.nih.gov/pmc/articles/{told['pmcid']}/"
        if "url" in told and told["url"].startswith(("http://", "https://")):
            links["page that was read"] = told["url"]
        words = [told.get(name, "") for name in ("title", "journal", "year")]
        shown = ". ".join(word.rstrip(".") for word in words if word)
        found[source] = Reference(source, told.get("citation", source), shown, links)
    return found
