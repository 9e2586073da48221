"""A gate on this machine through which the embedded store's SERVICE goes out, to known addresses and under guard.

The store calls out by itself, with neither a deadline nor a largest size, and follows redirects. So it is given the
address of this gate, which asks the endpoint as every endpoint is asked here.
"""

from __future__ import annotations

import json
import secrets
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.errors import KgError
from kg.remote import RemoteStore
from kg.remote.store import DEADLINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.remote.address import Address
    from kg.store import Row, Term

_LARGEST_QUERY = 10_000_000
"""Bytes."""


class Gate:
    """Doors to some endpoints, each behind a path that nobody can guess.

    Attributes:
        errors: What went wrong, by the address of the endpoint.
    """

    def __init__(self, addresses: Iterable[Address], deadline: float = DEADLINE) -> None:
        self.errors: dict[str, KgError] = {}
        self._stores = {address.url: RemoteStore(address, deadline, ours=False) for address in addresses}
        self._paths = {f"/{secrets.token_urlsafe(16)}": url for url in self._stores}
        self._answered: dict[tuple[str, str], bytes] = {}
        self._one_at_a_time = threading.Lock()
        self._base = ""

    def door(self, url: str) -> str:
        """The address on this machine that leads to an endpoint, while the gate is open."""
        path = next(path for path, behind in self._paths.items() if behind == url)
        return f"{self._base}{path}"

    @contextmanager
    def open(self) -> Iterator[Gate]:
        """Answers until the block ends."""
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                url = gate._paths.get(self.path)
                size = int(self.headers.get("Content-Length") or 0)
                if url is None or size > _LARGEST_QUERY:
                    self.send_error(404)
                    return
                body = gate._answer(url, self.rfile.read(size).decode())
                self.send_response(502 if body is None else 200)
                self.send_header("Content-Type", "application/sparql-results+json")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *arguments: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _answer(self, url: str, query: str) -> bytes | None:
        """What an endpoint answers to a query, which it is asked once; None where that is an error."""
        with self._one_at_a_time:
            if url in self.errors:
                return None
            if (url, query) not in self._answered:
                try:
                    names, rows = self._stores[url].select(query)
                except KgError as error:
                    self.errors[url] = error
                    return None
                self._answered[url, query] = _serialised(names, rows)
            return self._answered[url, query]


def _serialised(names: list[str], rows: list[Row]) -> bytes:
    """Rows as SPARQL JSON."""
    bindings = [{name: _cell(term) for name, term in row.items() if term is not None} for row in rows]
    return json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}}).encode()


def _cell(term: Term) -> dict[str, str]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    assert isinstance(term, Literal)
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
