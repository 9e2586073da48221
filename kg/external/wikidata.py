"""Which Wikidata items are organisations of ROR, as Wikidata's SPARQL endpoint says; only ids are taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection

from pyoxigraph import Literal, NamedNode

from kg import query
from kg.external import ror
from kg.remote import RemoteStore, address

ENDPOINT = "https://query.wikidata.org/sparql"
_AT_ONCE = 50
"""Ids in one request: what Wikidata answers well within its time for a query."""


def items(
    organisations: Collection[str],
    endpoint: str = ENDPOINT,
    report: Callable[[str, int, int], None] = lambda what, done, whole: None,
) -> dict[str, tuple[str, ...]]:
    """The ids of the items that bear the id of each organisation, by that; none of an organisation that has no item.

    What was not asked for, or is no id, is not taken.

    Args:
        organisations: Ids of organisations, such as `https://ror.org/01f80g185`.
        endpoint: The address of a SPARQL endpoint with Wikidata's statements.
        report: Told how many were asked for.

    Raises:
        Failure: The endpoint cannot be reached, is too slow, or answers something else.
    """
    # KG_ENDPOINT_USER and its password are for the user's own store, and not for this one
    store = RemoteStore(address.named_in(endpoint), ours=False)
    wanted = sorted(organisations)
    found: dict[str, set[str]] = defaultdict(set)
    for at in range(0, len(wanted), _AT_ONCE):
        batch = wanted[at : at + _AT_ONCE]
        report("Wikidata", at, len(wanted))
        asked = {"ror": [Literal(each.removeprefix(ror.BASE)) for each in batch]}
        for row in query.run(store, "external/wikidata-by-ror", asked):
            organisation, item = row["ror"], row["item"]
            if not isinstance(organisation, Literal) or not isinstance(item, NamedNode):
                continue
            qid = item.value.removeprefix(ror.WIKIDATA)
            if ror.BASE + organisation.value in batch and item.value != qid and ror.is_qid(qid):
                found[ror.BASE + organisation.value].add(qid)
    report("Wikidata", len(wanted), len(wanted))
    return {each: tuple(sorted(qids, key=lambda qid: int(qid[1:]))) for each, qids in sorted(found.items())}
