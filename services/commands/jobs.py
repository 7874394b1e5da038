"""What an administrator does to the runs of jobs."""

from sqlalchemy import Engine

from models.domain.errors import InvalidRequestError
from models.domain.users import Role
from services.commands.access import require_role
from services.ports import Clock
from services.storage.unit_of_work import SqlUnitOfWork


class JobCommands:
    """The commands on runs; all need the role admin and are written to the audit log."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def cancel_run(self, run_id: int, address: str = "") -> None:
        """Stop a run: a queued one at once, a running one at its next step; nothing half-done is kept.

        Parameters
        ----------
        run_id : int
            Which run.
        address : str
            Where the request came from, for the audit log.

        Raises
        ------
        NotAllowedError
            If whoever asks lacks the role admin.
        InvalidRequestError
            If the run is neither queued nor running (any more).
        DatabaseUnavailableError
            While there is no database.
        """
        actor, now = require_role(Role.ADMIN), self._clock.now()
        with SqlUnitOfWork(self._engine) as work:
            if not work.jobs.request_cancel(run_id, now):
                raise InvalidRequestError(
                    f"Run {run_id} is neither queued nor running: `jobs list` shows those that are"
                )
            work.audit.add(now, actor.username, "job_cancel", str(run_id), address)
            work.touch("jobs")
            work.commit()
