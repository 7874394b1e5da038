"""Asking the worker for an explanation that is not stored."""

from sqlalchemy import Engine

from models.domain.errors import InvalidRequestError
from models.domain.explanations import SignalRequest
from models.domain.jobs import JobName
from models.domain.users import Role
from services.commands.access import require_role
from services.ports import Clock
from services.storage.unit_of_work import SqlUnitOfWork

_MOST_WAITING = 20


class ExplanationCommands:
    """Requests for explanations; every account may make them."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def request(self, request: SignalRequest) -> int:
        """Queue an explanation and return the number of its run; one that is under way already is shared.

        Raises
        ------
        NotAllowedError
            If nobody is signed in.
        InvalidRequestError
            If many wait already.
        DatabaseUnavailableError
            While there is no database.
        """
        actor, parameters = require_role(Role.VIEWER), request.parameters()
        with SqlUnitOfWork(self._engine) as work:
            waiting = [run for run in work.jobs.active() if run.job is JobName.EXPLAIN_SYMBOL]
            same = next((run for run in waiting if run.parameters == parameters), None)
            if same is not None:
                return same.id
            if len(waiting) >= _MOST_WAITING:
                raise InvalidRequestError(
                    f"{len(waiting)} explanations are being computed; ask again in a moment"
                )
            run_id = work.jobs.enqueue(JobName.EXPLAIN_SYMBOL, self._clock.now(), actor.username, parameters)
            if run_id is None:
                raise InvalidRequestError("Two explanations were asked for in one instant; ask again")
            work.touch("jobs")
            work.commit()
        return run_id
