"""The address of an endpoint, and who asks there: a name and a password that no message shows."""

from __future__ import annotations

import base64
import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from kg.errors import UsageError

USER = "KG_ENDPOINT_USER"
"""Environment variable with the name under which an endpoint is asked."""
PASSWORD = "KG_ENDPOINT_PASSWORD"
"""Environment variable with the password that goes with it."""


@dataclass(frozen=True)
class Address:
    """Where requests go.

    Attributes:
        url: The address without name and password, as messages show it.
        user: The name to ask under, or None.
        password: What goes with it.
    """

    url: str
    user: str | None = None
    password: str = field(default="", repr=False)

    @property
    def basic(self) -> str | None:
        """The value of an `Authorization` header by HTTP Basic, or None where nobody gave a name."""
        if self.user is None:
            return None
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    def beside(self, url: str) -> Address:
        """Another address of the same service, asked under the same name unless it gives one itself.

        Raises:
            UsageError: It is no address of the web.
        """
        named = named_in(url)
        return named if named.user is not None else Address(named.url, self.user, self.password)


def read(url: str) -> Address:
    """An address that a user named; name and password stand in it, or else in the environment.

    Raises:
        UsageError: It is no address of the web.
    """
    named = named_in(url)
    if named.user is None and os.environ.get(USER):
        return Address(named.url, os.environ[USER], os.environ.get(PASSWORD, ""))
    return named


def named_in(url: str) -> Address:
    """An address with the name and password that stand in it, if there are any; the environment is not looked at.

    >>> named_in("https://ada:secret@example.org/sparql").url
    'https://example.org/sparql'

    Raises:
        UsageError: It is no address of the web.
    """
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{shown(url)} is not the address of an endpoint; it begins with http:// or https://")
    try:
        parts = urlsplit(url)
        if not parts.hostname:
            raise ValueError("it names no host")
        _ = parts.port  # a port that is none is an error here
    except ValueError as error:
        raise UsageError(f"{shown(url)} is not the address of an endpoint: {error}") from None
    if "@" not in parts.netloc:
        return Address(url)
    return Address(_without_user(parts), unquote(parts.username or ""), unquote(parts.password or ""))


def shown(url: str) -> str:
    """An address, or what was taken for one, without any name and password.

    >>> shown("http://ada:p@ss@example.org:port/x")
    'http://example.org:port/x'
    """
    scheme, slashes, rest = url.partition("://")
    if not slashes:
        return url
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def elsewhere(base: str, location: str | None) -> str:
    """Where a redirect leads, in words: its address, and whether that is on this machine or in a private network."""
    if not location:
        return "another address"
    target = shown(urljoin(base, location))
    try:
        host = urlsplit(target).hostname or ""
        private = host == "localhost" or not ipaddress.ip_address(host).is_global
    except ValueError:  # a name, of which nobody asks here where it is
        private = host.endswith((".localhost", ".local", ".internal"))
    return f"{target} (within a private network)" if private else target


def _without_user(parts: SplitResult) -> str:
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
