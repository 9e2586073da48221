"""Services on loopback: recorded answers over real HTTP, whole or with a fault; and a watch on who is connected to."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

LASTS = 5.0
"""Seconds for which a slow answer goes on: longer than any test waits, so that nobody waits for its end."""


@dataclass(frozen=True)
class Reply:
    """What is answered.

    Attributes:
        body: The body.
        status: The status code and phrase.
        kind: The content type.
        headers: More headers.
        length: The length that is said, where it is not that of the body; negative: none is said.
        pause: Seconds before each byte of the body.
        wait: Seconds before anything is said.
        reset: Whether the connection is reset instead.
        raw: What is sent instead of all of that.
    """

    body: bytes = b""
    status: str = "200 OK"
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    pause: float = 0
    wait: float = 0
    reset: bool = False
    raw: bytes = b""

    def head(self) -> bytes:
        length = len(self.body) if self.length is None else self.length
        said = {"Content-Type": self.kind, **({"Content-Length": str(length)} if length >= 0 else {}), **self.headers}
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in said.items()), "Connection: close"]
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True)
class Asked:
    """A request that came.

    Attributes:
        target: What stands in its first line: a path with its query, or an address where it came to a proxy.
        headers: Its headers, by name in small letters.
        method: Its method.
    """

    target: str
    headers: Mapping[str, str]
    method: str = "GET"


Script = Mapping[str, Sequence[Reply]] | Callable[[Asked], Reply]


class Service:
    """A server on loopback.

    Attributes:
        base: Its address, without a slash at the end.
        asked: The requests that came, in order.
    """

    def __init__(self, script: Script, host: str = "127.0.0.1", port: int = 0, secure: ssl.SSLContext | None = None):
        self.asked: list[Asked] = []
        self.closed = threading.Event()
        self._script = script
        service = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):  # the client has heard enough
                    service._answer(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def get_request(self) -> tuple[Any, Any]:
                connection, peer = super().get_request()
                return (secure.wrap_socket(connection, server_side=True) if secure else connection), peer

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a handshake that the client broke off

        self._server = Server((host, port), Handler)
        self.port = self._server.server_address[1]
        self.base = f"{'https' if secure else 'http'}://{host}:{self.port}"

    def _answer(self, handler: socketserver.StreamRequestHandler) -> None:
        method, target, _ = handler.rfile.readline().decode().split(" ")
        headers = {}
        while line := handler.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        asked = Asked(target, headers, method)
        self.asked.append(asked)
        self._send(handler, self._reply(asked))

    def _reply(self, asked: Asked) -> Reply:
        if callable(self._script):
            return self._script(asked)
        replies = self._script.get(asked.target) or self._script.get("*") or [Reply(b"{}", "404 Not Found")]
        before = sum(one.target == asked.target for one in self.asked) - 1
        return replies[min(before, len(replies) - 1)]

    def _send(self, handler: socketserver.StreamRequestHandler, reply: Reply) -> None:
        self.closed.wait(min(reply.wait, LASTS))
        if reply.reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            return
        if reply.raw:
            handler.wfile.write(reply.raw)
            return
        handler.wfile.write(reply.head())
        if not reply.pause:
            handler.wfile.write(reply.body)
            return
        end = time.monotonic() + LASTS
        for byte in reply.body:
            if time.monotonic() > end or self.closed.wait(reply.pause):
                return
            handler.wfile.write(bytes([byte]))

    @contextmanager
    def serving(self) -> Iterator[Service]:
        """Answers until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.closed.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


Serve = Callable[..., Service]
"""Starts a service by its script, and whatever else `Service` takes."""


class Watch:
    """Refuses, while it is on, every connection that does not stay on this machine, and remembers it."""

    def __init__(self) -> None:
        self.elsewhere: list[str] = []
        self.on = False

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on or event not in _REACHES_OUT:
            return
        place = args[_REACHES_OUT[event]]
        host = place[0] if isinstance(place, tuple) else place
        if not _stays(host):
            self.elsewhere.append(str(host))
            raise OSError(f"a test reached out to {host}")


_REACHES_OUT = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}
"""Events of the interpreter that name another machine, and which of their arguments does."""


def _stays(host: Any) -> bool:
    text = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if text == "localhost" or text.startswith(("/", "\0")):  # a socket of this machine's file system too
        return True
    return bool(re.fullmatch(r"[0-9a-fA-F.:]+", text)) and ipaddress.ip_address(text).is_loopback


_WATCH = Watch()
sys.addaudithook(_WATCH)


@contextmanager
def only_this_machine() -> Iterator[Watch]:
    """Lets nothing connect to another machine, or even look one up, while the block runs.

    Raises:
        AssertionError: Something tried to.
    """
    was_on, _WATCH.on, before = _WATCH.on, True, len(_WATCH.elsewhere)
    try:
        yield _WATCH
    finally:
        _WATCH.on = was_on
        seen, _WATCH.elsewhere[before:] = _WATCH.elsewhere[before:], []
    assert seen == []
