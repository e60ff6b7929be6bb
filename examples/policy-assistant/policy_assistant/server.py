"""The HTTP service: three routes, errors as JSON, bodies of bounded size."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from policy_assistant.answer import Assistant
from policy_assistant.wire import BadRequest, chunks, completion, read_request

MAX_BODY = 256 * 1024
_METHODS = {"/health": "GET", "/v1/models": "GET", "/v1/chat/completions": "POST"}


class Server(ThreadingHTTPServer):
    """Serves one assistant under one model id."""

    daemon_threads = True  # an idle keep-alive connection must not hold up the end
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], assistant: Assistant, model_id: str) -> None:
        super().__init__(address, Handler)
        self.assistant = assistant
        self.model_id = model_id

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who hangs up is no news; anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30  # seconds of silence; a body that never arrives ends here
    wbufsize = 64 * 1024  # head and body of an answer leave in one packet

    def _dispatch(self) -> None:
        try:
            body = self._read_body()
            self._route(body)()
        except BadRequest as error:
            self._send_json(error.status, error.body())

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _dispatch

    def _read_body(self) -> bytes:
        """The body, so that the next request on this connection starts where it should."""
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise BadRequest("send a Content-Length", HTTPStatus.LENGTH_REQUIRED)
        declared = self.headers.get("Content-Length", "0")
        if not (declared.isascii() and declared.isdigit()):
            self.close_connection = True
            raise BadRequest("Content-Length is not a number")
        if len(declared) > 9 or int(declared) > MAX_BODY:
            self.close_connection = True
            raise BadRequest(
                f"the body is over {MAX_BODY} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            )
        return self.rfile.read(int(declared))

    def _route(self, body: bytes) -> Callable[[], None]:
        path = self.path.split("?")[0]
        method = _METHODS.get(path)
        if method is None:
            raise BadRequest(f"no such route: {path[:80]}", HTTPStatus.NOT_FOUND)
        if self.command not in (method, "HEAD" if method == "GET" else method):
            raise BadRequest(f"{path} takes {method}", HTTPStatus.METHOD_NOT_ALLOWED)
        routes: dict[str, Callable[[], None]] = {
            "/health": lambda: self._send_json(HTTPStatus.OK, {"status": "ok"}),
            "/v1/models": self._models,
            "/v1/chat/completions": lambda: self._chat(body),
        }
        return routes[path]

    def _models(self) -> None:
        model = {"id": self.server.model_id, "object": "model", "owned_by": "policy-assistant"}
        self._send_json(HTTPStatus.OK, {"object": "list", "data": [model]})

    def _chat(self, body: bytes) -> None:
        request = read_request(body, self.server.model_id)
        assistant = self.server.assistant
        default = assistant.decoding
        answer = assistant.answer(
            request.question,
            default.temperature if request.temperature is None else request.temperature,
            default.seed if request.seed is None else request.seed,
            request.max_tokens or default.max_tokens,
        )
        frame = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": self.server.model_id,
        }
        if request.stream:
            self._send_events(list(chunks(frame, answer, request.prompt_tokens)))
        else:
            self._send_json(HTTPStatus.OK, completion(frame, answer, request.prompt_tokens))

    def _send_json(self, status: HTTPStatus, value: Any) -> None:
        body = json.dumps(value, ensure_ascii=False).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", _METHODS.get(self.path.split("?")[0], "GET, POST"))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_events(self, events: list[dict[str, Any]]) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for text in [*(json.dumps(event, ensure_ascii=False) for event in events), "[DONE]"]:
            event = f"data: {text}\n\n".encode()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library finds wrong before a route is chosen, as JSON too."""
        self.close_connection = True
        unknown_method = code == HTTPStatus.NOT_IMPLEMENTED
        status = HTTPStatus.METHOD_NOT_ALLOWED if unknown_method else HTTPStatus(code)
        self._send_json(status, BadRequest(message or status.phrase).body())

    def version_string(self) -> str:
        """The `Server` header; which Python runs is nobody's business."""
        return "policy-assistant"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: prompts and callers do not belong in a log."""
