"""Exit 0 while a worker leads: the health check of the worker's container."""

import sys

from app.bootstrap import CLOCK
from app.settings import load_settings
from models.domain.errors import GlassboxError
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork

_SILENT_AFTER_S = 30.0


def main() -> int:
    """Ask the database when a leader was last heard of."""
    try:
        engine = open_engine(load_settings().database_url or "", pooled=False, statement_timeout_s=3)
        with SqlUnitOfWork(engine) as work:
            leader = work.system.leader()
    except GlassboxError as error:
        return _report(str(error))
    if leader is None:
        return _report("no worker has led yet")
    age_s = (CLOCK.now() - leader.heartbeat_at).total_seconds()
    return 0 if age_s < _SILENT_AFTER_S else _report(f"the leader was last heard of {age_s:.0f} s ago")


def _report(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
