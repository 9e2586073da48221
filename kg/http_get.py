"""One HTTP GET, in bounded time and size: what came back, or why nothing did.

urllib3 does the reading, for three things that the standard library leaves to its caller: an answer shorter than its
length is an error, gzip is unpacked no further than was asked, and a Retry-After is understood in both of its forms.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.request import getproxies, proxy_bypass

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError, LocationParseError, NewConnectionError, ProtocolError
from urllib3.exceptions import TimeoutError as TimedOut
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry, Url, make_headers, parse_url

from kg.errors import Failure, UsageError

_CHUNK = 1 << 16
_ADDRESS = re.compile(r"https?://[!-~]+")

Report = Callable[[str, int, int], None]
"""Told what is done, how much of it is done, and of how much: 0 where that is not known."""


class BrokenOff(Failure):
    """The connection ended before the answer did; asked again, it may come whole."""


class TooSlow(Failure):
    """The deadline came before the end of the answer."""


@dataclass(frozen=True)
class Response:
    """What a server answered, whatever its status.

    Attributes:
        status: The status code.
        headers: The headers, found by name in any case.
        body: The body, unpacked.
        peer: The IP address that answered.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    peer: str


@dataclass
class Request:
    """What is asked for, and within which bounds.

    Attributes:
        url: The address; one of http or https, without a user name or a password in it.
        headers: Headers to send.
        end: When to give up, in seconds of the monotonic clock.
        largest: The most bytes of a body, unpacked.
        report: Told of the bytes as they come.
        peer: The IP address that answered before, if one did: no other private one is then asked in its place.
    """

    url: str
    headers: Mapping[str, str]
    end: float
    largest: int
    report: Report
    peer: str = ""
    _sockets: list[socket.socket] = field(default_factory=list, init=False)

    @property
    def place(self) -> str:
        """The address without what is asked of it, for messages."""
        return self.url.partition("?")[0]

    def answer(self) -> Response:
        """Sends the request and reads all of the answer; no redirect is followed.

        Raises:
            TooSlow: The last byte had not come at the end.
            BrokenOff: The connection ended early.
            Failure: The host cannot be reached, or sends too much or what cannot be read.
            UsageError: The address is none.
        """
        target = address(self.url)
        found: list[Response | Exception] = []
        thread = threading.Thread(target=lambda: found.append(self._tried(target)), daemon=True)
        thread.start()
        thread.join(max(0.0, self.end - time.monotonic()))
        if not found:
            self._hang_up()
            raise TooSlow(f"{self.place} was still answering when its time was over")
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    def _hang_up(self) -> None:
        """Wakes the thread that still reads, so that it ends."""
        for opened in self._sockets:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def _tried(self, target: Url) -> Response | Exception:
        connection: HTTPConnection | None = None
        try:
            connection, path, headers = _connection(target, max(0.001, self.end - time.monotonic()))
            return self._read(connection, path, {**headers, **self.headers})
        except Failure as error:
            return error
        except DecodeError:
            return BrokenOff(f"{self.place} sends something packed that cannot be unpacked")
        except NewConnectionError as error:
            return Failure(f"{self.place} did not answer: {_reason(error)}")
        except (TimeoutError, TimedOut):
            return TooSlow(f"{self.place} was still answering when its time was over")
        except (ConnectionError, ProtocolError, HTTPException):
            return BrokenOff(f"{self.place} broke off before the end of its answer")
        except (OSError, HTTPError, ValueError) as error:
            return Failure(f"{self.place} did not answer: {_reason(error)}")
        except Exception as error:  # a thread has nobody else to tell
            return error
        finally:
            if connection is not None:
                connection.close()

    def _read(self, connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> Response:
        connection.connect()
        opened: socket.socket = connection.sock
        self._sockets.append(opened)
        peer = str(opened.getpeername()[0])
        if self.peer and peer != self.peer and not ipaddress.ip_address(peer).is_global:
            raise Failure(f"{self.place} now leads to the private address {peer}, and is not asked there")
        connection.request("GET", path, headers=headers, preload_content=False)
        response = connection.getresponse()
        with contextlib.closing(response):
            return Response(response.status, response.headers, self._body(connection.host, response), peer)

    def _body(self, host: str, response: BaseHTTPResponse) -> bytes:
        length = response.headers.get("Content-Length", "")
        whole = int(length) if re.fullmatch("[0-9]{1,12}", length) else 0
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > self.largest:
                raise Failure(f"{self.place} sends more than {self.largest:,} bytes: ask for less")
            if time.monotonic() > self.end:
                raise TooSlow(f"{self.place} was still answering when its time was over")
            self.report(f"{host}, kB", response.tell() // 1000, whole // 1000)
        return bytes(body)


def address(url: str) -> Url:
    """The parts of an address of the web.

    Raises:
        UsageError: It is none, or has a user name or a password in it, which would end up in messages and files.
    """
    shown = "".join(one if one.isprintable() else "�" for one in url.partition("?")[0])
    try:
        parts = parse_url(url) if _ADDRESS.fullmatch(url) else Url()
    except LocationParseError:
        parts = Url()
    if not parts.host:
        raise UsageError(f"{shown} is not an address; it begins with http:// or https://")
    if parts.auth:
        raise UsageError(f"the address at {parts.host} has a name or a password in it: leave that out")
    return parts


def asked_to_wait(retry_after: str) -> float | None:
    """How many seconds a Retry-After, as a number of them or as a date, asks to wait; None if it does not say."""
    if not retry_after:
        return None
    try:
        return Retry(retry_after_max=10**9).parse_retry_after(retry_after)
    except (HTTPError, ValueError, OverflowError):
        return None


def _connection(target: Url, timeout: float) -> tuple[HTTPConnection, str, dict[str, str]]:
    """A connection that is not open yet, by way of the user's proxy if there is one, with what to ask for and to send.

    Raises:
        Failure: The proxy that the environment names has no address.
    """
    host = (target.host or "").strip("[]")
    secure = target.scheme == "https"
    kind: type[HTTPConnection] = HTTPSConnection if secure else HTTPConnection
    named = getproxies().get(target.scheme or "", "")
    if not named or proxy_bypass(host):
        return kind(host, target.port, timeout=timeout), target.request_uri, {}
    try:
        proxy = parse_url(named if "://" in named else f"http://{named}")
    except LocationParseError:
        proxy = Url()
    if not proxy.host:
        raise Failure(f"the proxy that {target.scheme}_proxy names has no address: mend that variable, or unset it")
    told = make_headers(proxy_basic_auth=proxy.auth) if proxy.auth else {}
    connection = kind(proxy.host.strip("[]"), proxy.port or 80, timeout=timeout)
    if not secure:
        return connection, target.url, told
    connection.set_tunnel(host, target.port or 443, headers=told)
    return connection, target.request_uri, {}


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return "no secure connection comes about"
    cause = error.__cause__ if isinstance(error, HTTPError) else error
    told = (cause.strerror if isinstance(cause, OSError) else None) or str(error)
    return "".join(one if one.isprintable() else " " for one in told.strip()) or type(error).__name__
