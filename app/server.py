"""The web process: gunicorn around the Flask application."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from models.domain.settings import Settings

_N_THREADS = 8


class _Server(BaseApplication):  # type: ignore[misc]
    """One process of eight threads: what it keeps in memory is kept once; scale by more containers."""

    def __init__(self, settings: Settings, build: Callable[[], Flask]) -> None:
        self._settings = settings
        self._build = build
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        options: dict[str, Any] = {
            "bind": f"{host}:{self._settings.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": _N_THREADS,
            "timeout": 60,
            "graceful_timeout": 4,
            "keepalive": 15,
            "proc_name": "glassbox-web",
            "loglevel": self._settings.log_level.lower(),
            "control_socket_disable": True,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        # Called in the process that serves: engines and threads are made after the fork.
        return self._build()


def serve_web(settings: Settings, build: Callable[[], Flask]) -> None:
    """Serve until SIGTERM or SIGINT."""
    _Server(settings, build).run()
