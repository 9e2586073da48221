"""An Oxigraph server of a test's own, on loopback, with its store in memory."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, Store, parse

PROGRAM = Path(sys.executable).parent / "oxigraph"
STARTS = 30.0
"""Seconds within which it must answer."""


@dataclass(frozen=True)
class Oxigraph:
    """A running server.

    Attributes:
        base: Its address, without a path.
    """

    base: str

    @property
    def query(self) -> str:
        """Where it is asked."""
        return f"{self.base}/query"

    def load(self, text: str, graph: str) -> None:
        """Adds Turtle to a graph."""
        address = f"{self.base}/store?{urlencode({'graph': graph})}"
        urlopen(Request(address, text.encode(), {"Content-Type": "text/turtle"}, method="POST"), timeout=10).close()

    def update(self, text: str) -> None:
        """Carries out an update."""
        request = Request(f"{self.base}/update", text.encode(), {"Content-Type": "application/sparql-update"})
        urlopen(request, timeout=10).close()

    def quads(self) -> Dataset:
        """All that it holds, its blank nodes with canonical names."""
        with urlopen(Request(f"{self.base}/store", headers={"Accept": "application/n-quads"}), timeout=30) as reply:
            return canonical(Dataset(parse(reply.read(), format=RdfFormat.N_QUADS)))


def canonical(quads: Dataset) -> Dataset:
    """The same, its blank nodes with canonical names."""
    quads.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return quads


def held(store: Path) -> Dataset:
    """All that the store of a release holds, its blank nodes with canonical names."""
    return canonical(Dataset(Store.read_only(str(store))))


@contextmanager
def serving(union: bool = True) -> Iterator[Oxigraph]:
    """A server with nothing in it, until the block ends.

    Args:
        union: Whether its default graph is the union of the named ones.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = [str(PROGRAM), "serve", "--bind", f"127.0.0.1:{port}", *(["--union-default-graph"] if union else [])]
    server = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(server, port)
        yield Oxigraph(f"http://127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + STARTS
    while time.monotonic() < end and server.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/query?query=ASK%20%7B%7D", timeout=5).close()
            return
        except OSError:  # refused as yet
            time.sleep(0.05)
    raise RuntimeError(f"Oxigraph did not start within {STARTS:g} s")
