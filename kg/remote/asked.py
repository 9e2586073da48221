"""A query as a request, as SPARQLWrapper makes it."""

from __future__ import annotations

import warnings
from typing import Any

from SPARQLWrapper import ASK, JSON, POST, SELECT, SPARQLWrapper

from kg.errors import UsageError
from kg.query_words import without_remarks

AGENT = "partnership-mechanisms-kg"
"""What requests call this program."""


def request(url: str, query: str) -> Any:
    """The request by which an endpoint is asked, of `urllib.request`; it is not sent.

    Raises:
        UsageError: The query is none, or asks for no rows, or the address is none.
    """
    try:
        wrapper = SPARQLWrapper(url, returnFormat=JSON, agent=AGENT)
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            wrapper.setQuery(without_remarks(query))  # of which it overlooks every second line
        if wrapper.queryType not in (SELECT, ASK):
            raise UsageError(f"{url} is asked for rows only, with SELECT or ASK")
        return wrapper._createRequest()  # query() would follow redirects and read without a limit
    except RuntimeWarning as error:
        raise UsageError(f"{url} was not asked: this is not a SPARQL query") from error
    except ValueError as error:
        raise UsageError(f"{url} is not the address of an endpoint: {error}") from error
