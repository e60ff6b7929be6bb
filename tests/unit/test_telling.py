"""What `--verbose` says of a request."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.telling import telling
from gatekeeper.ports import Received
from gatekeeper.redaction import Redactor
from gatekeeper.replies.sse import Event


class Said:
    """Keeps what was said; a connection that answers what it is told to."""

    def __init__(self, *answers: Received) -> None:
        self.lines: list[str] = []
        self.closed = False
        self._answers = list(answers)

    def say(self, text: str) -> None:
        self.lines.append(text)

    def tick(self, text: str) -> None:
        raise AssertionError(text)

    def exchange(self, method: str, path: str, body: bytes | None, timeout: float, *,
                 stream: bool = False, leave_after: int = 0) -> Received:
        return self._answers.pop(0)

    def close(self) -> None:
        self.closed = True


GONE = Received(None, b"", error="refused", total_ms=0.5)


@pytest.mark.parametrize(("answer", "expected"), [
    (Received(200, b"12345", total_ms=12.34), "200, 12.3 ms, 5 bytes"),
    (Received(503, b"", total_ms=1), "503, 1.0 ms, 0 bytes"),
    (GONE, "no status refused, 0.5 ms, 0 bytes"),
    (Received(200, b"", total_ms=2, events=(Event(b"abc"), Event(b"de"))),
     "200, 2.0 ms, 2 events, 5 bytes"),
])
def test_a_request_is_one_line(answer: Received, expected: str) -> None:
    said = Said(answer)
    connect = telling(lambda url, headers: said, said, Redactor(()))
    connection = connect("http://127.0.0.1:8000/a/", {})
    assert connection.exchange("POST", "/v1", b"{}", 1.0) is answer
    assert said.lines == [f"POST http://127.0.0.1:8000/a/v1 {expected}"]
    connection.close()
    assert said.closed


def test_secrets_are_not_told() -> None:
    said = Said(Received(200, b"", total_ms=1))
    secret = "correct-horse-battery"
    connect = telling(lambda url, headers: said, said, Redactor((secret,)))
    connect(f"https://user:pass@host/{secret}", {"Authorization": secret}).exchange(
        "GET", f"/?key={secret}", None, 1.0)
    assert secret not in said.lines[0]
    assert "pass" not in said.lines[0]
    assert said.lines[0].startswith("GET https://host/")


def test_a_fault_that_lasts_is_told_once() -> None:
    said = Said(GONE, GONE, Received(200, b"", total_ms=1), GONE)
    connection = telling(lambda url, headers: said, said, Redactor(()))("http://h", {})
    for _ in range(4):
        connection.exchange("GET", "/health", None, 1.0)
    assert [line.split(" ")[2] for line in said.lines] == ["no", "200,", "no"]
