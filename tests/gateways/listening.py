"""A server on the loop-back for tests that speak over real sockets, and what it has heard."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Speak = Callable[[socket.socket], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Listener:
    """Answers every connection the same way, and keeps the first bytes of each."""

    def __init__(self, speak: Speak, tls: ssl.SSLContext | None) -> None:
        self.heard: list[bytes] = []
        self._speak, self._tls = speak, tls
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                found, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(found,), daemon=True).start()

    def _one(self, found: socket.socket) -> None:
        found.settimeout(5)
        with suppress(OSError):  # the other side may leave whenever it likes
            if self._tls is not None:
                found = self._tls.wrap_socket(found, server_side=True)
            with found:
                self.heard.append(found.recv(65_536))
                self._speak(found)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)


@contextmanager
def listening(answer: bytes | Speak = OK, tls: ssl.SSLContext | None = None) -> Iterator[Listener]:
    """A listener that says some bytes, or does what it is told."""
    speak = answer if callable(answer) else lambda found: found.sendall(answer)
    listener = Listener(speak, tls)
    try:
        yield listener
    finally:
        listener.close()
