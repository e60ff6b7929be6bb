"""The service of the stories: says what replies.json tells it to, also the worst.

`replies.json` maps a part of a prompt to a reply: a text; a list of texts, one a turn, the last one
for ever after; or a fault: {"fault": "http-500" | "html" | "empty" | "half" | "big" | "latin1" |
"hang" | "drop" | "redirect" | "no-choices" | "exit" | "nested" | "slow-drip" | "not-http" | "hog" |
"stream-half" | "stream-error" | "sandbox"}. Where a stream is asked for, a text comes word by word.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPLIES: dict[str, Any] = json.loads((HERE / "replies.json").read_text("utf-8"))
MODEL = (HERE / "model.txt").read_text("utf-8").strip() if (HERE / "model.txt").exists() else "stub"
ENDPOINT = (HERE / "endpoint.txt").read_text().strip() if (HERE / "endpoint.txt").exists() else ""
TURNS: dict[str, int] = {}
LOCK = threading.Lock()
FOREVER = threading.Event()


def reply_for(prompt: str) -> Any:
    """The longest key that is part of the prompt decides."""
    found = max((key for key in REPLIES if key in prompt), key=len, default="")
    reply = REPLIES.get(found, "Hello.")
    if not isinstance(reply, list):
        return reply
    with LOCK:
        turn = TURNS[found] = TURNS.get(found, -1) + 1
    return reply[min(turn, len(reply) - 1)]


def completion(text: str) -> bytes:
    """A chat completion."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


def events(text: str) -> list[str]:
    """A chat completion in pieces, the last two events without text."""
    pieces = text.split(" ")
    said = [{"choices": [{"index": 0, "delta": {"content": piece if n == 0 else f" {piece}"}}]}
            for n, piece in enumerate(pieces)]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
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
            self.send(200, json.dumps({"data": [{"id": MODEL}]}).encode())
        else:
            self.send(404, b'{"error":{"message":"no such route"}}')

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if ENDPOINT not in ("", self.path):
            self.send(404, f'{{"error":{{"message":"moved to {ENDPOINT}"}}}}'.encode())
            return
        reply = reply_for(request["messages"][-1]["content"])
        if isinstance(reply, dict):
            getattr(self, reply["fault"].replace("-", "_"))()
        elif request.get("stream"):
            self.stream(*events(reply), "[DONE]")
        else:
            self.send(200, completion(reply))

    def stream(self, *events: str) -> None:
        """Server-sent events, a chunk each."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            data = f"data: {event}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")

    def stream_half(self) -> None:
        self.stream(*events("half of it")[:-2])

    def stream_error(self) -> None:
        self.stream(*events("half of it")[:-2], '{"error": {"message": "CUDA out of memory"}}')

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

    def sandbox(self) -> None:
        self.send(200, completion(json.dumps(sandbox_facts())))

    def exit(self) -> None:
        print("Traceback: KeyError: 'adapter'", flush=True)
        self.server.socket.close()  # first, so that whoever asks next is always refused
        os._exit(3)


if __name__ == "__main__":
    if "start" in REPLIES:
        raise SystemExit(REPLIES["start"])
    print("listening", flush=True)
    ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
