"""A Virtuoso server of a test's own, on loopback only, in a folder that goes away.

It is what Debian's package `virtuoso-opensource-7` ships; nothing that the system may run as a service is touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from pyoxigraph import RdfFormat, Store

PROGRAMS = ("virtuoso-t", "isql-vt")
ABSENT = "Virtuoso is not installed, and nothing is asked of it here: install Debian's package virtuoso-opensource-7"
STARTS = 60.0
"""Seconds within which it must answer."""
STOPS = 10.0
"""Seconds that it is given to stop before it is killed."""

_INI = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200

[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
ServerThreads = 8
CheckpointInterval = 0
NumberOfBuffers = 30000
MaxDirtyBuffers = 20000
MaxMemPoolSize = 200000000
DirsAllowed = {folder}
ThreadsPerQuery = 2
SchedulerInterval = 10

[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
ServerThreads = 4
MaxClientConnections = 4

[SPARQL]
ResultSetMaxRows = 10000
MaxQueryExecutionTime = 60
"""


def installed() -> bool:
    """Whether the programs are on the path."""
    return all(shutil.which(name) for name in PROGRAMS)


@contextmanager
def serving(store: Path, folder: Path) -> Iterator[str]:
    """The address of a SPARQL endpoint that holds the named graphs of a store, until the block ends.

    Args:
        store: The Oxigraph store of a release.
        folder: Where the server keeps its files; it must be there and empty.
    """
    Store.read_only(str(store)).dump(str(folder / "graph.nq"), RdfFormat.N_QUADS)
    with _started(folder) as (url, sql):
        _load(folder, sql)
        yield url


@contextmanager
def empty(folder: Path) -> Iterator[str]:
    """The address of an endpoint with nothing in it, into which everybody may write, until the block ends.

    Args:
        folder: A folder in which the server makes one for its files.
    """
    (place := folder / "virtuoso").mkdir()
    with _started(place) as (url, sql):
        _told(place, sql, 'GRANT SPARQL_UPDATE TO "SPARQL";')
        yield url


@contextmanager
def _started(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a running server, and the port on which it takes commands."""
    sql, http = _free_ports(2)
    (folder / "virtuoso.ini").write_text(_INI.format(sql=sql, http=http, folder=folder), encoding="utf-8")
    with (folder / "out.log").open("w") as log:
        server = subprocess.Popen(
            ["virtuoso-t", "+foreground", "+configfile", "virtuoso.ini"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        url = f"http://127.0.0.1:{http}/sparql"
        try:
            _wait(server, url, folder)
            yield url, sql
        finally:
            _stop(server)


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait(server: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    end = time.monotonic() + STARTS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(f"{url}?query=ASK%20%7B%7D", timeout=5):
                return
        except OSError:  # refused, reset, or too slow as yet
            time.sleep(0.1)
    told = "\n".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.log")))
    raise RuntimeError(f"Virtuoso did not start within {STARTS:g} s:\n{told[-3000:]}")


def _load(folder: Path, port: int) -> None:
    """Loads the graphs of the file, and refuses to go on where the loader says that it could not."""
    commands = f"ld_dir('{folder}', 'graph.nq', 'urn:none'); rdf_loader_run(); SELECT ll_error FROM load_list;"
    told = _told(folder, port, commands)
    if told.stdout.strip() != "NULL" or told.stderr.strip():
        raise RuntimeError(f"Virtuoso did not load the graph:\n{told.stdout}\n{told.stderr}")


def _told(folder: Path, port: int, commands: str) -> subprocess.CompletedProcess[str]:
    """What the server answers to commands."""
    return subprocess.run(
        ["isql-vt", f"127.0.0.1:{port}", "dba", "dba", "VERBOSE=OFF", "BANNER=OFF", "PROMPT=OFF", f"exec={commands}"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Ends the server and all that it started; what it wrote is thrown away, so a kill loses nothing."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if server.poll() is None:
            os.killpg(server.pid, number)
            try:
                server.wait(STOPS)
            except subprocess.TimeoutExpired:
                continue
