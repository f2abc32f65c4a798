"""The sandbox over real HTTP: in this process, beside what it is tried with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import waitress
from waitress import wasyncore

from .app import Sandbox, create_app

_THREADS = 4


@contextmanager
def serving(box: Sandbox, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve a sandbox until the block ends; its address, e.g. `http://127.0.0.1:9000`.

    Args:
        port: 0 for any that is free.

    Raises:
        OSError: the port cannot be listened on.
    """
    sockets: dict[int, object] = {}
    server = waitress.create_server(
        create_app(box), host=host, port=port, threads=_THREADS, ident=None, map=sockets
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.effective_port}"
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join(5)
        server.task_dispatcher.shutdown()
