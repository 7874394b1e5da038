"""How ``serve`` ends: asked to, or killed; nothing of it stays, and the next one starts."""

import os
import signal
import socket
import time

import pytest

from tests.integration.processes.conftest import Service
from tests.integration.processes.support import is_alive, measured, port_is_free
from tests.patience import wait_until

pytestmark = pytest.mark.slow


def all_processes(service):
    """Return every process of it, gunicorn's worker too."""
    return [*service.processes().values(), service.web_child()]


def test_a_killed_serve_takes_worker_web_and_database_with_it(data_dir):
    with Service(data_dir).running() as service:
        measured("first start: %.1f s", service.wait_until_healthy())
        before = service.counts()
        processes = all_processes(service)
        database = service.processes()["database"]
        os.kill(service.process.pid, signal.SIGKILL)
        _, seconds = wait_until(
            lambda: not any(is_alive(pid) for pid in processes if pid != database), 5, "worker and web end"
        )
        measured("worker and web ended after %.1f s", seconds)
        _, seconds = wait_until(lambda: not is_alive(database), 10, "the last holder stops the database")
        measured("the database was down %.1f s later", seconds)
        assert port_is_free(service.port)
    with Service(data_dir).running() as service:
        measured("start after kill -9: %.1f s", service.wait_until_healthy(15))
        assert service.process.pid == service.processes()["serve"]
        assert service.counts() == before
        assert len(service.signals()) == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_serve_that_is_asked_to_end_leaves_nothing(data_dir, number):
    with Service(data_dir).running() as service:
        measured("later start: %.1f s", service.wait_until_healthy())
        processes = all_processes(service)
        # A browser keeps its connection open.
        with socket.create_connection(("127.0.0.1", service.port)) as browser:
            browser.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"200" in browser.recv(4096)
            begun = time.monotonic()
            service.process.send_signal(number)
            assert service.process.wait(10) == 0
        measured("%s: gone after %.1f s", number.name, time.monotonic() - begun)
        assert [pid for pid in processes if is_alive(pid)] == []
        assert port_is_free(service.port)
        assert not service.process_file.exists()
        assert "Traceback" not in (data_dir / "output").read_text()


@pytest.mark.parametrize("after_seconds", [0.3, 1.5])
def test_a_serve_that_is_asked_to_end_while_it_starts_ends(data_dir, after_seconds):
    with Service(data_dir).running() as service:
        time.sleep(after_seconds)
        service.process.send_signal(signal.SIGTERM)
        status = service.process.wait(10)
        # Before it has begun to listen to signals, the signal alone ends it.
        assert status in {0, -signal.SIGTERM}
        assert port_is_free(service.port)
        assert not service.process_file.exists()
