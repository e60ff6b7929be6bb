"""An OpenAI-compatible endpoint of the user's, asked within its budget. What goes wrong there is a
value, and nobody's fault but the world's.

It is asked from here and not from the service's network, directly and without following a redirect.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from gatekeeper.manifest.contract import Contract, ResponseShape
from gatekeeper.model import Answer, Fault, NoAnswer, Reply
from gatekeeper.ports import Connection, Received
from gatekeeper.redaction import Redactor
from gatekeeper.service.contract import read_reply

IN_A_ROW = 5
"""Calls in a row without an answer after which nobody is asked any more in a run."""
_CHAT = Contract(response_shape=ResponseShape(content="/choices/0/message/content",
                                              error="/error/message"))
T = TypeVar("T")


class Endpoint:
    """One endpoint for one run. Its calls are counted, and cut off where it has gone silent."""

    def __init__(
        self, connect: Callable[[], Connection], redact: Redactor, timeout: float, max_calls: int
    ) -> None:
        self.connect = connect
        self._redact = redact
        self._timeout = timeout
        self._left = max_calls
        self._silent = 0
        self._lock = threading.Lock()

    def allots(self, calls: int) -> bool:
        """Take so many calls out of the budget; false, and none taken, where they are not left."""
        if calls > self._left:
            return False
        self._left -= calls
        return True

    def chat(self, connection: Connection, body: dict[str, Any]) -> str | NoAnswer:
        """The text of one completion."""
        found = self._ask(connection, "/chat/completions", body, _text_of)
        return found if isinstance(found, NoAnswer) else str(found)

    def embed(self, connection: Connection, body: dict[str, Any]) -> list[list[Any]] | NoAnswer:
        """The embeddings of `body["input"]`, a list of texts, in its order; unchecked JSON."""
        count = len(body["input"])
        found = self._ask(connection, "/embeddings", body, lambda reply: _rows_of(reply, count))
        return found if isinstance(found, NoAnswer) else list(found)

    def _ask(
        self, connection: Connection, path: str, body: dict[str, Any], read: Callable[[Reply], Any]
    ) -> Any:
        with self._lock:
            if self._silent >= IN_A_ROW:
                return _none(f"not asked: {IN_A_ROW} calls in a row had no answer")
        got = connection.exchange("POST", path, json.dumps(body).encode(), self._timeout)
        found = read(self._kept(got))
        with self._lock:
            self._silent = self._silent + 1 if isinstance(found, NoAnswer) else 0
        return found

    def _kept(self, got: Received) -> Reply:
        try:
            text, error = got.body.decode("utf-8"), got.error
        except UnicodeDecodeError:
            text, error = "", got.error or "not-utf8"
        return Reply(got.status, self._redact(text), got.content_type, error,
                     self._redact(got.detail))


def _none(reason: str) -> NoAnswer:
    return NoAnswer(reason, Fault.WORLD)


def _text_of(reply: Reply) -> str | NoAnswer:
    found = read_reply(_CHAT, reply)
    return found.text if isinstance(found, Answer) else found


def _rows_of(reply: Reply, count: int) -> list[list[Any]] | NoAnswer:
    if reply.error or reply.status is None or not 200 <= reply.status < 300:
        found = read_reply(_CHAT, reply)
        return found if isinstance(found, NoAnswer) else _none("no embeddings")
    try:
        rows = sorted(json.loads(reply.body)["data"], key=lambda row: int(row["index"]))
        if [int(row["index"]) for row in rows] == list(range(count)):
            return [list(row["embedding"]) for row in rows]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        pass
    return _none("a reply without an embedding for each text")


def in_parallel(
    tasks: Sequence[T], workers: int, connect: Callable[[], Connection],
    work: Callable[[Connection, T], Any],
) -> Iterator[tuple[T, Any]]:
    """Every task with its result, as they come; each worker keeps one connection. What a worker
    raises is raised here. The threads are not waited for: an interrupt ends the run at once."""
    todo: queue.SimpleQueue[T] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[T, Any, BaseException | None]] = queue.SimpleQueue()
    stopped = threading.Event()
    for task in tasks:
        todo.put(task)

    def run(connection: Connection) -> None:
        while not stopped.is_set():
            try:
                task = todo.get_nowait()
            except queue.Empty:
                break
            try:
                done.put((task, work(connection, task), None))
            except BaseException as error:  # a worker's fault must reach the main thread
                done.put((task, None, error))
        connection.close()

    for _ in range(min(workers, len(tasks))):
        threading.Thread(target=run, args=(connect(),), daemon=True).start()
    try:
        for _ in tasks:
            task, result, failure = done.get()
            if failure is not None:
                raise failure
            yield task, result
    finally:
        stopped.set()
