"""ROR by its API: the records that it gives for the names of partners.

Each name is looked up as ROR's search does, and where that finds nothing, as it matches an affiliation. What comes
back is only read: how well it fits is judged in `kg.external.reconciliation`, as for a dump.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from kg.errors import Failure
from kg.external import ror
from kg.external.reconciliation import forms
from kg.external.ror import Registry
from kg.fetch import Answer, Fetcher, Key

BASE = "https://api.ror.org/v2"
KEY = Key("Client-Id", "KG_ROR_CLIENT_ID")
WITHOUT_KEY, WITH_KEY = 50, 2_000
"""Requests that ROR answers in `PERIOD`, without a client id and with one."""
PERIOD = 300.0
"""Seconds."""
_MEANT_AS_SIGNS = re.compile(r'([-+=&|><!(){}\[\]^"~*?:\\/])')
"""What ROR's search takes for an operator unless a backslash stands before it."""


@dataclass
class Pace:
    """Keeps requests within what a service allows: so many in so many seconds.

    Attributes:
        most: Requests in a period.
        period: Seconds.
        report: Told of waiting, in seconds.
    """

    most: int
    period: float = PERIOD
    report: Callable[[str, int, int], None] = lambda what, done, whole: None
    _sent: deque[float] = field(default_factory=deque, repr=False)

    def wait(self) -> None:
        """Waits until one more request is within bounds."""
        now = time.monotonic()
        while self._sent and now - self._sent[0] >= self.period:
            self._sent.popleft()
        if len(self._sent) >= self.most:
            start, end = now, self._sent[0] + self.period
            while (left := end - time.monotonic()) > 0:
                self.report("waiting for ROR", round(end - start - left), round(end - start))
                time.sleep(min(left, 1.0))
            self._sent.popleft()

    def sent(self) -> None:
        """Counts a request."""
        self._sent.append(time.monotonic())


@dataclass(frozen=True)
class Found:
    """What the API gave.

    Attributes:
        registry: The organisations of all answers.
        digests: SHA-256 of each answer.
        retrieved: The day of the oldest answer, by ISO 8601; empty if nothing was asked.
    """

    registry: Registry
    digests: tuple[str, ...]
    retrieved: str


def look_up(
    names: Iterable[str],
    iso3: Mapping[str, str],
    fetcher: Fetcher,
    base: str = BASE,
    pace: Pace | None = None,
) -> Found:
    """The organisations that ROR gives for names of partners.

    Args:
        names: The names, as coders wrote them.
        iso3: Alpha-3 codes of countries by alpha-2 code.
        fetcher: What asks, and keeps the answers.
        base: The address of the API.
        pace: How fast to ask; as ROR allows by default.

    Raises:
        Failure: ROR does not answer, or not as its API does.
    """
    pace = pace or Pace(WITH_KEY if KEY.headers() else WITHOUT_KEY, report=fetcher.report)
    answers: list[Answer] = []
    records: list[Any] = []
    wanted = sorted({forms(name)[0] for name in names})
    for done, name in enumerate(wanted):
        fetcher.report("ROR", done, len(wanted))
        answer = _asked(fetcher, pace, f"{base}/organizations?{urlencode({'query': escaped(name)})}")
        found = _items(answer)
        answers.append(answer)
        if not found:
            answer = _asked(fetcher, pace, f"{base}/organizations?{urlencode({'affiliation': name})}")
            found = [each.get("organization") if isinstance(each, dict) else each for each in _items(answer)]
            answers.append(answer)
        records += found
    fetcher.report("ROR", len(wanted), len(wanted))
    once = {str(each.get("id")) if isinstance(each, dict) else str(each): each for each in records}
    return Found(
        ror.of_records(once.values(), iso3, base),
        tuple(dict.fromkeys(answer.digest for answer in answers)),
        min((answer.retrieved.date().isoformat() for answer in answers), default=""),
    )


def escaped(name: str) -> str:
    r"""A name as ROR's search takes it for nothing but words.

    >>> print(escaped("Water & Health (NGO)"))
    Water \& Health \(NGO\)
    """
    return _MEANT_AS_SIGNS.sub(r"\\\1", name)


def _asked(fetcher: Fetcher, pace: Pace, url: str) -> Answer:
    pace.wait()
    answer = fetcher.get(url, key=KEY, check=_items)
    if not answer.from_cache:
        pace.sent()
    return answer


def _items(answer: Answer) -> list[Any]:
    """What an answer lists.

    Raises:
        Failure: It is no answer of ROR's API.
    """
    told = answer.json()
    items = told.get("items") if isinstance(told, dict) else None
    if not isinstance(items, list):
        raise Failure(
            f"{answer.url.partition('?')[0]} answered without a list of organisations: is it ROR's API, version 2?"
        )
    return items
