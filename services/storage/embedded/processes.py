"""Which processes are PostgreSQL's: a number in a file may be anyone's by now."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Postmaster:
    """The server's first process and the port it listens on."""

    pid: int
    port: int


def find_postmaster(cluster: Path) -> Postmaster | None:
    """Read ``postmaster.pid``; None unless that process lives and is the postmaster of this very cluster."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        postmaster = Postmaster(int(lines[0]), int(lines[3]))
    except (OSError, ValueError, IndexError):
        return None
    return postmaster if _serves(postmaster.pid, cluster) else None


def signal_orphans(cluster_name: str, number: int) -> None:
    """Send a signal to every backend of this cluster, by its title, that has lost its postmaster."""
    for process in psutil.process_iter():
        try:
            if "".join(process.cmdline()[:1]).startswith(f"postgres: {cluster_name}: "):
                parent = process.parent()
                # Of a container we may see the processes, under other numbers than its files say.
                if parent is None or not _is_postmaster(parent.cmdline()):
                    process.send_signal(number)
        except psutil.Error:
            continue


def _is_postmaster(command: list[str]) -> bool:
    return bool(command) and Path(command[0]).name == "postgres"


def _serves(pid: int, cluster: Path) -> bool:
    # A zombie has no command line any more, so it counts as dead, as it must: it never becomes ready.
    try:
        process = psutil.Process(pid)
        command = process.cmdline()
    except (psutil.Error, ValueError):
        return False
    if not _is_postmaster(command):
        return False
    if any(pair == ("-D", str(cluster)) for pair in pairwise(command)):
        return True
    try:  # started by hand with another spelling of the folder
        return Path(process.cwd()).samefile(cluster)
    except (psutil.Error, OSError):
        return False
