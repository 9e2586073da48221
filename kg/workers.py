"""Processes that work for a build, one batch of units at a time.

Each is a fresh interpreter that runs this module, so that nothing of a user's script runs again in it (as it would
with multiprocessing), and reads batches from a pipe: when the build is killed the pipe ends, and so does the worker.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from kg.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

AT_ONCE = os.cpu_count() or 1
"""How many processes of a build work at the same time."""
_LENGTH = 8


def work_on(batches: Sequence[Any], workers: int, function: str) -> Iterator[tuple[int, Any]]:
    """Yields the position of each batch and what a function made of it, in the order in which they are done.

    Args:
        batches: What can be pickled.
        workers: How many processes at most.
        function: `module:name` of a function of one batch.

    Raises:
        Failure: A worker was ended from outside, or could not be started.
    """
    idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    started: list[subprocess.Popen[bytes]] = []
    threads = ThreadPoolExecutor(workers)
    try:
        for _ in range(min(workers, len(batches))):
            command = [sys.executable, "-m", "kg.workers", function]
            # A terminal interrupts workers too, which as they start would tell of it in a traceback: we end them
            heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, heard)
            started.append(worker)
            idle.put(worker)

        def ask(batch: Any) -> Any:
            worker = idle.get()
            try:
                return _exchange(worker, batch)
            finally:
                idle.put(worker)

        asked = {threads.submit(ask, batch): position for position, batch in enumerate(batches)}
        for done in as_completed(asked):
            yield asked[done], done.result()
    except (OSError, EOFError) as error:
        raise Failure("a process of the build was ended from outside; the graph before still stands") from error
    finally:
        for worker in started:
            worker.kill()
        threads.shutdown(cancel_futures=True)
        for worker in started:
            worker.communicate()


def _exchange(worker: subprocess.Popen[bytes], batch: Any) -> Any:
    assert worker.stdin is not None
    assert worker.stdout is not None
    _send(worker.stdin, batch)
    answer = _receive(worker.stdout)
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _send(pipe: IO[bytes], value: Any) -> None:
    body = pickle.dumps(value)
    pipe.write(len(body).to_bytes(_LENGTH, "big") + body)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    head = pipe.read(_LENGTH)
    body = pipe.read(int.from_bytes(head, "big"))
    if len(head) < _LENGTH or len(body) < int.from_bytes(head, "big"):
        raise EOFError
    return pickle.loads(body)


def serve(function: Callable[[Any], Any]) -> None:
    """Answers batches from standard input on standard output until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the build that is interrupted ends its workers
    # What the function may print must not come between the answers
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    batches: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, batches), daemon=True).start()
    while True:
        batch = batches.get()
        try:
            answer = function(batch)
        except Exception as error:
            answer = error if isinstance(error, Failure) else Failure(f"{type(error).__name__}: {error}")
        _send(answers, answer)


def _listen(pipe: IO[bytes], batches: SimpleQueue[Any]) -> None:
    """Takes in batches; once there can be no more, nobody wants what is made of the last one, and we end at once."""
    while True:
        try:
            batches.put(_receive(pipe))
        except EOFError:
            os._exit(0)


if __name__ == "__main__":
    from importlib import import_module

    module, _, name = sys.argv[1].partition(":")
    serve(getattr(import_module(module), name))
