"""Commands in processes of their own that start at once: forked from one that has everything imported."""

import json
import subprocess
import sys
from pathlib import Path

from tests.integration.processes.support import ROOT, environment

_PARENT = """
import json, os, resource, sys
import numpy as np
import app.cli.accounts, app.cli.data, app.cli.jobs, app.cli.processes, app.worker
from app.cli.main import main
from services.providers.bar_validation import is_session

is_session(np.array(["2020-01-02"], dtype="datetime64[D]"))  # reads the exchange's calendar

def bytes_read():
    try:
        return open("/proc/self/io").read().split()[1]
    except OSError:
        return 0

for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ.update(order["settings"])
        usage = open(order["usage"], "w")
        if order["user_id"] is not None:
            os.setuid(order["user_id"])
        try:
            main(order["arguments"])
        except SystemExit as end:
            sys.stdout.flush()
            with usage:
                usage.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss} {bytes_read()}")
            os._exit(end.code or 0)
        os._exit(99)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Commands:
    """Runs one command after the other; what each prints stands in ``output``."""

    def __init__(self, folder: Path) -> None:
        self.output, self._usage = folder / "output", folder / "usage"
        self._parent = subprocess.Popen(
            [sys.executable, "-c", _PARENT],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, *arguments: str, user_id: int | None = None, **settings: object) -> int:
        """Start a command, as another user where one is named, and return the number of its process."""
        order = {
            "arguments": arguments,
            "output": str(self.output),
            "usage": str(self._usage),
            "user_id": user_id,
            "settings": {name: str(value) for name, value in settings.items()},
        }
        self._parent.stdin.write(json.dumps(order) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def wait(self) -> int:
        """Return its exit status, negative the signal that ended it."""
        return int(self._parent.stdout.readline())

    def run(self, *arguments: str, user_id: int | None = None, **settings: object) -> int:
        """Run a command to its end and return its exit status."""
        self.start(*arguments, user_id=user_id, **settings)
        return self.wait()

    def printed(self) -> str:
        """Return what the newest command printed."""
        return self.output.read_text()

    def error(self) -> str:
        """Return the one message with which the newest command failed; there must be no traceback."""
        printed = self.printed()
        assert "Traceback" not in printed, printed
        assert printed.count("\nerror: ") + printed.startswith("error: ") == 1, printed
        return printed.rpartition("error: ")[2].rstrip("\n")

    def usage(self) -> tuple[int, int]:
        """Return the newest command's peak of memory, and the bytes it read (0 where none counts them)."""
        peak_kilobytes, n_read = self._usage.read_text().split()
        return int(peak_kilobytes) * 1024, int(n_read)

    def close(self) -> None:
        """End the process that forks."""
        self._parent.stdin.close()
        self._parent.wait(30)
        self._parent.stdout.close()
