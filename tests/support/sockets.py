"""A real server on a socket that says what its scripts say, also the worst."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

from gatekeeper.adapters.http import HttpConnection


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._file = sock.makefile("rb")

    def read(self) -> bytes:
        """The body of the next request; EOFError when there is none."""
        length = 0
        while (line := self._file.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if not line:
            raise EOFError
        return self._file.read(length)

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self._sock.sendall(part)

    def wait_for_the_end(self) -> None:
        """Until the client has closed."""
        with contextlib.suppress(OSError):
            self._file.read()

    def reset(self) -> None:
        """End without a word, so that whoever sends or reads next is refused by the kernel."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self._file.close()
        self._sock.close()


Script = Callable[[Peer], None]


class Server:
    """Serves each connection by the next script, all later ones by the last."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock = self._listening.accept()[0]
                script = self._scripts[min(self.connections, len(self._scripts) - 1)]
                self.connections += 1
                threading.Thread(target=self._run, args=(script, Peer(sock)), daemon=True).start()

    def _run(self, script: Script, peer: Peer) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError):
            script(peer)
        peer.close()

    def close(self) -> None:
        """Refuse everybody from now on."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


Serve = Callable[..., Server]
Connect = Callable[[Server], HttpConnection]


def reply(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole reply."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def raw(*parts: bytes) -> Script:
    """Answers one request with these bytes and ends."""
    def script(peer: Peer) -> None:
        peer.read()
        peer.send(*parts)
        peer.close()
    return script
