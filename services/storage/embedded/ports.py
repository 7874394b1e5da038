"""The TCP port of the embedded server, on the loopback address only."""

import secrets
import socket

HOST = "127.0.0.1"
# Below what Linux and macOS hand out to outgoing connections: those could take the port while the server is
# down.
_FIRST_PORT = 15_000
_LAST_PORT = 32_000
_TRIES = 50


def is_free(port: int) -> bool:
    """Whether the port can be listened on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Give a port that nobody listens on now."""
    for _ in range(_TRIES):
        port = _FIRST_PORT + secrets.randbelow(_LAST_PORT - _FIRST_PORT)
        if is_free(port):
            return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
