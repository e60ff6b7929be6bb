"""The service of the stories: says what replies.json tells it to, also the worst.

`replies.json` maps a part of a prompt to a reply: a text; a list of texts, one a turn, the last one
for ever after; or a fault: {"fault": "http-500" | "html" | "empty" | "half" | "big" | "latin1" |
"hang" | "drop" | "redirect" | "no-choices" | "exit" | "nested" | "slow-drip" | "not-http" | "hog" |
"stream-half" | "stream-error" | "stream-endless" | "headers-only" | "gzip-bomb" | "secret" |
"sandbox"}. Where a stream is asked for, a text comes
word by word.

Its manners are those of a service that keeps its contract; `manners.txt` names those it does not
have, one a line (see `MANNERS`). With `SERVICE_KEY` in its environment it wants that as the bearer.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from select import select
from typing import Any

HERE = Path(__file__).parent
REPLIES: dict[str, Any] = json.loads((HERE / "replies.json").read_text("utf-8"))
MODEL = (HERE / "model.txt").read_text("utf-8").strip() if (HERE / "model.txt").exists() else "stub"
ENDPOINT = (HERE / "endpoint.txt").read_text().strip() if (HERE / "endpoint.txt").exists() else ""
LACKING = frozenset((HERE / "manners.txt").read_text().split()
                    if (HERE / "manners.txt").exists() else ())
MANNERS = {
    "checks-fields": "refuses a request without messages; lacking it, ends in a 500",
    "asks-for-fields": "refuses a request without messages; lacking it, answers",
    "survives-long-input": "refuses what is longer than its context; lacking it, ends",
    "max-tokens": "cuts an answer off; lacking it, says all of it",
    "parallel": "answers several at once; lacking it, drops all but one",
    "streams": "gives a stream where one is asked for; lacking it, answers in one piece",
    "says-done": "ends a stream with [DONE]",
    "error-form": "has the message of an error at /error/message",
    "survives-leavers": "goes on when a client leaves; lacking it, ends",
    "asks-for-key": "wants the key in SERVICE_KEY; lacking it, answers everybody",
    "ready-when-healthy": "can answer when /health says so; lacking it, a few requests later",
    "lists-its-model": "lists the model that it has; lacking it, another",
    "knows-models": "refuses a model that it does not have; lacking it, answers as the one it has",
}
KEY = os.environ.get("SERVICE_KEY", "") if "asks-for-key" not in LACKING else ""
CONTEXT = 4096
BUSY = threading.Lock()
ASKED = itertools.count()
TURNS: dict[str, int] = {}
LOCK = threading.Lock()
FOREVER = threading.Event()


def reply_for(prompt: str) -> Any:
    """The longest key that is part of the prompt decides."""
    found = max((key for key in REPLIES if key in prompt), key=len, default="")
    usual = "one two three four five six seven eight nine ten" if "Count" in prompt else "Hello."
    reply = REPLIES.get(found, usual)
    if not isinstance(reply, list):
        return reply
    with LOCK:
        turn = TURNS[found] = TURNS.get(found, -1) + 1
    return reply[min(turn, len(reply) - 1)]


def cut_off(text: str, tokens: int | None) -> tuple[str, str]:
    """The text up to its last allowed word, and the finish reason."""
    words = text.split(" ")
    if tokens is None or len(words) <= tokens or "max-tokens" in LACKING:
        return text, "stop"
    return " ".join(words[:tokens]), "length"


def completion(text: str, finish: str = "stop") -> bytes:
    """A chat completion."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"object": "chat.completion", "choices": [choice],
                       "usage": {"completion_tokens": len(text.split(" "))}}).encode()


def events(text: str, finish: str = "stop") -> list[str]:
    """A chat completion in pieces, the last two events without text."""
    pieces = text.split(" ")
    said = [{"choices": [{"index": 0, "delta": {"content": piece if n == 0 else f" {piece}"}}]}
            for n, piece in enumerate(pieces)]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
    usage = {"choices": [], "usage": {"completion_tokens": len(pieces)}}
    return [json.dumps(event) for event in [*said, end, usage]]


def attempt(act: Any) -> str:
    """What came of trying something."""
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"


def sandbox_facts() -> dict[str, Any]:
    """What this process may and may not do."""
    status = dict(line.split(":\t", 1) for line in
                  Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    return {
        "capabilities": status["CapEff"],
        "no_new_privileges": status["NoNewPrivs"],
        "user": os.getuid(),
        "environment": sorted(os.environ),
        "socket": os.path.exists("/var/run/docker.sock"),
        "write_root": attempt(lambda: Path("/mark").write_text("x")),
        "write_tmp": attempt(lambda: Path("/tmp/mark").write_text("x")),
        "way_out": attempt(lambda: socket.create_connection(("192.0.2.1", 80), 0.5).close()),
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path == "/health":
            self.send(200, b'{"status":"ok"}')
        elif self.path == "/v1/models":
            listed = MODEL if "lists-its-model" not in LACKING else "a-much-larger-model"
            self.send(200, json.dumps({"data": [{"id": listed}]}).encode())
        else:
            self.send(404, b'{"error":{"message":"no such route"}}')

    def refuse(self, status: int, message: str) -> None:
        body = {"detail": message} if "error-form" in LACKING else {"error": {"message": message}}
        self.send(status, json.dumps(body).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "ready-when-healthy" in LACKING and next(ASKED) < 3:
            self.refuse(503, "the weights are being loaded")
        elif ENDPOINT not in ("", self.path):
            self.refuse(404, f"moved to {ENDPOINT}")
        elif self.path.endswith("-no-such-route"):
            self.refuse(404, "no such route")
        elif KEY and self.headers.get("Authorization") != f"Bearer {KEY}":
            self.refuse(401, "no such key")
        elif "parallel" not in LACKING:
            self.chat(body)
        elif BUSY.acquire(blocking=False):
            FOREVER.wait(0.2)  # long enough for whoever comes at the same time
            BUSY.release()
            self.chat(body)
        else:
            self.drop()

    def chat(self, body: bytes) -> None:
        try:
            request = json.loads(body)
        except ValueError:
            self.refuse(400, "the body is not JSON")
            return
        messages = request.get("messages")
        if "asks-for-fields" in LACKING and messages is None:
            messages = [{"content": "Hello"}]
        if not isinstance(messages, list):
            if "checks-fields" in LACKING:
                self.send(500, b"Traceback: KeyError: 'messages'")
            else:
                self.refuse(400, "messages must be a list")
        elif request.get("model") not in (None, MODEL) and "knows-models" not in LACKING:
            self.refuse(404, f"there is only {MODEL}")
        elif len(messages[-1]["content"].split()) > CONTEXT:
            self.exit() if "survives-long-input" in LACKING else self.refuse(400, "too long")
        else:
            self.say(request, messages[-1]["content"])

    def say(self, request: dict[str, Any], prompt: str) -> None:
        reply = reply_for(prompt)
        if isinstance(reply, dict):
            getattr(self, reply["fault"].replace("-", "_"))()
            return
        text, finish = cut_off(reply, request.get("max_tokens"))
        if request.get("stream") and "streams" not in LACKING:
            self.stream(*events(text, finish), *(["[DONE]"] if "says-done" not in LACKING else []))
        else:
            self.send(200, completion(text, finish))

    def stream(self, *events: str) -> None:
        """Server-sent events, a chunk each."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            data = f"data: {event}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            if "survives-leavers" in LACKING and select([self.connection], [], [], 0.1)[0]:
                self.exit()
        self.wfile.write(b"0\r\n\r\n")

    def stream_half(self) -> None:
        self.stream(*events("half of it")[:-2])

    def stream_error(self) -> None:
        self.stream(*events("half of it")[:-2], '{"error": {"message": "CUDA out of memory"}}')

    def stream_endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        while not FOREVER.wait(0.1):
            self.wfile.write(f"data: {events('on and on')[0]}\n\n".encode())

    def headers_only(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        FOREVER.wait(60)

    def gzip_bomb(self) -> None:
        self.send(200, gzip.compress(bytes(10**8)), Content_Encoding="gzip")

    def http_500(self) -> None:
        self.send(500, b'{"error":{"message":"the adapter could not be loaded"}}')

    def html(self) -> None:
        self.send(200, b"<html><body>Bad gateway</body></html>", Content_Type="text/html")

    def empty(self) -> None:
        self.send(200, b"")

    def half(self) -> None:
        self.send(200, completion("half of it")[:40])

    def big(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(50_000_000))
        self.end_headers()
        for _ in range(50):
            self.wfile.write(b"x" * 1_000_000)

    def latin1(self) -> None:
        self.send(200, completion("caf") .replace(b"caf", b"caf\xe9"))

    def hang(self) -> None:
        FOREVER.wait(60)

    def drop(self) -> None:
        self.close_connection = True
        self.connection.close()

    def redirect(self) -> None:
        self.send(302, b"", Location="http://127.0.0.1:1/elsewhere")

    def no_choices(self) -> None:
        self.send(200, b'{"error":{"message":"model is overloaded"}}')

    def nested(self) -> None:
        self.send(200, b"[" * 200_000)

    def slow_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not FOREVER.wait(0.2):
            self.wfile.write(b"x")

    def not_http(self) -> None:
        self.close_connection = True
        self.wfile.write(b"220 smtp.example.com ESMTP ready\r\n\r\n")

    def hog(self) -> None:
        self.send(200, completion(str(len(bytearray(10**9)))))

    def secret(self) -> None:
        self.send(200, completion(f"My key is {KEY}."))

    def sandbox(self) -> None:
        self.send(200, completion(json.dumps(sandbox_facts())))

    def exit(self) -> None:
        print("Traceback: KeyError: 'adapter'", flush=True)
        self.server.socket.close()  # first, so that whoever asks next is always refused
        os._exit(3)


class Server(ThreadingHTTPServer):
    """Says nothing of callers who hang up."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


if __name__ == "__main__":
    if "start" in REPLIES:
        raise SystemExit(REPLIES["start"])
    print("listening", flush=True)
    Server(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
