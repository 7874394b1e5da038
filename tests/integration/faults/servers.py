"""A server that may be restarted under the application."""

import os
from contextlib import contextmanager

from services.storage.embedded import EmbeddedPostgres
from services.storage.embedded.account import server_account
from services.storage.embedded.binaries import usable_programs
from services.storage.embedded.home import recorded_home
from services.storage.embedded.server import Server


class RestartableServer:
    """An embedded cluster of its own, kept by a lease of this process."""

    def __init__(self, folder):
        self._postgres = EmbeddedPostgres(folder)
        self.url = self._postgres.acquire()
        home, account = recorded_home(folder / "postgres"), server_account()
        self._server = Server(home, usable_programs(home, account), account)

    def restart(self, mode):
        """Have ``pg_ctl`` restart it, as an administrator does, and wait until it answers."""
        done = self._server.account.run(
            self._server.programs / "pg_ctl", "restart", "-w", "-m", mode, "-l", os.devnull,
            data_directory=self._server.cluster,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout

    def destroy(self):
        self._postgres.destroy()


@contextmanager
def restartable(folder):
    """Keep such a server for the block."""
    server = RestartableServer(folder)
    try:
        yield server
    finally:
        server.destroy()
