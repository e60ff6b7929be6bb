"""llama.cpp's own server, out of the wheel `xllamacpp`, as the configuration says.

`/health`, `/v1/models`, `/v1/chat/completions` with streams and JSON schemas, and `/props`, where
it reports what it runs. SIGTERM ends it once the requests under way are answered.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import tomllib
import urllib.request
from pathlib import Path
from time import monotonic, sleep

import xllamacpp

HERE = Path(__file__).parent
PATIENCE = 8.0
"""Seconds that requests under way are given after SIGTERM; less than the grace time."""
TURNS = ("{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}</s>{% endfor %}"
         "{% if add_generation_prompt %}<|assistant|>{% endif %}")


def parameters(port: int) -> xllamacpp.CommonParams:
    """The server's settings, from the files that are watched."""
    config = tomllib.loads((HERE / "config/model.toml").read_text("utf-8"))
    prompt = (HERE / "prompts/system.txt").read_text("utf-8").strip()
    params = xllamacpp.CommonParams()
    params.hostnames, params.port = ["0.0.0.0"], port
    params.model.path = str(HERE / "served.gguf")
    params.model_alias = [config["model"]]
    params.n_parallel = config["slots"]
    params.n_ctx = config["context"] * config["slots"]
    params.cpuparams.n_threads = 1
    params.warmup = False
    params.chat_template = f"<|system|>{{{{ {json.dumps(prompt)} }}}}</s>{TURNS}"
    params.sampling.temp = config["decoding"]["temperature"]
    params.sampling.top_k = config["decoding"]["top_k"]
    params.sampling.seed = config["decoding"]["seed"]
    return params


def is_busy(address: str) -> bool:
    """Whether a request is under way, by the server's own word."""
    with urllib.request.urlopen(f"{address}/slots", timeout=PATIENCE) as reply:
        return any(slot["is_processing"] for slot in json.load(reply))


def main() -> None:
    """Serve until told to end."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    server = xllamacpp.Server(parameters(int(os.environ.get("PORT", "8000"))))
    print(f"ready {server.listening_address}", flush=True)
    over.wait()
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline and is_busy(server.listening_address):
        sleep(0.02)
    os._exit(0)  # the server's own way out cuts off what is under way, and takes half a minute


if __name__ == "__main__":
    main()
