"""A server on loopback that passes requests on to another, and misbehaves at those that a test chooses."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen


@dataclass(frozen=True)
class Asked:
    """A request as it came.

    Attributes:
        method: Its method.
        path: Its path and what follows.
        headers: Its headers, by name in small letters.
        body: Its bytes.
        number: How many of its kind (`writes` or not) came before it, and it.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    number: int

    @property
    def writes(self) -> bool:
        """Whether it changes what it is sent to."""
        return self.method in ("PUT", "DELETE") or self.path.startswith("/update") or b"update=" in self.body[:7]

    @property
    def graph(self) -> str:
        """The graph that it is about, by the Graph Store Protocol."""
        return parse_qs(urlsplit(self.path).query).get("graph", [""])[0]

    @property
    def text(self) -> str:
        """The query or update that it brings as a form."""
        fields = parse_qs(self.body.decode())
        return "".join(fields.get("query", []) + fields.get("update", []))


Misbehaves = Callable[[Asked], "bytes | None"]
"""Gives the bytes to send instead of an answer (none: the connection is cut), or None where all is to be well."""


@dataclass
class Between:
    """The server.

    Attributes:
        base: Where it passes requests on to.
        misbehaves: What it does with each request.
        url: Its own address, without a path.
        asked: All requests that came.
    """

    base: str
    misbehaves: Misbehaves
    url: str = ""
    asked: list[Asked] = field(default_factory=list)

    @property
    def writes(self) -> list[Asked]:
        """The requests that change something."""
        return [one for one in self.asked if one.writes]


@contextmanager
def between(base: str, misbehaves: Misbehaves = lambda asked: None) -> Iterator[Between]:
    """Passes requests on until the block ends."""
    found = Between(base, misbehaves)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                one = Asked(self.command, self.path, headers, body, 0)
                number = 1 + sum(each.writes == one.writes for each in found.asked)
                one = Asked(self.command, self.path, headers, body, number)
                found.asked.append(one)
            instead = found.misbehaves(one)
            if instead is not None:
                self.wfile.write(instead)
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            passed = {name: value for name, value in headers.items() if name in ("content-type", "accept")}
            request = Request(base + self.path, body or None, passed, method=self.command)
            try:
                with urlopen(request, timeout=30) as reply:
                    status, kind, told = reply.status, reply.headers.get("Content-Type", ""), reply.read()
            except HTTPError as error:
                status, kind, told = error.code, error.headers.get("Content-Type", ""), error.read()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if status != 204:
                self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(status: str, headers: str = "") -> bytes:
    """A response without a body."""
    return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n{headers}\r\n".encode()
