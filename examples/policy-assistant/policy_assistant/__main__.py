"""Starts the service: reads the knobs, embeds the notes, listens until it is told to stop."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from policy_assistant.adapter import Adapter, read_adapter
from policy_assistant.answer import Assistant
from policy_assistant.config import BadConfig, Settings, read_settings
from policy_assistant.notes import read_notes
from policy_assistant.prompt import read_rules
from policy_assistant.retrieve import make_index
from policy_assistant.server import Server

HOME = Path(__file__).resolve().parent.parent


def make_assistant(settings: Settings) -> Assistant:
    """The assistant that the settings describe."""
    sentences = read_notes(HOME / "policies")
    if not sentences:
        raise BadConfig("policies: there is no note to answer from")
    adapter = read_adapter(HOME / settings.adapter) if settings.adapter else Adapter()
    try:
        rules = read_rules((HOME / settings.prompt).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadConfig(f"prompt: {error}") from None
    index = make_index(sentences, settings.dimensions, settings.quantization, adapter)
    return Assistant(index, rules, settings.decoding)


def serve(server: Server) -> None:
    """Until SIGTERM or SIGINT. `shutdown` waits for the loop, so it needs a thread of its own."""

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with server:
        server.serve_forever(poll_interval=0.05)


def main() -> int:
    """0 when told to stop, 2 when the settings cannot be meant."""
    parser = argparse.ArgumentParser(prog="policy_assistant", description=__doc__)
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
    options = parser.parse_args()
    try:
        settings = read_settings(HOME / "config" / "model.toml")
        assistant = make_assistant(settings)
    except BadConfig as error:
        print(f"policy_assistant: {error}", file=sys.stderr)
        return 2
    serve(Server((options.host, options.port), assistant, settings.model_id))
    return 0


if __name__ == "__main__":
    sys.exit(main())
