"""One exchange with an endpoint: given up at a deadline and a size, tried again where it asks to wait, sent on nowhere.

Every try, pause and page of one answer draws on one allowance of time and bytes.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, IncompleteRead
from typing import TYPE_CHECKING, Any
from urllib.request import (
    AbstractDigestAuthHandler,
    HTTPErrorProcessor,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    build_opener,
    parse_http_list,
    parse_keqv_list,
)

from kg.errors import Failure
from kg.remote import address as addresses
from kg.remote.rows import MOST_CELLS
from kg.remote.said import printable, status_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kg.remote.address import Address

LARGEST_ANSWER = 200_000_000
"""Bytes of all that an endpoint sends for one answer."""
TRIES = 3
"""How often a request is sent where the endpoint asks to wait, or cannot answer just now."""
FIRST_PAUSE = 1.0
"""Seconds before the second try where the endpoint names no time; twice as long before each further one."""
ASK_AGAIN = frozenset({429, 502, 503, 504})
"""Statuses by which an endpoint says that it cannot answer just now: a query may be asked again."""
NOT_CARRIED_OUT = frozenset({429, 503})
"""Those of them by which it says that it has not begun, so that what changes something may be sent again."""
_CHUNK = 1 << 16


class Allowance:
    """What one answer may cost, whatever the number of requests that it takes.

    Attributes:
        deadline: Seconds in all.
        end: When they are over, on the monotonic clock.
        left: Bytes that may still come.
        cells: Cells that may still come, empty ones too.
    """

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.end = time.monotonic() + deadline
        self.left = LARGEST_ANSWER
        self.cells = MOST_CELLS


@dataclass(frozen=True)
class Reply:
    """A response as it came.

    Attributes:
        status: Its status.
        reason: What the status line says beside it.
        body: Its bytes.
        headers: Its headers, by name in small letters.
    """

    status: int
    reason: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people."""
        begins = self.body[:200].lstrip().lower()
        return self.headers.get("content-type", "").lower().startswith("text/html") or begins.startswith(
            (b"<!doctype html", b"<html")
        )

    @property
    def wait(self) -> float | None:
        """Seconds that it asks to wait, by `Retry-After`, in either of the ways in which that is written."""
        told = self.headers.get("retry-after", "").strip()
        if told.isascii() and told.isdigit():
            return float(told[:9])
        with suppress(ValueError, TypeError):
            return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
        return None


class _AsItCame(HTTPErrorProcessor):
    """Gives every response to us, whatever its status: nothing is read, and nothing followed, behind our back."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


def send(address: Address, request: Request, allowance: Allowance, again: Collection[int] = ()) -> Reply:
    """What an endpoint answers to a request, of whatever status but a redirect.

    Args:
        address: Where the request goes, and under which name.
        request: The request.
        allowance: What its answer may still cost.
        again: Statuses on which it is sent again, after a pause, as long as the allowance lasts.

    Raises:
        Failure: No answer came, or not in time, or too much, or not all of it; or it sends the request elsewhere.
    """
    if address.basic:
        request.add_unredirected_header("Authorization", address.basic)
    pause = FIRST_PAUSE
    for left in reversed(range(TRIES)):
        reply = _once(address, request, allowance)
        if reply.status == 401 and address.user is not None:
            reply = _by_digest(address, request, reply, allowance)
        wait = pause if reply.wait is None else reply.wait
        if reply.status not in again or not left or time.monotonic() + wait >= allowance.end:
            break
        time.sleep(wait)
        pause *= 2
    if 300 <= reply.status < 400:
        target = printable(addresses.elsewhere(address.url, reply.headers.get("location")))
        raise Failure(f"{address.url} sends the request on to {target}: name that address if you trust it")
    return reply


def refused(address: Address, reply: Reply) -> Failure:
    """The error that a status of 400 or more is."""
    told = f"{address.url} did not answer: {status_line(reply.status, reply.reason)}"
    if reply.status == 401 and address.user is None:
        return Failure(f"{told}: it wants a name and password: set {addresses.USER} and {addresses.PASSWORD}")
    if reply.status in (401, 403):
        who = "anybody who gives no name" if address.user is None else "that name and password"
        return Failure(f"{told}: it does not let {who} do this")
    if reply.wait is not None:
        return Failure(f"{told}: it asks to wait {reply.wait:.0f} s: ask again after that")
    if reply.status in ASK_AGAIN:
        return Failure(f"{told}: ask again later")
    if reply.status in (404, 405, 415):
        return Failure(f"{told}: is it the address that takes queries, such as …/query or …/sparql?")
    return Failure(told)


def first_line(told: object) -> str:
    """The first line of what an error, or an endpoint, says."""
    text = str(getattr(told, "reason", "") or told).strip()
    return (printable(text.splitlines()[0]) if text else "") or type(told).__name__


def _once(address: Address, request: Request, allowance: Allowance) -> Reply:
    """One try, given up at the deadline wherever it then is."""
    found: list[Reply | Failure] = []
    thread = threading.Thread(target=lambda: found.append(_fetched(address, request, allowance)), daemon=True)
    thread.start()
    thread.join(max(0.0, allowance.end - time.monotonic()))
    reply = found[0] if found else _too_slow(address, allowance)
    if isinstance(reply, Failure):
        raise reply
    return reply


def _too_slow(address: Address, allowance: Allowance) -> Failure:
    return Failure(f"{address.url} was still answering after {allowance.deadline:g} s")


def _fetched(address: Address, request: Request, allowance: Allowance) -> Reply | Failure:
    seconds = allowance.end - time.monotonic()
    if seconds <= 0:
        return _too_slow(address, allowance)
    try:
        with build_opener(_AsItCame).open(request, timeout=seconds) as response:
            body: list[bytes] = []
            size, whole = 0, response.length
            while chunk := response.read1(_CHUNK):
                body.append(chunk)
                size += len(chunk)
                allowance.left -= len(chunk)
                if allowance.left < 0:
                    return Failure(f"{address.url} sends more than {LARGEST_ANSWER // 1_000_000} MB: ask for less")
                if time.monotonic() > allowance.end:
                    return _too_slow(address, allowance)
            if whole is not None and size < whole:
                return Failure(f"{address.url} broke off its answer after {size:,} of {whole:,} bytes: ask again")
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, response.reason or "", b"".join(body), headers)
    except IncompleteRead:
        return Failure(f"{address.url} broke off its answer: ask again")
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(getattr(error, "reason", error), TimeoutError):  # it waits until the deadline, and no longer
            return _too_slow(address, allowance)
        return Failure(f"{address.url} did not answer: {first_line(error)}")


def _by_digest(address: Address, request: Request, reply: Reply, allowance: Allowance) -> Reply:
    """The answer to the request signed by HTTP Digest, where the endpoint asks for that; else the reply as it was.

    Virtuoso says that it wants Digest only to who says nothing of himself.
    """
    request.remove_header("Authorization")
    scheme, _, challenge = _once(address, request, allowance).headers.get("www-authenticate", "").partition(" ")
    if scheme.lower() != "digest":
        return reply
    known = HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, address.url, address.user or "", address.password)
    parts = parse_keqv_list([part for part in parse_http_list(challenge) if "=" in part])
    try:
        signed = AbstractDigestAuthHandler(known).get_authorization(request, parts)
    except (ValueError, KeyError, NotImplementedError):  # a way of signing that nobody here knows
        return reply
    if not signed:
        return reply
    request.add_unredirected_header("Authorization", f"Digest {signed}")
    return _once(address, request, allowance)
