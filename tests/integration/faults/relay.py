"""A relay before a database server that stands still in the middle of a long transfer."""

import socket
import threading
from contextlib import suppress

from sqlalchemy.engine import make_url

_PIECE_BYTES = 1 << 16


class HoldingRelay:
    """Passes everything on; the first connection that sends more than ``hold_after_bytes`` waits for leave.

    Nothing but a COPY sends that much, so what waits stands in the middle of one.
    """

    def __init__(self, url, hold_after_bytes=1 << 21):
        self._target = ("127.0.0.1", make_url(url).port)
        self._hold_after_bytes = hold_after_bytes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = make_url(url).set(port=self._listener.getsockname()[1]).render_as_string(False)
        self._claim = threading.Lock()
        self._held, self._go_on = threading.Event(), threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def wait_until_held(self, seconds=60):
        assert self._held.wait(seconds), "nothing was copied"

    def let_go(self):
        self._go_on.set()

    def close(self):
        self._go_on.set()
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
        back.start()
        _pass_on(client, server, self._hold)

    def _hold(self, n_bytes):
        if n_bytes > self._hold_after_bytes and self._claim.acquire(blocking=False):
            self._held.set()
            self._go_on.wait()


def _pass_on(source, target, before=lambda _: None):
    n_bytes = 0
    with suppress(OSError):
        while piece := source.recv(_PIECE_BYTES):
            n_bytes += len(piece)
            before(n_bytes)
            target.sendall(piece)
    # Whoever ended it, the other side hears of it.
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
