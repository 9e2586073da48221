"""The one way to ask an external service for something: guarded, patient when it is asked to be, and kept on disk.

An answer has a deadline and a largest size, is asked for again a few times where that can help, comes from the host
that was named and from no other, and is what was asked for. A snapshot that is young enough is used without asking.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin

from kg import exact_json
from kg.errors import Failure, UsageError
from kg.http_get import BrokenOff, Report, Request, Response, address, asked_to_wait
from kg.snapshots import Snapshot, Snapshots, default_folder

DEADLINE = 120.0
"""Seconds for all of a request: waiting, asking again, and the last byte."""
LARGEST = 200_000_000
"""Bytes of an answer, unpacked."""
MAX_AGE = timedelta(days=30)
"""How old a snapshot may be that is used without asking."""
JSON = "application/json"
_MOST_TRIES = 5
_MOST_REDIRECTS = 3
_PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""What a service says that may answer later."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
_HEADER_TEXT = re.compile("[!-~]{1,500}")


@dataclass(frozen=True)
class Key:
    """A key for a service, which is sent in a header and told to nobody else.

    Attributes:
        header: The header, such as `Client-Id`.
        variable: The environment variable that holds the key, such as `KG_ROR_CLIENT_ID`; unset, nothing is sent.
    """

    header: str
    variable: str

    def headers(self) -> dict[str, str]:
        """The header with the key, or nothing.

        Raises:
            UsageError: What the variable holds is no key.
        """
        value = os.environ.get(self.variable, "").strip()
        if value and not _HEADER_TEXT.fullmatch(value):
            raise UsageError(f"{self.variable} holds no key: a key is one word of letters, digits and signs")
        return {self.header: value} if value else {}


@dataclass(frozen=True)
class Answer:
    """What a service answered.

    Attributes:
        body: The bytes, unpacked.
        url: The address that was asked.
        retrieved: When the bytes came.
        from_cache: Whether they came from disk.
    """

    body: bytes
    url: str
    retrieved: datetime
    from_cache: bool

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the body, in hexadecimal digits."""
        return hashlib.sha256(self.body).hexdigest()

    def json(self) -> Any:
        """What the body says as JSON; see `kg.exact_json.loads`."""
        return self._json

    @cached_property
    def _json(self) -> Any:
        return exact_json.loads(self.body, self.url.partition("?")[0])


@dataclass(frozen=True)
class Fetcher:
    """Asks external services.

    Attributes:
        snapshots: Where answers are kept.
        max_age: How old a snapshot may be that is used without asking.
        offline: Whether only snapshots are used, however old.
        deadline: Seconds for all of a request.
        largest: The most bytes of an answer, unpacked.
        pause: Seconds before the second try, unless the service says how many; doubled with each further try.
        report: Told of an answer as it comes, in kilobytes, and of waiting, in seconds.
    """

    snapshots: Snapshots = field(default_factory=lambda: Snapshots(default_folder()))
    max_age: timedelta = MAX_AGE
    offline: bool = False
    deadline: float = DEADLINE
    largest: int = LARGEST
    pause: float = 1.0
    report: Report = lambda what, done, whole: None

    def get(
        self,
        url: str,
        accept: str = JSON,
        key: Key | None = None,
        check: Callable[[Answer], object] | None = None,
    ) -> Answer:
        """What is at an address, now or when it was last asked.

        Args:
            url: The address, without any key in it.
            accept: The kind of content to ask for; JSON must then be JSON.
            key: The key of the service, if it has one.
            check: Called with a new answer before it is kept: raises `Failure` where that is not what was asked for.

        Raises:
            Failure: There is no answer, or it is not what was asked for.
            UsageError: The address or the key is none.
        """
        address(url)
        kept = self.snapshots.find(url, accept)
        if kept and (self.offline or timedelta(0) <= datetime.now(UTC) - kept.confirmed <= self.max_age):
            return _answer(kept, from_cache=True)
        place = url.partition("?")[0]
        if self.offline:
            raise Failure(f"no snapshot of {place} is at hand: go without --offline once, so that it is fetched")
        self.snapshots.prepare()
        try:
            response = self._asked(url, _headers(accept, key, kept))
            if kept and response.status == HTTPStatus.NOT_MODIFIED:
                return _answer(self.snapshots.confirm(kept), from_cache=True)
            return self._taken(url, accept, response, check)
        except Failure as error:
            if kept is None:
                raise
            raise Failure(f"{error}; a snapshot of {kept.retrieved:%Y-%m-%d} is at hand with --offline") from error

    def _taken(self, url: str, accept: str, response: Response, check: Callable[[Answer], object] | None) -> Answer:
        """The answer in a response, once it is known to be one, and kept."""
        place = url.partition("?")[0]
        if response.status != HTTPStatus.OK:
            raise Failure(f"{place} did not answer: {_status(response.status)}")
        now = datetime.now(UTC)
        answer = Answer(response.body, url, now, from_cache=False)
        if accept == JSON:
            if _is_page(response):
                raise Failure(f"{place} answered with a web page, not with JSON: look at it in a browser")
            answer.json()
        if check:
            check(answer)
        etag, last_modified = (_header(response, name) for name in ("ETag", "Last-Modified"))
        self.snapshots.keep(Snapshot(url, accept, response.body, now, now, etag, last_modified))
        return answer

    def _asked(self, url: str, headers: dict[str, str]) -> Response:
        """The response in the end, after waiting and asking again as often as that may help."""
        end = time.monotonic() + self.deadline
        peer = ""
        redirects = 0
        for tried in range(1, _MOST_TRIES + 1):
            request = Request(url, headers, end, self.largest, self.report, peer)
            try:
                response = request.answer()
                while response.status in _REDIRECTS:
                    redirects += 1
                    if redirects > _MOST_REDIRECTS:
                        raise Failure(f"{request.place} sends from one address to the next without an end")
                    url = _redirected(url, response)
                    request = Request(url, headers, end, self.largest, self.report, response.peer)
                    response = request.answer()
            except BrokenOff:
                if tried == _MOST_TRIES:
                    raise
                self._wait(request.place, "", tried, end)
                continue
            if response.status not in _PASSING:
                return response
            peer = response.peer
            if tried < _MOST_TRIES:
                self._wait(request.place, _header(response, "Retry-After"), tried, end, _status(response.status))
        raise Failure(f"{request.place} did not answer, asked {_MOST_TRIES} times: {_status(response.status)}")

    def _wait(self, place: str, asked: str, tried: int, end: float, said: str = "it broke off") -> None:
        """Waits as long as the service asks for, or longer after each try, if that leaves time to ask again.

        Raises:
            Failure: It does not.
        """
        seconds = asked_to_wait(asked)
        if seconds is None:
            seconds = self.pause * 2 ** (tried - 1)
        if time.monotonic() + seconds >= end:
            raise Failure(f"{place} did not answer: {said}; ask again in {max(1, round(seconds)):,} s")
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.report(f"waiting for {address(place).host}, s", round(seconds - left), round(seconds))
            time.sleep(min(left, 1.0))


def _answer(kept: Snapshot, from_cache: bool) -> Answer:
    return Answer(kept.body, kept.url, kept.retrieved, from_cache)


def _headers(accept: str, key: Key | None, kept: Snapshot | None) -> dict[str, str]:
    headers = {"User-Agent": user_agent(), "Accept": accept, "Accept-Encoding": "gzip"}
    headers |= key.headers() if key else {}
    if kept and kept.etag:
        headers["If-None-Match"] = kept.etag
    elif kept and kept.last_modified:
        headers["If-Modified-Since"] = kept.last_modified
    return headers


def user_agent() -> str:
    """How we say who asks, and where to read about it."""
    from importlib.metadata import version

    name = "partnership-mechanisms-kg"
    return f"{name}/{version(name)} (+https://w3id.org/partnership-mechanisms)"


def _redirected(url: str, response: Response) -> str:
    """Where a service sends us on to, if that is on the same host and no less secure.

    Raises:
        Failure: It is elsewhere.
    """
    place = url.partition("?")[0]
    told = _header(response, "Location")
    try:
        here, there = address(url), address(urljoin(url, told))
    except (UsageError, ValueError) as error:
        raise Failure(f"{place} sends on to something that is no address") from error
    before, after = ((one.scheme, one.host, one.port or _PORTS[one.scheme or ""]) for one in (here, there))
    more_secure = (before, after) == (("http", here.host, 80), ("https", here.host, 443))
    if after != before and not more_secure:
        raise Failure(f"{place} sends on to {there.scheme}://{there.netloc}: ask that address if you trust it")
    return there.url


def _header(response: Response, name: str) -> str:
    """A header, if it is plain text that can be said again."""
    value = response.headers.get(name, "").strip()
    return value if len(value) <= 2_000 and value.isascii() and value.isprintable() else ""


def _is_page(response: Response) -> bool:
    kind = _header(response, "Content-Type").lower()
    return "html" in kind or response.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _status(status: int) -> str:
    """A status in words of ours: a server's own may be anything."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
