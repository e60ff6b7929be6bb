"""A strict stand-in for an OpenAI-compatible endpoint: it refuses what the API would refuse, says
what its script tells it to, and remembers every request.

The script is a mapping. `says`: a part of the judged reply -> an answer, or a list of them, one a
call, the last for ever after; an answer is a text, `PASS`, `FAIL`, or a fault: {"fault": "http-500"
| "unauthorized" | "hang" | "drop" | "html" | "no-choices" | "null-content" | "latin1"}. `vectors`:
a text -> its embedding, or a fault as well. `key`: what must be sent as the bearer.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "judge-1"
_WORDS = {"PASS": '{"pass": true, "reason": "It says what the rubric asks for."}',
          "FAIL": '{"pass": false, "reason": "It says something else."}'}
_DATA = re.compile(r"<<<([0-9a-f]{24})\nprompt: (\".*\")\nreply: (\".*\")\n\1>>>\n")


class Refused(Exception):
    """The request is not one that the API takes."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Endpoint:
    """What was asked, and how to answer."""

    script: Mapping[str, Any]
    url: str = ""
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    """The replies that were judged, read back out of the prompt."""
    turns: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Any:
        """A reply as JSON data, or a fault."""
        wanted = self.script.get("key")
        if wanted and headers.get("Authorization") != f"Bearer {wanted}":
            given = headers.get("Authorization", "").removeprefix("Bearer ")
            raise Refused(401, f"Incorrect API key provided: {given}")
        if headers.get("Content-Type") != "application/json":
            raise Refused(415, "not application/json")
        request = json.loads(body)
        with self.lock:
            self.requests.append((path, request))
        if request.get("model") != MODEL:
            raise Refused(404, f"the model {request.get('model')!r} does not exist")
        return {"/v1/chat/completions": self._chat, "/v1/embeddings": self._embed}[path](request)

    def _chat(self, request: dict[str, Any]) -> Any:
        messages = request["messages"]
        if [message["role"] for message in messages] != ["system", "user"] or \
                not all(isinstance(message["content"], str) for message in messages):
            raise Refused(400, "not a conversation")
        data = _DATA.findall(messages[1]["content"])
        if len(data) != 1:
            raise Refused(400, "there is not one block of data in the prompt")
        reply = json.loads(data[0][2])
        with self.lock:
            self.replies.append(reply)
            says = self.script.get("says", {})
            part = max((part for part in says if part in reply), key=len, default=None)
            if part is None:
                raise Refused(400, f"nothing is said of {reply!r}")
            turn = self.turns[part] = self.turns.get(part, -1) + 1
        said = says[part]
        said = said[min(turn, len(said) - 1)] if isinstance(said, list) else said
        if isinstance(said, dict):
            return said
        message = {"role": "assistant", "content": _WORDS.get(said, said)}
        return {"object": "chat.completion", "model": MODEL,
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    def _embed(self, request: dict[str, Any]) -> Any:
        if set(request) != {"model", "input"} or not isinstance(request["input"], list):
            raise Refused(400, "not a request for embeddings")
        vectors = self.script["vectors"]
        found = [vectors.get(text, vectors.get("")) for text in request["input"]]
        if fault := next((one for one in found if isinstance(one, dict)), None):
            return fault
        data = [{"object": "embedding", "index": index, "embedding": vector}
                for index, vector in enumerate(found)]
        return {"object": "list", "model": MODEL, "data": data[::-1]}  # any order is allowed


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    endpoint: Endpoint

    def log_message(self, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            found = self.endpoint.answer(self.path, self.headers, body)
        except Refused as error:
            self.endpoint.refused.append(str(error))
            self._send(error.status, json.dumps({"error": {"message": str(error)}}).encode())
        except (KeyError, ValueError, TypeError) as error:
            self.endpoint.refused.append(repr(error))
            self._send(400, json.dumps({"error": {"message": repr(error)}}).encode())
        else:
            fault = found.get("fault")
            if fault:
                getattr(self, fault.replace("-", "_"))()
            else:
                self._send(200, json.dumps(found).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def http_500(self) -> None:
        self._send(500, b'{"error":{"message":"the server is overloaded"}}')

    def unauthorized(self) -> None:
        self._send(401, b'{"error":{"message":"no such key"}}')

    def hang(self) -> None:
        self.endpoint.over.wait(60)
        self.close_connection = True

    def drop(self) -> None:
        self.close_connection = True
        self.connection.close()

    def html(self) -> None:
        self._send(200, b"<html>Bad gateway</html>")

    def no_choices(self) -> None:
        self._send(200, b'{"choices":[]}')

    def null_content(self) -> None:
        self._send(200, b'{"choices":[{"message":{"role":"assistant","content":null}}]}')

    def latin1(self) -> None:
        self._send(200, '{"choices":[{"message":{"content":"é"}}]}'.encode("latin-1"))


@contextmanager
def endpoint(script: Mapping[str, Any]) -> Iterator[Endpoint]:
    """An endpoint that is up; `url` is what `/chat/completions` follows."""
    made = Endpoint(script)
    server = ThreadingHTTPServer(("127.0.0.1", 0),
                                 type("Handler", (_Handler,), {"endpoint": made}))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
