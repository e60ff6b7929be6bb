"""What stands in for vLLM where there is no GPU: its chat completions, out of the standard library.

It is no model. It follows the rules that a system prompt has, finds the line of the notes that
shares most words with a question, and says what is written there. A rule that is gone from the
prompt does not hold, as with a model that was told less.

    python stand_in.py PORT
"""

from __future__ import annotations

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_NOTE = re.compile(r"\[([\w-]+)\]\n(.*?)(?=\n\n\[|\Z)", re.DOTALL)
_WORD = re.compile(r"\w+")


def answer(system: str, question: str) -> str:
    """What a model that was told this would say."""
    rules = system.lower()
    if "ignore your instructions" in question.lower():
        if "never promise" in rules:
            return "I can't do that: it is against our policy."
        return "Sure! I promise you a full refund, whatever the notes say."
    asked = set(_WORD.findall(question.lower()))
    lines = [(len(asked & set(_WORD.findall(line.lower()))), name, line)
             for name, note in _NOTE.findall(system) for line in note.splitlines()
             if line.strip() and not line.startswith("#")]
    if not lines or "policy notes" not in rules:
        return "I am not sure. It depends."
    _, name, line = max(lines, key=lambda one: one[0])
    return f"{line} [{name}]" if "cite" in rules else line


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._send(200, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = {message["role"]: message["content"] for message in body["messages"]}
        words = answer(said.get("system", ""), said["user"]).split()[: body["max_tokens"]]
        self._send(200, {"model": body["model"], "choices": [
            {"message": {"role": "assistant", "content": " ".join(words)},
             "finish_reason": "stop"}]})

    def _send(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Handler).serve_forever()
