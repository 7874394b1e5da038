"""Small things that every process of the application does."""

import logging
import os
import signal
import sys
import threading
import time

_SECONDS = 0.5


def end_with_parent(parent_pid: int | None) -> None:
    """End this process by SIGTERM once its parent is gone: a killed ``serve`` leaves nothing behind."""
    if parent_pid is None:
        return

    def watch() -> None:
        while os.getppid() == parent_pid:
            time.sleep(_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def end_at_once() -> None:
    """End this process with status 0, whatever its threads compute.

    An interpreter that winds down while one of them is within PyTorch is aborted by C++.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def stop_on_signals() -> threading.Event:
    """Return an event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
